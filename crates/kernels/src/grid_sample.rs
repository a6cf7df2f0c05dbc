//! Images and volumes sampled where a grid says; its shader is `shaders/grid_sample.wgsl`.

use crate::grid::{ELEMENTS, fold, word};
use crate::{Binding, Data, Kernel, KernelError, Key, Step, check};

const NAME: &str = "grid_sample";

/// Which pixels a point is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interpolation {
    /// The nearest; of two equally near ones that with the even number.
    Nearest,
    /// Two neighbours along each axis.
    Linear,
    /// Four along each axis, weighted by Keys' cubic with the coefficient -0.75.
    Cubic,
}

/// What lies beyond the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// Zeros.
    Zeros,
    /// The edge, repeated.
    Border,
    /// The image, reflected at its edges.
    Reflection,
}

/// y\[n, c, p\] = x\[n, c\] at grid\[n, p\] (ONNX `GridSample`).
///
/// Reads: x \[batch, channels, D, H, W\] and the grid \[batch, points, axes\], whose last axis is (x, y) or
/// (x, y, z) from -1 to 1 across the image. Points farther away than 1e8 pixels count as if they were there.
#[derive(Clone, Debug)]
pub struct GridSample {
    /// Images.
    pub batch: usize,
    /// Channels of each.
    pub channels: usize,
    /// Extent in depth, height, width; an image has a depth of one.
    pub size: [usize; 3],
    /// Points of each image's grid.
    pub points: usize,
    /// Whether the grid is one of volumes, with three coordinates a point.
    pub volume: bool,
    /// Which pixels a point is made of.
    pub interpolation: Interpolation,
    /// What lies beyond the image.
    pub padding: Padding,
    /// Whether -1 and 1 are the centres of the outermost pixels; else their outer edges.
    pub align_corners: bool,
}

/// Variants by interpolation.
const VARIANTS: [&[&str]; 3] = [&[], &["LINEAR"], &["CUBIC"]];

/// Every pipeline this kernel may ask for.
pub(crate) fn keys() -> Vec<Key> {
    VARIANTS.iter().map(|&defines| Key { shader: NAME, defines }).collect()
}

/// A coordinate folded back between two mirrors.
fn reflect(v: f32, low: f32, high: f32) -> f32 {
    let range = high - low;
    if range <= 0.0 {
        return 0.0;
    }
    if (low..=high).contains(&v) {
        return v;
    }
    let over = if v < low { low - v } else { v - high };
    let turns = (over / range).trunc();
    let rest = over - turns * range;
    if (v < low) == (turns % 2.0 == 0.0) { low + rest } else { high - rest }
}

/// Pixels along one axis and their weights.
type Taps = Vec<(usize, f32)>;

impl GridSample {
    fn axes(&self) -> usize {
        if self.volume { 3 } else { 2 }
    }

    fn elements(&self) -> usize {
        self.batch * self.channels * self.points
    }

    /// What a coordinate is made of along an axis.
    fn taps(&self, coordinate: f32, size: usize) -> Taps {
        let extent = size as f32;
        let edge = if self.align_corners { 0.0 } else { 0.5 };
        let (low, high) = (-edge, extent - 1.0 + edge);
        let mut c = if self.align_corners {
            (coordinate + 1.0) / 2.0 * (extent - 1.0)
        } else {
            ((coordinate + 1.0) * extent - 1.0) / 2.0
        };
        c = c.clamp(-1e8, 1e8);
        if self.interpolation == Interpolation::Nearest {
            c = c.round_ties_even();
        }
        if c < low || c > high {
            match self.padding {
                Padding::Zeros => {}
                Padding::Border => c = c.clamp(0.0, extent - 1.0),
                Padding::Reflection => c = reflect(c, low, high),
            }
        }
        let (first, t) = (c.floor() as i64, c - c.floor());
        const A: f32 = -0.75;
        let near = |d: f32| ((A + 2.0) * d - (A + 3.0)) * d * d + 1.0;
        let far = |d: f32| ((A * d - 5.0 * A) * d + 8.0 * A) * d - 4.0 * A;
        let taps = match self.interpolation {
            Interpolation::Nearest => vec![(first, 1.0)],
            Interpolation::Linear => vec![(first, 1.0 - t), (first + 1, t)],
            Interpolation::Cubic => {
                vec![(first - 1, far(t + 1.0)), (first, near(t)), (first + 1, near(1.0 - t)), (first + 2, far(2.0 - t))]
            }
        };
        let last = size as i64 - 1;
        let pixel = |(pixel, weight): (i64, f32)| match self.padding {
            _ if (0..=last).contains(&pixel) => (pixel as usize, weight),
            Padding::Zeros => (pixel.clamp(0, last) as usize, 0.0),
            Padding::Border => (pixel.clamp(0, last) as usize, weight),
            Padding::Reflection => ((reflect(pixel as f32, low, high) as i64).clamp(0, last) as usize, weight),
        };
        taps.into_iter().map(pixel).collect()
    }
}

impl Kernel for GridSample {
    fn check(&self) -> Result<(), KernelError> {
        check::require(NAME, self.volume || self.size[0] == 1, || {
            format!("images with the depth {} and a grid of two coordinates", self.size[0])
        })?;
        check::sizes(NAME, &self.layout())
    }

    fn key(&self) -> Key {
        Key { shader: NAME, defines: VARIANTS[self.interpolation as usize] }
    }

    fn layout(&self) -> Vec<Binding> {
        let [d, h, w] = self.size;
        vec![
            Binding::f32("x", &[self.batch, self.channels, d, h, w]).or_half(),
            Binding::f32("grid", &[self.batch, self.points, self.axes()]),
            Binding::f32("y", &[self.batch, self.channels, self.points]).or_half(),
        ]
    }

    fn step(&self) -> Step {
        let [d, h, w] = self.size;
        let params = vec![
            word(self.elements()),
            word(self.channels),
            word(self.points),
            word(self.axes()),
            word(w),
            word(h),
            word(d),
            u32::from(self.align_corners),
            self.padding as u32,
        ];
        Step { params, workgroups: fold(self.elements().div_ceil(ELEMENTS)) }
    }

    fn cpu(&self, reads: &[Data<'_>], write: &mut [f32]) {
        let (x, grid) = (reads[0].f32(), reads[1].f32());
        let [d, h, w] = self.size;
        for (number, point) in grid.chunks_exact(self.axes()).enumerate() {
            let (n, p) = (number / self.points, number % self.points);
            let columns = self.taps(point[0], w);
            let rows = self.taps(point[1], h);
            let planes = point.get(2).map_or(vec![(0, 1.0)], |&z| self.taps(z, d));
            for image in n * self.channels..(n + 1) * self.channels {
                let mut sum = 0.0;
                for &(plane, plane_weight) in &planes {
                    for &(row, row_weight) in &rows {
                        let line = &x[((image * d + plane) * h + row) * w..][..w];
                        let along: f32 = columns.iter().map(|&(column, weight)| line[column] * weight).sum();
                        sum += along * plane_weight * row_weight;
                    }
                }
                write[image * self.points + p] = sum;
            }
        }
    }

    fn work(&self) -> u64 {
        let taps: u64 = match self.interpolation {
            Interpolation::Nearest => 1,
            Interpolation::Linear => 2,
            Interpolation::Cubic => 4,
        };
        self.elements() as u64 * taps.pow(self.axes() as u32)
    }
}

//! Nearest and linear resampling of volumes; its shader is `shaders/resize.wgsl`.

use crate::grid::{ELEMENTS, fold, word, words};
use crate::{Binding, Data, Element, Elements, Kernel, KernelError, Key, Step, check};

const NAME: &str = "resize";

/// Which inputs an output is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// The nearest one.
    Nearest {
        /// Which of two neighbours is the nearest.
        round: Round,
    },
    /// The two nearest along each axis, weighted by their closeness.
    Linear,
}

/// How a coordinate between two voxels becomes one of them (ONNX `nearest_mode`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Round {
    /// The lower of two equally near ones: ONNX's default.
    PreferFloor,
    /// The upper of two equally near ones.
    PreferCeil,
    /// Always the lower.
    Floor,
    /// Always the upper.
    Ceil,
}

/// Where an output voxel lies in the input (ONNX `coordinate_transformation_mode`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Coordinates {
    /// Corners of the first voxels coincide: out / scale.
    Asymmetric,
    /// Edges of the volumes coincide: (out + 0.5) / scale - 0.5.
    HalfPixel,
    /// Centres of the first and last voxels coincide: out * (in size - 1) / (out size - 1).
    AlignCorners,
    /// As `HalfPixel`, but zero where the output has one voxel only.
    PytorchHalfPixel,
}

/// y = x sampled on another grid, for each channel (ONNX `Resize`).
///
/// Coordinates are worked out once, on the host, in float64 as a table for each axis, so that every
/// GPU rounds them alike. Reads: x \[channels, D, H, W\] and the table ([`Resize::table`]).
#[derive(Clone, Debug)]
pub struct Resize {
    /// Volumes: batch times channels.
    pub channels: usize,
    /// Input extent in depth, height, width.
    pub in_size: [usize; 3],
    /// Output extent in depth, height, width.
    pub out_size: [usize; 3],
    /// Output voxels for each input voxel: the model's own factors, or out size / in size.
    pub scale: [f32; 3],
    /// Which inputs an output is made of.
    pub mode: Mode,
    /// Where an output voxel lies in the input.
    pub coordinates: Coordinates,
}

/// Variants by mode.
const VARIANTS: [&[&str]; 2] = [&["NEAREST"], &[]];

/// Every pipeline this kernel may ask for.
pub(crate) fn keys() -> Vec<Key> {
    VARIANTS.iter().map(|&defines| Key { shader: NAME, defines }).collect()
}

impl Resize {
    /// The two input voxels of every output voxel and the share of the second: three words (index,
    /// index, float32 bits) for each, along depth, then height, then width.
    #[must_use]
    pub fn table(&self) -> Elements {
        let entries = (0..3).flat_map(|axis| (0..self.out_size[axis]).flat_map(move |i| self.entry(axis, i)));
        Elements::U32(entries.collect())
    }

    fn entry(&self, axis: usize, output: usize) -> [u32; 3] {
        let last = self.in_size[axis].saturating_sub(1);
        // Out-of-range coordinates repeat the edge.
        let coordinate = self.coordinate(axis, output);
        let voxel = |rounded: f64| rounded.clamp(0.0, last as f64) as usize;
        match self.mode {
            Mode::Nearest { round } => {
                let nearest = voxel(match round {
                    Round::PreferFloor => (coordinate - 0.5).ceil(),
                    Round::PreferCeil => (coordinate + 0.5).floor(),
                    Round::Floor => coordinate.floor(),
                    Round::Ceil => coordinate.ceil(),
                });
                [word(nearest), word(nearest), 0]
            }
            Mode::Linear => {
                let inside = coordinate.clamp(0.0, last as f64);
                let low = voxel(inside.floor());
                [word(low), word((low + 1).min(last)), ((inside - low as f64) as f32).to_bits()]
            }
        }
    }

    fn coordinate(&self, axis: usize, output: usize) -> f64 {
        let (scale, output) = (f64::from(self.scale[axis]), output as f64);
        let half_pixel = (output + 0.5) / scale - 0.5;
        match self.coordinates {
            Coordinates::Asymmetric => output / scale,
            Coordinates::HalfPixel => half_pixel,
            Coordinates::PytorchHalfPixel => {
                if self.out_size[axis] > 1 {
                    half_pixel
                } else {
                    0.0
                }
            }
            Coordinates::AlignCorners => {
                let steps = self.out_size[axis].saturating_sub(1).max(1);
                output * self.in_size[axis].saturating_sub(1) as f64 / steps as f64
            }
        }
    }
}

/// One entry of the table: two indices and the share of the second.
fn decode(entry: &[u32]) -> (usize, usize, f32) {
    (entry[0] as usize, entry[1] as usize, f32::from_bits(entry[2]))
}

impl Kernel for Resize {
    fn check(&self) -> Result<(), KernelError> {
        check::require(NAME, self.scale.iter().all(|&scale| scale.is_finite() && scale > 0.0), || {
            format!("the scales {:?} must be positive numbers", self.scale)
        })?;
        check::sizes(NAME, &self.layout())
    }

    fn key(&self) -> Key {
        Key { shader: NAME, defines: VARIANTS[usize::from(self.mode == Mode::Linear)] }
    }

    fn layout(&self) -> Vec<Binding> {
        let shape = |[d, h, w]: [usize; 3]| [self.channels, d, h, w];
        vec![
            Binding::f32("x", &shape(self.in_size)),
            Binding { name: "table", element: Element::U32, shape: vec![self.out_size.iter().sum(), 3] },
            Binding::f32("y", &shape(self.out_size)),
        ]
    }

    fn step(&self) -> Step {
        let outputs = self.channels * self.out_size.iter().product::<usize>();
        let [in_d, in_h, in_w] = self.in_size;
        let [out_d, out_h, out_w] = self.out_size;
        let params = words([in_w, in_h, in_d, outputs, out_w, out_h, out_d, 0]).to_vec();
        Step { params, workgroups: fold(outputs.div_ceil(ELEMENTS)) }
    }

    fn cpu(&self, reads: &[Data<'_>], write: &mut [f32]) {
        let (x, table) = (reads[0].f32(), reads[1].u32());
        let [in_d, in_h, in_w] = self.in_size;
        let [out_d, out_h, out_w] = self.out_size;
        let (depths, rest) = table.split_at(3 * out_d);
        let (heights, widths) = rest.split_at(3 * out_h);
        for (row, y) in write.chunks_exact_mut(out_w).enumerate() {
            let volume = &x[row / (out_d * out_h) * in_d * in_h * in_w..][..in_d * in_h * in_w];
            let (z0, z1, z) = decode(&depths[3 * (row / out_h % out_d)..]);
            let (y0, y1, v) = decode(&heights[3 * (row % out_h)..]);
            let line = |z: usize, y: usize| &volume[(z * in_h + y) * in_w..][..in_w];
            let lines = [line(z0, y0), line(z0, y1), line(z1, y0), line(z1, y1)];
            for (y, entry) in y.iter_mut().zip(widths.chunks_exact(3)) {
                let (x0, x1, u) = decode(entry);
                let [a, b, c, d] = lines.map(|line| line[x0] + u * (line[x1] - line[x0]));
                let (near, far) = (a + v * (b - a), c + v * (d - c));
                *y = near + z * (far - near);
            }
        }
    }

    fn work(&self) -> u64 {
        let outputs = self.channels * self.out_size.iter().product::<usize>();
        outputs as u64 * if self.mode == Mode::Linear { 8 } else { 1 }
    }
}

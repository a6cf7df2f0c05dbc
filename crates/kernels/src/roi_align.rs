//! Regions of images sampled on small grids; its shader is `shaders/roi_align.wgsl`.

use crate::grid::{ELEMENTS, fold, word};
use crate::{Binding, Data, Kernel, KernelError, Key, Step, check};

const NAME: &str = "roi_align";

/// Samples of a bin along an axis when their number follows from the region's size, at most: regions
/// are computed at run time and may have any size.
const MOST_SAMPLES: usize = 256;

/// Each bin of a region is the mean of bilinear samples (ONNX `RoiAlign`; He et al. 2017), or the largest of
/// their weighted corners.
///
/// Reads: x \[batch, channels, height, width\], the regions \[count, 4\] (x1, y1, x2, y2) and the image of
/// each, int32 \[count\]; an image that is not there is taken for the nearest that is.
#[derive(Clone, Debug)]
pub struct RoiAlign {
    /// Images.
    pub batch: usize,
    /// Channels of each.
    pub channels: usize,
    /// Height and width.
    pub size: [usize; 2],
    /// Regions.
    pub count: usize,
    /// Bins of a region along y and x.
    pub bins: [usize; 2],
    /// Samples of a bin along each axis; 0 for one a pixel, 256 at most.
    pub samples: usize,
    /// Pixels for each unit of the regions.
    pub scale: f32,
    /// Whether coordinates count from a pixel's corner, else from its centre.
    pub half_pixel: bool,
    /// Whether the largest is wanted, else the mean.
    pub max: bool,
}

/// Variants by pooling.
const VARIANTS: [&[&str]; 2] = [&[], &["MAX"]];

/// Every pipeline this kernel may ask for.
pub(crate) fn keys() -> Vec<Key> {
    VARIANTS.iter().map(|&defines| Key { shader: NAME, defines }).collect()
}

impl RoiAlign {
    fn elements(&self) -> usize {
        self.count * self.channels * self.bins[0] * self.bins[1]
    }

    /// The coordinates of a bin's samples along one axis.
    fn samples(&self, low: f32, high: f32, bins: usize, number: usize) -> Vec<f32> {
        let start = low * self.scale - if self.half_pixel { 0.5 } else { 0.0 };
        let mut extent = (high - low) * self.scale;
        if !self.half_pixel {
            extent = extent.max(1.0);
        }
        let size = extent / bins as f32;
        let count = if self.samples > 0 { self.samples } else { (size.ceil() as usize).min(MOST_SAMPLES) };
        let begin = start + number as f32 * size;
        (0..count).map(|n| begin + (n as f32 + 0.5) * size / count as f32).collect()
    }

    /// The four weighted corners of a point of an image; all zero beyond it.
    fn corners(&self, image: &[f32], row: f32, column: f32) -> [f32; 4] {
        let [height, width] = self.size;
        if !((-1.0..=height as f32).contains(&row) && (-1.0..=width as f32).contains(&column)) {
            return [0.0; 4];
        }
        let split = |v: f32, size: usize| {
            let v = v.clamp(0.0, (size - 1) as f32);
            let low = v.floor() as usize;
            (low, (low + 1).min(size - 1), v - v.floor())
        };
        let ((top, bottom, down), (left, right, across)) = (split(row, height), split(column, width));
        [
            (1.0 - down) * (1.0 - across) * image[top * width + left],
            (1.0 - down) * across * image[top * width + right],
            down * (1.0 - across) * image[bottom * width + left],
            down * across * image[bottom * width + right],
        ]
    }
}

impl Kernel for RoiAlign {
    fn check(&self) -> Result<(), KernelError> {
        check::require(NAME, self.samples <= MOST_SAMPLES, || {
            format!("{} samples of a bin, at most {MOST_SAMPLES} are possible", self.samples)
        })?;
        check::sizes(NAME, &self.layout())
    }

    fn key(&self) -> Key {
        Key { shader: NAME, defines: VARIANTS[usize::from(self.max)] }
    }

    fn layout(&self) -> Vec<Binding> {
        let ([height, width], [rows, columns]) = (self.size, self.bins);
        vec![
            Binding::f32("x", &[self.batch, self.channels, height, width]),
            Binding::f32("regions", &[self.count, 4]),
            Binding::i32("owners", &[self.count]),
            Binding::f32("y", &[self.count, self.channels, rows, columns]),
        ]
    }

    fn step(&self) -> Step {
        let ([height, width], [rows, columns]) = (self.size, self.bins);
        let sizes = [self.elements(), self.batch, self.channels, height, width, rows, columns, self.samples];
        let mut params: Vec<u32> = sizes.into_iter().map(word).collect();
        params.extend([self.scale.to_bits(), u32::from(self.half_pixel), word(MOST_SAMPLES)]);
        Step { params, workgroups: fold(self.elements().div_ceil(ELEMENTS)) }
    }

    fn cpu(&self, reads: &[Data<'_>], write: &mut [f32]) {
        let (x, regions, owners) = (reads[0].f32(), reads[1].f32(), reads[2].i32());
        let ([height, width], [bins_y, bins_x]) = (self.size, self.bins);
        for (i, y) in write.iter_mut().enumerate() {
            let plane = i / bins_x / bins_y;
            let region = plane / self.channels;
            let owner = usize::try_from(owners[region]).unwrap_or(0).min(self.batch - 1);
            let image = (owner * self.channels + plane % self.channels) * height * width;
            let image = &x[image..image + height * width];
            let region = &regions[4 * region..4 * region + 4];
            let columns = self.samples(region[0], region[2], bins_x, i % bins_x);
            let rows = self.samples(region[1], region[3], bins_y, i / bins_x % bins_y);
            let corners = || rows.iter().flat_map(|&row| columns.iter().map(move |&column| (row, column)));
            let values = corners().map(|(row, column)| self.corners(image, row, column));
            let count = rows.len() * columns.len();
            *y = match (self.max, count) {
                (_, 0) => 0.0,
                (true, _) => values.flatten().fold(f32::MIN, f32::max),
                (false, _) => values.map(|corners| corners.iter().sum::<f32>()).sum::<f32>() / count as f32,
            };
        }
    }

    fn work(&self) -> u64 {
        let samples = if self.samples > 0 { self.samples } else { 2 } as u64;
        4 * self.elements() as u64 * samples * samples
    }
}

//! The Haar wavelet transform and its inverse; its shader is `shaders/haar.wgsl`.

use crate::grid::{THREADS, fold, word};
use crate::{Binding, Data, Kernel, KernelError, Key, Step, check};

const NAME: &str = "haar";

/// One level of the orthonormal Haar transform: a = (x0 + x1)/√2, d = (x0 − x1)/√2 along each axis.
///
/// Read: x. The fine tensor is (batch, channels, f·depth, 2·height, 2·width) with f = 2 in a volume and 1 otherwise, the
/// coarse one (batch, bands, channels, depth, height, width). Bit 0 of a band's number is the detail along the width, bit
/// 1 along the height, bit 2 along the depth; band 0 is the mean.
#[derive(Clone, Debug)]
pub struct Haar {
    /// Batch.
    pub batch: usize,
    /// Channels of the fine tensor.
    pub channels: usize,
    /// Depth, height and width of the coarse tensor.
    pub dims: [usize; 3],
    /// Whether the depth is transformed too.
    pub volume: bool,
    /// From coarse to fine.
    pub inverse: bool,
}

/// Variants by `volume` and `inverse`.
const VARIANTS: [[&[&str]; 2]; 2] = [[&[], &["INVERSE"]], [&["VOLUME"], &["VOLUME", "INVERSE"]]];

/// Every pipeline this kernel may ask for.
pub(crate) fn keys() -> Vec<Key> {
    VARIANTS.as_flattened().iter().map(|&defines| Key { shader: NAME, defines }).collect()
}

impl Haar {
    fn axes(&self) -> usize {
        if self.volume { 3 } else { 2 }
    }

    fn bands(&self) -> usize {
        1 << self.axes()
    }

    fn cells(&self) -> usize {
        self.batch * self.channels * self.dims.iter().product::<usize>()
    }

    /// Flat places of a cell's values in the fine and in the coarse tensor.
    fn places(&self, cell: usize) -> impl Iterator<Item = (usize, usize)> + use<> {
        let [depth, height, width] = self.dims;
        let (inner, bands, channels) = (depth * height * width, self.bands(), self.channels);
        let (image, place) = (cell / inner, cell % inner);
        let [d, h, w] = [place / (height * width), place / width % height, place % width];
        let (row, slice) = (2 * width, 4 * width * height);
        let fine = image * inner * bands + bands / 4 * d * slice + 2 * h * row + 2 * w;
        let coarse = (image / channels * bands * channels + image % channels) * inner + place;
        (0..bands).map(move |s| (fine + (s & 1) + (s >> 1 & 1) * row + (s >> 2) * slice, coarse + s * channels * inner))
    }
}

impl Kernel for Haar {
    fn check(&self) -> Result<(), KernelError> {
        check::sizes(NAME, &self.layout())
    }

    fn key(&self) -> Key {
        Key { shader: NAME, defines: VARIANTS[usize::from(self.volume)][usize::from(self.inverse)] }
    }

    fn layout(&self) -> Vec<Binding> {
        let [depth, height, width] = self.dims;
        let fine = [self.batch, self.channels, self.bands() / 4 * depth, 2 * height, 2 * width];
        let coarse = [self.batch, self.bands() * self.channels, depth, height, width];
        let [x, y] = if self.inverse { [coarse, fine] } else { [fine, coarse] };
        vec![Binding::f32("x", &x), Binding::f32("y", &y)]
    }

    fn step(&self) -> Step {
        let mut params = vec![word(self.cells()), word(self.channels)];
        params.extend(self.dims.map(word));
        Step { params, workgroups: fold(self.cells().div_ceil(THREADS)) }
    }

    fn cpu(&self, reads: &[Data<'_>], write: &mut [f32]) {
        let x = reads[0].f32();
        let scale = 0.5_f32.powf(self.axes() as f32 / 2.0);
        let mut values = vec![0.0; self.bands()];
        for cell in 0..self.cells() {
            for (value, (fine, coarse)) in values.iter_mut().zip(self.places(cell)) {
                *value = x[if self.inverse { coarse } else { fine }];
            }
            for bit in (0..self.axes()).map(|axis| 1 << axis) {
                for s in (0..values.len()).filter(|s| s & bit == 0) {
                    (values[s], values[s | bit]) = (values[s] + values[s | bit], values[s] - values[s | bit]);
                }
            }
            for (value, (fine, coarse)) in values.iter().zip(self.places(cell)) {
                write[if self.inverse { fine } else { coarse }] = scale * value;
            }
        }
    }

    fn work(&self) -> u64 {
        (self.axes() * self.bands() * self.cells()) as u64
    }
}

//! Nearest and linear resampling of volumes in one pass; its shader is `shaders/resize.wgsl`.

use crate::grid::{ELEMENTS, fold, word, words};
use crate::sampling::Taps;
use crate::{Binding, Data, Elements, Kernel, KernelError, Key, Step, check};

const NAME: &str = "resize";

/// y = x sampled on another grid, for each channel: the usual forms of ONNX `Resize` in one pass.
///
/// Each output lies at or between two inputs along each axis. Reads: x \[channels, D, H, W\] and the
/// table ([`table`]).
#[derive(Clone, Debug)]
pub struct Resize {
    /// Volumes: batch times channels.
    pub channels: usize,
    /// Input extent in depth, height, width.
    pub in_size: [usize; 3],
    /// Output extent in depth, height, width.
    pub out_size: [usize; 3],
    /// Whether every output lies at an input, so that the table's shares are all zero.
    pub nearest: bool,
}

/// Variants by mode.
const VARIANTS: [&[&str]; 2] = [&["NEAREST"], &[]];

/// Every pipeline this kernel may ask for.
pub(crate) fn keys() -> Vec<Key> {
    VARIANTS.iter().map(|&defines| Key { shader: NAME, defines }).collect()
}

/// The two input voxels of every output voxel and the share of the second: three words (index,
/// index, float32 bits) for each, along depth, then height, then width. `None` if an output is made of
/// more than two inputs or lies beyond them.
#[must_use]
pub fn table(axes: [&[Taps]; 3]) -> Option<Elements> {
    let mut words = Vec::new();
    for taps in axes.into_iter().flatten() {
        let (first, second, share) = match *taps.inputs.as_slice() {
            [(first, _)] => (first, first, 0.0),
            [(first, _), (second, share)] => (first, second, share),
            _ => return None,
        };
        words.extend([word(first), word(second), (share as f32).to_bits()]);
    }
    Some(Elements::U32(words))
}

/// One entry of the table: two indices and the share of the second.
fn decode(entry: &[u32]) -> (usize, usize, f32) {
    (entry[0] as usize, entry[1] as usize, f32::from_bits(entry[2]))
}

impl Kernel for Resize {
    fn check(&self) -> Result<(), KernelError> {
        check::sizes(NAME, &self.layout())
    }

    fn key(&self) -> Key {
        Key { shader: NAME, defines: VARIANTS[usize::from(!self.nearest)] }
    }

    fn layout(&self) -> Vec<Binding> {
        let shape = |[d, h, w]: [usize; 3]| [self.channels, d, h, w];
        vec![
            Binding::f32("x", &shape(self.in_size)).or_half(),
            Binding::words("table", &[self.out_size.iter().sum(), 3]),
            Binding::f32("y", &shape(self.out_size)).or_half(),
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
        outputs as u64 * if self.nearest { 1 } else { 8 }
    }
}

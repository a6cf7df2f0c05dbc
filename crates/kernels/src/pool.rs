//! Pooling windows over volumes; their shader is `shaders/pool.wgsl`.

use crate::grid::{ELEMENTS, fold, word};
use crate::kernel::ints;
use crate::{Binding, Data, Kernel, KernelError, Key, Step, check};

const NAME: &str = "pool";

/// What becomes of the elements under a window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PoolOp {
    /// The largest.
    Max,
    /// The flat position of the largest in x, int32; the first of equal ones.
    Index {
        /// Positions count the columns of a plane first (ONNX `storage_order`).
        columns_first: bool,
    },
    /// The mean.
    Average {
        /// Whether taps in the padding count as zeros.
        count_padding: bool,
    },
    /// (sum of |v|^p)^(1/p).
    Lp(f32),
}

/// A window over the last three axes. Read: x (channels, D, H, W).
#[derive(Clone, Debug)]
pub struct Pool {
    /// The function.
    pub op: PoolOp,
    /// Planes or volumes.
    pub channels: usize,
    /// Input extents, depth first.
    pub in_size: [usize; 3],
    /// Output extents.
    pub out_size: [usize; 3],
    /// Window extents.
    pub kernel: [usize; 3],
    /// Steps between windows.
    pub stride: [usize; 3],
    /// Steps between taps.
    pub dilation: [usize; 3],
    /// Elements added before the first.
    pub pad_begin: [usize; 3],
    /// Elements added after the last.
    pub pad_end: [usize; 3],
}

const VARIANTS: [&[&str]; 4] = [&["MAX"], &["INDEX"], &["AVERAGE"], &["LP"]];

/// Every pipeline this kernel may ask for.
pub(crate) fn keys() -> Vec<Key> {
    VARIANTS.iter().map(|&defines| Key { shader: NAME, defines }).collect()
}

impl Pool {
    fn elements(&self) -> usize {
        self.channels * self.out_size.iter().product::<usize>()
    }

    /// The element of y for the window at `output` in a plane or volume, as bits.
    fn window(&self, x: &[f32], output: [usize; 3], first: usize) -> f32 {
        let [kd, kh, kw] = self.kernel;
        let mut seen: Vec<(f32, [usize; 3])> = Vec::new();
        let mut covered = 0_usize;
        for tap in 0..kd * kh * kw {
            let tap = [tap / (kh * kw), tap / kw % kh, tap % kw];
            let at: [usize; 3] = std::array::from_fn(|a| output[a] * self.stride[a] + tap[a] * self.dilation[a]);
            covered += usize::from((0..3).all(|a| at[a] < self.pad_begin[a] + self.in_size[a] + self.pad_end[a]));
            let inside: Option<Vec<usize>> = (0..3)
                .map(|a| at[a].checked_sub(self.pad_begin[a]).filter(|&coordinate| coordinate < self.in_size[a]))
                .collect();
            if let Some(&[z, y, w]) = inside.as_deref() {
                seen.push((x[(z * self.in_size[1] + y) * self.in_size[2] + w], [z, y, w]));
            }
        }
        let largest = seen.iter().copied().reduce(|best, next| if next.0 > best.0 { next } else { best });
        match self.op {
            PoolOp::Max => largest.map_or(0.0, |(value, _)| value),
            PoolOp::Index { columns_first } => {
                let [z, y, w] = largest.map_or([0; 3], |(_, place)| place);
                let [d, h, width] = self.in_size;
                let flat = if columns_first { (w * h + y) * d + z } else { (z * h + y) * width + w };
                f32::from_bits((first + flat) as u32)
            }
            PoolOp::Average { count_padding } => {
                let count = if count_padding { covered } else { seen.len() };
                seen.iter().map(|&(value, _)| value).sum::<f32>() / count.max(1) as f32
            }
            PoolOp::Lp(p) => seen.iter().map(|&(value, _)| value.abs().powf(p)).sum::<f32>().powf(1.0 / p),
        }
    }
}

impl Kernel for Pool {
    fn check(&self) -> Result<(), KernelError> {
        let moves = self.stride.iter().chain(&self.dilation).chain(&self.kernel).all(|&n| n > 0);
        check::require(NAME, moves, || "a window, a stride or a dilation of 0".to_owned())?;
        check::sizes(NAME, &self.layout())
    }

    fn key(&self) -> Key {
        let variant = match self.op {
            PoolOp::Max => 0,
            PoolOp::Index { .. } => 1,
            PoolOp::Average { .. } => 2,
            PoolOp::Lp(_) => 3,
        };
        Key { shader: NAME, defines: VARIANTS[variant] }
    }

    fn layout(&self) -> Vec<Binding> {
        let shape = |[d, h, w]: [usize; 3]| [self.channels, d, h, w];
        let y = shape(self.out_size);
        let y = if matches!(self.op, PoolOp::Index { .. }) {
            Binding::i32("y", &y)
        } else {
            Binding::f32("y", &y).or_half()
        };
        vec![Binding::f32("x", &shape(self.in_size)).or_half(), y]
    }

    fn step(&self) -> Step {
        let count_padding = matches!(self.op, PoolOp::Average { count_padding: true });
        let columns_first = matches!(self.op, PoolOp::Index { columns_first: true });
        let padded = std::array::from_fn(|a| self.pad_begin[a] + self.in_size[a] + self.pad_end[a]);
        let row = |[d, h, w]: [usize; 3], last: usize| [word(w), word(h), word(d), word(last)];
        let mut params = [
            row(self.in_size, self.elements()),
            row(self.out_size, usize::from(count_padding)),
            row(self.kernel, usize::from(columns_first)),
            row(self.stride, 0),
            row(self.dilation, 0),
            row(self.pad_begin, 0),
            row(padded, 0),
        ]
        .concat();
        params.push(if let PoolOp::Lp(p) = self.op { p.to_bits() } else { 0 });
        Step { params, workgroups: fold(self.elements().div_ceil(ELEMENTS)) }
    }

    fn cpu(&self, reads: &[Data<'_>], write: &mut [f32]) {
        let x = reads[0].f32();
        let [_, height, width] = self.out_size;
        let (plane, out_plane): (usize, usize) = (self.in_size.iter().product(), self.out_size.iter().product());
        let bits = ints(write);
        for (n, y) in bits.iter_mut().enumerate() {
            let (channel, n) = (n / out_plane, n % out_plane);
            let output = [n / (height * width), n / width % height, n % width];
            let first = channel * plane;
            *y = self.window(&x[first..first + plane], output, first).to_bits().cast_signed();
        }
    }

    fn work(&self) -> u64 {
        (self.elements() * self.kernel.iter().product::<usize>()) as u64
    }
}

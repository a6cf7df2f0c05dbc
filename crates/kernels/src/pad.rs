//! Padding of up to six dimensions; its shader is `shaders/pad.wgsl`.

use crate::grid::{ELEMENTS, fold, word};
use crate::kernel::words;
use crate::strided::RANK;
use crate::{Binding, Data, Kernel, KernelError, Key, Step, check};

const NAME: &str = "pad";

/// What lies outside the input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PadMode {
    /// One value, by its bits.
    Constant(u32),
    /// The input mirrored at its edge voxels, which are not repeated.
    Reflect,
    /// The edge voxels repeated.
    Edge,
    /// The input repeated as if it were periodic.
    Wrap,
}

/// y = x with margins added around it (ONNX `Pad`).
///
/// Read: x. Shapes with fewer than six dimensions are led by ones.
#[derive(Clone, Debug)]
pub struct Pad {
    /// Extents of x.
    pub dims: [usize; RANK],
    /// Elements added before the first.
    pub begin: [usize; RANK],
    /// Elements added after the last.
    pub end: [usize; RANK],
    /// What they are.
    pub mode: PadMode,
}

/// Variants by mode.
const VARIANTS: [&[&str]; 4] = [&["CONSTANT"], &["REFLECT"], &["EDGE"], &["WRAP"]];

/// Every pipeline this kernel may ask for.
pub(crate) fn keys() -> Vec<Key> {
    VARIANTS.iter().map(|&defines| Key { shader: NAME, defines }).collect()
}

impl Pad {
    /// Extents of y.
    #[must_use]
    pub fn out_dims(&self) -> [usize; RANK] {
        std::array::from_fn(|i| self.begin[i] + self.dims[i] + self.end[i])
    }

    /// The input coordinate of an output coordinate, unless it is the constant.
    fn source(&self, axis: usize, output: usize) -> Option<usize> {
        let last = self.dims[axis] - 1;
        let inside = output.cast_signed() - self.begin[axis].cast_signed();
        match self.mode {
            PadMode::Constant(_) => usize::try_from(inside).ok().filter(|&i| i <= last),
            PadMode::Wrap => Some(inside.rem_euclid(self.dims[axis].cast_signed()).unsigned_abs()),
            PadMode::Edge => Some(inside.clamp(0, last.cast_signed()).unsigned_abs()),
            PadMode::Reflect => {
                let before = inside.unsigned_abs();
                Some(if before > last { 2 * last - before } else { before })
            }
        }
    }
}

impl Kernel for Pad {
    fn check(&self) -> Result<(), KernelError> {
        check::sizes(NAME, &self.layout())?;
        let widest = (0..RANK).all(|i| self.begin[i].max(self.end[i]) < self.dims[i]);
        check::require(NAME, self.mode != PadMode::Reflect || widest, || {
            format!(
                "reflected margins {:?} and {:?} must be smaller than the input {:?}",
                self.begin, self.end, self.dims
            )
        })
    }

    fn key(&self) -> Key {
        let variant = match self.mode {
            PadMode::Constant(_) => 0,
            PadMode::Reflect => 1,
            PadMode::Edge => 2,
            PadMode::Wrap => 3,
        };
        Key { shader: NAME, defines: VARIANTS[variant] }
    }

    fn layout(&self) -> Vec<Binding> {
        vec![Binding::words("x", &self.dims).or_half(), Binding::words("y", &self.out_dims()).or_half()]
    }

    fn step(&self) -> Step {
        let out = self.out_dims();
        let elements: usize = out.iter().product();
        let rank = RANK - out.iter().take_while(|&&size| size == 1).count().min(RANK - 1);
        let value = if let PadMode::Constant(value) = self.mode { value } else { 0 };
        let mut params: Vec<u32> =
            (0..RANK).flat_map(|i| [word(out[i]), word(self.dims[i]), word(self.begin[i]), 0]).collect();
        params.extend([word(elements), word(rank), value, 0]);
        Step { params, workgroups: fold(elements.div_ceil(ELEMENTS)) }
    }

    fn cpu(&self, reads: &[Data<'_>], write: &mut [f32]) {
        let (x, write) = (reads[0].u32(), words(write));
        let out = self.out_dims();
        let value = if let PadMode::Constant(value) = self.mode { value } else { 0 };
        let columns: Vec<_> = (0..out[RANK - 1]).map(|column| self.source(RANK - 1, column)).collect();
        for (number, y) in write.chunks_exact_mut(columns.len()).enumerate() {
            let mut rest = number;
            let mut row = Some(0);
            let mut stride = 1;
            for axis in (0..RANK - 1).rev() {
                row = row.zip(self.source(axis, rest % out[axis])).map(|(row, i)| row + i * stride);
                rest /= out[axis];
                stride *= self.dims[axis];
            }
            for (y, column) in y.iter_mut().zip(&columns) {
                *y = row.zip(*column).map_or(value, |(row, column)| x[row * self.dims[RANK - 1] + column]);
            }
        }
    }

    fn work(&self) -> u64 {
        self.out_dims().iter().product::<usize>() as u64
    }
}

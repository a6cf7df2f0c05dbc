//! Triangles of matrices; its shader is `shaders/trilu.wgsl`.

use crate::grid::{ELEMENTS, fold, word};
use crate::kernel::words;
use crate::{Binding, Data, Kernel, KernelError, Key, Step, check};

const NAME: &str = "trilu";

/// y = x on and above (or below) a diagonal, 0 elsewhere (ONNX `Trilu`). Read: x \[batch, rows, columns\].
#[derive(Clone, Debug)]
pub struct Trilu {
    /// Matrices.
    pub batch: usize,
    /// Rows of each.
    pub rows: usize,
    /// Columns of each.
    pub columns: usize,
    /// The diagonal, counted to the right from the main one.
    pub diagonal: i32,
    /// Whether what lies above is kept, or what lies below.
    pub upper: bool,
}

/// Every pipeline this kernel may ask for.
pub(crate) fn keys() -> Vec<Key> {
    vec![Key { shader: NAME, defines: &[] }]
}

impl Kernel for Trilu {
    fn check(&self) -> Result<(), KernelError> {
        check::sizes(NAME, &self.layout())
    }

    fn key(&self) -> Key {
        Key { shader: NAME, defines: &[] }
    }

    fn layout(&self) -> Vec<Binding> {
        let shape = [self.batch, self.rows, self.columns];
        vec![Binding::words("x", &shape).or_half(), Binding::words("y", &shape).or_half()]
    }

    fn step(&self) -> Step {
        let elements = self.batch * self.rows * self.columns;
        let params = vec![
            word(elements),
            word(self.rows),
            word(self.columns),
            self.diagonal.cast_unsigned(),
            u32::from(self.upper),
        ];
        Step { params, workgroups: fold(elements.div_ceil(ELEMENTS)) }
    }

    fn cpu(&self, reads: &[Data<'_>], write: &mut [f32]) {
        let lines = words(write).chunks_exact_mut(self.columns).zip(reads[0].u32().chunks_exact(self.columns));
        for (number, (y, x)) in lines.enumerate() {
            // The first column of the row that belongs to the diagonal.
            let row = (number % self.rows) as i64 + i64::from(self.diagonal) + i64::from(!self.upper);
            let split = row.clamp(0, self.columns as i64) as usize;
            y.copy_from_slice(x);
            if self.upper { y[..split].fill(0) } else { y[split..].fill(0) }
        }
    }

    fn work(&self) -> u64 {
        (self.batch * self.rows * self.columns) as u64
    }
}

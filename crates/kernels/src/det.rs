//! Determinants of small matrices; its shader is `shaders/det.wgsl`.

use crate::grid::{THREADS, fold, word};
use crate::{Binding, Data, Kernel, KernelError, Key, Step, check};

const NAME: &str = "det";

/// The widest matrix whose elements fit a thread's registers and their spill.
const WIDEST: usize = 8;

/// The determinant of each matrix (ONNX `Det`). Read: x \[batch, n, n\]; n is at most 8.
#[derive(Clone, Debug)]
pub struct Det {
    /// Matrices.
    pub batch: usize,
    /// Rows and columns.
    pub n: usize,
}

/// Every pipeline this kernel may ask for.
pub(crate) fn keys() -> Vec<Key> {
    vec![Key { shader: NAME, defines: &[] }]
}

/// The determinant of a row-major matrix, which is eliminated on the way.
fn determinant(m: &mut [f32], n: usize) -> f32 {
    let mut result = 1.0;
    for step in 0..n {
        let mut pivot = step;
        for row in step + 1..n {
            if m[row * n + step].abs() > m[pivot * n + step].abs() {
                pivot = row;
            }
        }
        let head = m[pivot * n + step];
        result *= if pivot == step { head } else { -head };
        if head == 0.0 {
            break;
        }
        (step..n).for_each(|column| m.swap(pivot * n + column, step * n + column));
        for row in step + 1..n {
            let share = m[row * n + step] / head;
            for column in step + 1..n {
                m[row * n + column] -= share * m[step * n + column];
            }
        }
    }
    result
}

impl Kernel for Det {
    fn check(&self) -> Result<(), KernelError> {
        check::require(NAME, self.n <= WIDEST, || {
            format!("matrices of {0} by {0} elements, at most {WIDEST} by {WIDEST} are possible", self.n)
        })?;
        check::sizes(NAME, &self.layout())
    }

    fn key(&self) -> Key {
        Key { shader: NAME, defines: &[] }
    }

    fn layout(&self) -> Vec<Binding> {
        vec![Binding::f32("x", &[self.batch, self.n, self.n]), Binding::f32("y", &[self.batch])]
    }

    fn step(&self) -> Step {
        Step { params: vec![word(self.batch), word(self.n)], workgroups: fold(self.batch.div_ceil(THREADS)) }
    }

    fn cpu(&self, reads: &[Data<'_>], write: &mut [f32]) {
        for (y, matrix) in write.iter_mut().zip(reads[0].f32().chunks_exact(self.n * self.n)) {
            *y = determinant(&mut matrix.to_vec(), self.n);
        }
    }

    fn work(&self) -> u64 {
        (self.batch * self.n * self.n * self.n) as u64
    }
}

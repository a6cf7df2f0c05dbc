//! Matrix products; its shader is `shaders/matmul.wgsl`.

use crate::grid::{fold, word};
use crate::{Binding, Data, Kernel, KernelError, Key, Step, check};

const NAME: &str = "matmul";

/// Rows and columns of y that one workgroup computes.
const TILE: usize = 32;

/// y = a b (+ bias), or a b^T (+ bias), for each matrix of a batch.
///
/// Reads: a \[batch_a, m, k\], b \[batch_b, k, n\] (\[batch_b, n, k\] if `transpose_b`) and, if asked
/// for, bias \[n\]. Writes \[batch, m, n\], where batch is the larger of the two; the other must be the
/// same or one.
#[derive(Clone, Debug)]
pub struct MatMul {
    /// Matrices in a: the batch, or one for all.
    pub batch_a: usize,
    /// Matrices in b: the batch, or one for all.
    pub batch_b: usize,
    /// Rows of a and y.
    pub m: usize,
    /// Columns of a, rows of b.
    pub k: usize,
    /// Columns of b and y.
    pub n: usize,
    /// Whether b is stored with its rows and columns exchanged.
    pub transpose_b: bool,
    /// Whether a bias for each column is added.
    pub bias: bool,
}

/// Variants by transposition and bias.
const VARIANTS: [&[&str]; 4] = [&[], &["TRANSPOSE_B"], &["BIAS"], &["TRANSPOSE_B", "BIAS"]];

/// Every pipeline this kernel may ask for.
pub(crate) fn keys() -> Vec<Key> {
    VARIANTS.iter().map(|&defines| Key { shader: NAME, defines }).collect()
}

impl MatMul {
    fn batch(&self) -> usize {
        self.batch_a.max(self.batch_b)
    }
}

impl Kernel for MatMul {
    fn check(&self) -> Result<(), KernelError> {
        let fits = |batch| batch == self.batch() || batch == 1;
        check::require(NAME, fits(self.batch_a) && fits(self.batch_b), || {
            format!("batches of {} and {} matrices: they must be equal, or one of them one", self.batch_a, self.batch_b)
        })?;
        check::sizes(NAME, &self.layout())
    }

    fn key(&self) -> Key {
        Key { shader: NAME, defines: VARIANTS[usize::from(self.transpose_b) + 2 * usize::from(self.bias)] }
    }

    fn layout(&self) -> Vec<Binding> {
        let b = if self.transpose_b { [self.batch_b, self.n, self.k] } else { [self.batch_b, self.k, self.n] };
        let mut layout = vec![Binding::f32("a", &[self.batch_a, self.m, self.k]), Binding::f32("b", &b)];
        if self.bias {
            layout.push(Binding::f32("bias", &[self.n]));
        }
        layout.push(Binding::f32("y", &[self.batch(), self.m, self.n]));
        layout
    }

    fn step(&self) -> Step {
        let (rows, columns) = (self.m.div_ceil(TILE), self.n.div_ceil(TILE));
        let stride = |batch, len| if batch == 1 { 0 } else { word(len) };
        let params = vec![
            word(self.batch()),
            word(self.m),
            word(self.k),
            word(self.n),
            word(rows),
            word(columns),
            stride(self.batch_a, self.m * self.k),
            stride(self.batch_b, self.k * self.n),
        ];
        Step { params, workgroups: fold(self.batch() * rows * columns) }
    }

    fn cpu(&self, reads: &[Data<'_>], write: &mut [f32]) {
        let (a, b) = (reads[0].f32(), reads[1].f32());
        let (m, k, n) = (self.m, self.k, self.n);
        for (batch, y) in write.chunks_exact_mut(m * n).enumerate() {
            let a = &a[if self.batch_a == 1 { 0 } else { batch * m * k }..][..m * k];
            let b = &b[if self.batch_b == 1 { 0 } else { batch * k * n }..][..k * n];
            for (a, y) in a.chunks_exact(k).zip(y.chunks_exact_mut(n)) {
                y.fill(0.0);
                if self.transpose_b {
                    for (y, b) in y.iter_mut().zip(b.chunks_exact(k)) {
                        *y = a.iter().zip(b).map(|(a, b)| a * b).sum();
                    }
                } else {
                    for (a, b) in a.iter().zip(b.chunks_exact(n)) {
                        y.iter_mut().zip(b).for_each(|(y, b)| *y += a * b);
                    }
                }
                if self.bias {
                    y.iter_mut().zip(reads[2].f32()).for_each(|(y, bias)| *y += bias);
                }
            }
        }
    }

    fn work(&self) -> u64 {
        (self.batch() * self.m) as u64 * (self.k * self.n) as u64
    }
}

//! First half of a normalisation: partial means and spreads; its shader is `shaders/norm_stats.wgsl`.

use crate::grid::{THREADS, fold, word};
use crate::{Binding, Data, Kernel, KernelError, Key, Step, check};

const NAME: &str = "norm_stats";

/// Elements one workgroup summarises, unless a row would then need more than [`MAX_PARTIALS`].
const CHUNK: usize = 64 * THREADS;

/// Partials of one row that `norm_combine` is ready to add up.
const MAX_PARTIALS: usize = 1024;

/// Summarises chunks of each row by (count, mean, sum of squared deviations from that mean).
///
/// A row is one normalised unit: an instance's channel, or the contiguous channels of a group. Each
/// thread sums deviations from its own first element and the threads' results are joined by Chan's
/// formula, so that a mean far from zero costs no accuracy (Chan, Golub and LeVeque, The American
/// Statistician 37, 1983). Reads: x. Writes \[rows, partials, 3\].
#[derive(Clone, Debug)]
pub struct NormStats {
    /// Number of rows: batch times groups.
    pub rows: usize,
    /// Elements of one row.
    pub len: usize,
}

/// Every pipeline this kernel may ask for.
pub(crate) fn keys() -> Vec<Key> {
    vec![Key { shader: NAME, defines: &[] }]
}

impl NormStats {
    /// Elements summarised by one triple.
    fn chunk(&self) -> usize {
        CHUNK.max(self.len.div_ceil(MAX_PARTIALS))
    }

    /// Triples written for each row.
    #[must_use]
    pub fn partials(&self) -> usize {
        self.len.div_ceil(self.chunk())
    }
}

impl Kernel for NormStats {
    fn check(&self) -> Result<(), KernelError> {
        check::sizes(NAME, &self.layout())
    }

    fn key(&self) -> Key {
        Key { shader: NAME, defines: &[] }
    }

    fn layout(&self) -> Vec<Binding> {
        vec![
            Binding::f32("x", &[self.rows, self.len]).or_half(),
            Binding::f32("partials", &[self.rows, self.partials(), 3]),
        ]
    }

    fn step(&self) -> Step {
        let params = vec![word(self.rows), word(self.len), word(self.chunk()), word(self.partials())];
        Step { params, workgroups: fold(self.rows * self.partials()) }
    }

    fn cpu(&self, reads: &[Data<'_>], write: &mut [f32]) {
        let chunks = reads[0].f32().chunks_exact(self.len).flat_map(|row| row.chunks(self.chunk()));
        for (chunk, triple) in chunks.zip(write.chunks_exact_mut(3)) {
            let count = chunk.len() as f64;
            let mean = chunk.iter().map(|&v| f64::from(v)).sum::<f64>() / count;
            let spread: f64 = chunk.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum();
            triple.copy_from_slice(&[count as f32, mean as f32, spread as f32]);
        }
    }

    fn work(&self) -> u64 {
        (self.rows * self.len) as u64
    }
}

//! Layer and root-mean-square normalisation of rows; their shader is `shaders/layer_norm.wgsl`.

use crate::grid::{fold, word};
use crate::{Binding, Data, Kernel, KernelError, Key, Step, check};

const NAME: &str = "layer_norm";

/// y = (x - mean) / sqrt(variance + epsilon) scale (+ bias), with the statistics of each row (Ba, Kiros
/// and Hinton 2016); or x / sqrt(mean of squares + epsilon) scale (+ bias) (Zhang and Sennrich 2019).
///
/// Reads: x (rows, len), scale (len), and with a bias bias (len).
#[derive(Clone, Debug)]
pub struct LayerNorm {
    /// Rows.
    pub rows: usize,
    /// Elements of a row.
    pub len: usize,
    /// Added to the variance or mean square.
    pub epsilon: f32,
    /// Whether the mean is left in.
    pub rms: bool,
    /// Whether a bias is added.
    pub bias: bool,
}

const VARIANTS: [&[&str]; 4] = [&[], &["BIAS"], &["RMS"], &["RMS", "BIAS"]];

/// Every pipeline this kernel may ask for.
pub(crate) fn keys() -> Vec<Key> {
    VARIANTS.iter().map(|&defines| Key { shader: NAME, defines }).collect()
}

impl Kernel for LayerNorm {
    fn check(&self) -> Result<(), KernelError> {
        check::sizes(NAME, &self.layout())
    }

    fn key(&self) -> Key {
        Key { shader: NAME, defines: VARIANTS[2 * usize::from(self.rms) + usize::from(self.bias)] }
    }

    fn layout(&self) -> Vec<Binding> {
        let mut layout = vec![Binding::f32("x", &[self.rows, self.len]).or_half(), Binding::f32("scale", &[self.len])];
        if self.bias {
            layout.push(Binding::f32("bias", &[self.len]));
        }
        layout.push(Binding::f32("y", &[self.rows, self.len]).or_half());
        layout
    }

    fn step(&self) -> Step {
        Step { params: vec![word(self.rows), word(self.len), self.epsilon.to_bits()], workgroups: fold(self.rows) }
    }

    fn cpu(&self, reads: &[Data<'_>], write: &mut [f32]) {
        let (x, scale) = (reads[0].f32(), reads[1].f32());
        for (row, y) in x.chunks_exact(self.len).zip(write.chunks_exact_mut(self.len)) {
            let count = self.len as f64;
            let mean = if self.rms { 0.0 } else { row.iter().map(|&v| f64::from(v)).sum::<f64>() / count };
            let spread = row.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / count;
            let slope = 1.0 / (spread + f64::from(self.epsilon)).sqrt();
            for (k, (y, &v)) in y.iter_mut().zip(row).enumerate() {
                let bias = if self.bias { reads[2].f32()[k] } else { 0.0 };
                *y = ((f64::from(v) - mean) * slope) as f32 * scale[k] + bias;
            }
        }
    }

    fn work(&self) -> u64 {
        2 * (self.rows * self.len) as u64
    }
}

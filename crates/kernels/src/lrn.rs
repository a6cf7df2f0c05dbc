//! Local response normalisation; its shader is `shaders/lrn.wgsl`.

use crate::grid::{ELEMENTS, fold, word};
use crate::{Binding, Data, Kernel, KernelError, Key, Step, check};

const NAME: &str = "lrn";

/// y = x / (bias + alpha / size * sum of squares of `size` neighbouring channels)^beta (ONNX `LRN`;
/// Krizhevsky, Sutskever and Hinton 2012). Read: x \[batch, channels, inner\].
#[derive(Clone, Debug)]
pub struct Lrn {
    /// Instances.
    pub batch: usize,
    /// Channels.
    pub channels: usize,
    /// Elements of a channel.
    pub inner: usize,
    /// Channels summed up; of an even number the larger half lies behind.
    pub size: usize,
    /// Weight of the mean square.
    pub alpha: f32,
    /// Exponent.
    pub beta: f32,
    /// What is added to it.
    pub bias: f32,
}

/// Every pipeline this kernel may ask for.
pub(crate) fn keys() -> Vec<Key> {
    vec![Key { shader: NAME, defines: &[] }]
}

impl Lrn {
    /// Channels counted before and behind one.
    fn reach(&self) -> [usize; 2] {
        [(self.size - 1) / 2, self.size / 2]
    }
}

impl Kernel for Lrn {
    fn check(&self) -> Result<(), KernelError> {
        check::require(NAME, self.size > 0, || "a window of no channels".to_owned())?;
        check::sizes(NAME, &self.layout())
    }

    fn key(&self) -> Key {
        Key { shader: NAME, defines: &[] }
    }

    fn layout(&self) -> Vec<Binding> {
        let shape = [self.batch, self.channels, self.inner];
        vec![Binding::f32("x", &shape).or_half(), Binding::f32("y", &shape).or_half()]
    }

    fn step(&self) -> Step {
        let elements = self.batch * self.channels * self.inner;
        let [before, after] = self.reach();
        let mut params: Vec<u32> = [elements, self.channels, self.inner, before, after].into_iter().map(word).collect();
        params.extend([self.alpha / self.size as f32, self.beta, self.bias].map(f32::to_bits));
        Step { params, workgroups: fold(elements.div_ceil(ELEMENTS)) }
    }

    fn cpu(&self, reads: &[Data<'_>], write: &mut [f32]) {
        let x = reads[0].f32();
        let [before, after] = self.reach();
        let scale = self.alpha / self.size as f32;
        for (i, y) in write.iter_mut().enumerate() {
            let channel = i / self.inner % self.channels;
            let first = i - channel.min(before) * self.inner;
            let last = i + (self.channels - 1 - channel).min(after) * self.inner;
            let sum: f32 = (first..=last).step_by(self.inner).map(|j| x[j] * x[j]).sum();
            *y = x[i] / (self.bias + scale * sum).powf(self.beta);
        }
    }

    fn work(&self) -> u64 {
        (self.batch * self.channels * self.inner) as u64 * self.size.min(self.channels) as u64
    }
}

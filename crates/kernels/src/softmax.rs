//! Softmax along one axis; its shader is `shaders/softmax.wgsl`.

use crate::grid::{fold, word};
use crate::{Binding, Data, Kernel, KernelError, Key, Step, check};

const NAME: &str = "softmax";

/// y\[o, i\] = exp(x\[o, i\] - max) / sum of exp(x - max), over the middle axis of \[outer, len, inner\].
#[derive(Clone, Debug)]
pub struct Softmax {
    /// Product of the axes before.
    pub outer: usize,
    /// The axis that sums to one.
    pub len: usize,
    /// Product of the axes after.
    pub inner: usize,
}

/// Every pipeline this kernel may ask for.
pub(crate) fn keys() -> Vec<Key> {
    vec![Key { shader: NAME, defines: &[] }]
}

impl Kernel for Softmax {
    fn check(&self) -> Result<(), KernelError> {
        check::sizes(NAME, &self.layout())
    }

    fn key(&self) -> Key {
        Key { shader: NAME, defines: &[] }
    }

    fn layout(&self) -> Vec<Binding> {
        let shape = [self.outer, self.len, self.inner];
        vec![Binding::f32("x", &shape).or_half(), Binding::f32("y", &shape).or_half()]
    }

    fn step(&self) -> Step {
        let params = vec![word(self.outer), word(self.len), word(self.inner)];
        Step { params, workgroups: fold(self.outer * self.inner) }
    }

    fn cpu(&self, reads: &[Data<'_>], write: &mut [f32]) {
        let x = reads[0].f32();
        for outer in 0..self.outer {
            for inner in 0..self.inner {
                let start = outer * self.len * self.inner + inner;
                let line = || (start..).step_by(self.inner).take(self.len);
                let largest = line().map(|i| x[i]).fold(f32::NEG_INFINITY, f32::max);
                let sum: f32 = line().map(|i| (x[i] - largest).exp()).sum();
                line().for_each(|i| write[i] = (x[i] - largest).exp() / sum);
            }
        }
    }

    fn work(&self) -> u64 {
        3 * (self.outer * self.len * self.inner) as u64
    }
}

//! Functions of one element; the shader is `shaders/unary.wgsl`.

use super::unary_op::{UnaryOp, VARIANTS};
use crate::grid::{ELEMENTS, fold, word};
use crate::{Binding, Data, Kernel, KernelError, Key, Step, check};

const NAME: &str = "unary";

/// y\[i\] = op(x\[i\]). Read: x.
#[derive(Clone, Debug)]
pub struct Unary {
    /// The function.
    pub op: UnaryOp,
    /// Number of elements.
    pub len: usize,
}

/// Every pipeline this kernel may ask for.
pub(crate) fn keys() -> Vec<Key> {
    VARIANTS.iter().map(|&defines| Key { shader: NAME, defines }).collect()
}

impl Kernel for Unary {
    fn check(&self) -> Result<(), KernelError> {
        check::sizes(NAME, &self.layout())
    }

    fn key(&self) -> Key {
        Key { shader: NAME, defines: VARIANTS[self.op.index()] }
    }

    fn layout(&self) -> Vec<Binding> {
        vec![Binding::f32("x", &[self.len]).or_half(), Binding::f32("y", &[self.len]).or_half()]
    }

    fn step(&self) -> Step {
        let [a, b] = self.op.parameters().map(f32::to_bits);
        Step { params: vec![word(self.len), a, b], workgroups: fold(self.len.div_ceil(ELEMENTS)) }
    }

    fn cpu(&self, reads: &[Data<'_>], write: &mut [f32]) {
        write.iter_mut().zip(reads[0].f32()).for_each(|(y, &x)| *y = self.op.apply(x));
    }

    fn work(&self) -> u64 {
        self.len as u64
    }
}

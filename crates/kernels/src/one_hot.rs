//! One-hot vectors; its shader is `shaders/one_hot.wgsl`.

use crate::grid::{ELEMENTS, fold, word};
use crate::kernel::words;
use crate::{Binding, Data, Kernel, KernelError, Key, Step, check};

const NAME: &str = "one_hot";

/// y\[o, d, i\] = values\[1\] where d is indices\[o, i\], else values\[0\] (ONNX `OneHot`).
///
/// Reads: the indices (int32; negative ones count from the end) and the two values, of any type.
#[derive(Clone, Debug)]
pub struct OneHot {
    /// Product of the axes before the new one.
    pub outer: usize,
    /// The new axis.
    pub depth: usize,
    /// Product of the axes after.
    pub inner: usize,
}

/// Every pipeline this kernel may ask for.
pub(crate) fn keys() -> Vec<Key> {
    vec![Key { shader: NAME, defines: &[] }]
}

impl OneHot {
    fn elements(&self) -> usize {
        self.outer * self.depth * self.inner
    }
}

impl Kernel for OneHot {
    fn check(&self) -> Result<(), KernelError> {
        check::sizes(NAME, &self.layout())
    }

    fn key(&self) -> Key {
        Key { shader: NAME, defines: &[] }
    }

    fn layout(&self) -> Vec<Binding> {
        vec![
            Binding::i32("indices", &[self.outer, self.inner]),
            Binding::words("values", &[2]),
            Binding::words("y", &[self.outer, self.depth, self.inner]),
        ]
    }

    fn step(&self) -> Step {
        let params = vec![word(self.elements()), word(self.depth), word(self.inner)];
        Step { params, workgroups: fold(self.elements().div_ceil(ELEMENTS)) }
    }

    fn cpu(&self, reads: &[Data<'_>], write: &mut [f32]) {
        let (indices, values, y) = (reads[0].i32(), reads[1].u32(), words(write));
        y.fill(values[0]);
        for (n, &index) in indices.iter().enumerate() {
            let index = index as isize;
            let index = if index < 0 { index + self.depth.cast_signed() } else { index };
            if let Some(index) = usize::try_from(index).ok().filter(|&index| index < self.depth) {
                y[(n / self.inner * self.depth + index) * self.inner + n % self.inner] = values[1];
            }
        }
    }

    fn work(&self) -> u64 {
        self.elements() as u64
    }
}

//! Running sums along one axis; its shader is `shaders/cumsum.wgsl`.

use crate::grid::{THREADS, fold, word};
use crate::kernel::ints;
use crate::{Binding, Data, Element, Kernel, KernelError, Key, Step, check};

const NAME: &str = "cumsum";

/// y\[o, n, i\] = x\[o, 0, i\] + ... + x\[o, n, i\] (ONNX `CumSum`). Read: x. Integers wrap.
#[derive(Clone, Debug)]
pub struct CumSum {
    /// float32 or int32.
    pub element: Element,
    /// Product of the axes before.
    pub outer: usize,
    /// The axis summed along.
    pub len: usize,
    /// Product of the axes after.
    pub inner: usize,
    /// Whether an element's sum leaves out the element itself.
    pub exclusive: bool,
    /// Whether sums run from the last element to the first.
    pub reverse: bool,
}

/// Variants by element.
const VARIANTS: [&[&str]; 2] = [&[], &["INT"]];

/// Every pipeline this kernel may ask for.
pub(crate) fn keys() -> Vec<Key> {
    VARIANTS.iter().map(|&defines| Key { shader: NAME, defines }).collect()
}

impl CumSum {
    fn run<T: Copy + Default>(&self, x: &[T], y: &mut [T], add: impl Fn(T, T) -> T) {
        for line in 0..self.outer * self.inner {
            let start = line / self.inner * self.len * self.inner + line % self.inner;
            let mut sum = T::default();
            for step in 0..self.len {
                let position = if self.reverse { self.len - 1 - step } else { step };
                let i = start + position * self.inner;
                let before = sum;
                sum = add(sum, x[i]);
                y[i] = if self.exclusive { before } else { sum };
            }
        }
    }
}

impl Kernel for CumSum {
    fn check(&self) -> Result<(), KernelError> {
        check::require(NAME, self.element != Element::U32, || "packed words cannot be summed up".to_owned())?;
        check::sizes(NAME, &self.layout())
    }

    fn key(&self) -> Key {
        Key { shader: NAME, defines: VARIANTS[usize::from(self.element == Element::I32)] }
    }

    fn layout(&self) -> Vec<Binding> {
        let binding = |name| Binding::of(name, self.element, &[self.outer, self.len, self.inner]);
        vec![binding("x"), binding("y")]
    }

    fn step(&self) -> Step {
        let flags = [u32::from(self.exclusive), u32::from(self.reverse)];
        let mut params = vec![word(self.outer), word(self.len), word(self.inner)];
        params.extend(flags);
        Step { params, workgroups: fold((self.outer * self.inner).div_ceil(THREADS)) }
    }

    fn cpu(&self, reads: &[Data<'_>], write: &mut [f32]) {
        match self.element {
            Element::I32 => self.run(reads[0].i32(), ints(write), i32::wrapping_add),
            _ => self.run(reads[0].f32(), write, |a, b| a + b),
        }
    }

    fn work(&self) -> u64 {
        (self.outer * self.len * self.inner) as u64
    }
}

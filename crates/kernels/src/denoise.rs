//! One step of a sampler; its shader is `shaders/denoise.wgsl`.

use darkroom_sampling::{Coefficients, Operands, combine};

use crate::grid::{ELEMENTS, fold, word};
use crate::{Binding, Data, Kernel, KernelError, Key, Step, check};

const NAME: &str = "denoise";

/// The linear combination and the clamp of a sampler's step, [`darkroom_sampling::combine`].
///
/// Reads: the step's [`Coefficients`], the state (x, then x0 of the evaluation before), the network's output (guided;
/// with a learned variance its second half is the variance's), the anchor and the noise. Writes the next state. The
/// coefficients are a tensor, not uniforms, so one plan serves every step of every sampler.
#[derive(Clone, Debug)]
pub struct Denoise {
    /// Values of an image.
    pub len: usize,
    /// Whether the network's output has a second half for the variance.
    pub learned: bool,
}

/// Variants by where the variance comes from.
const VARIANTS: [&[&str]; 2] = [&[], &["LEARNED"]];

/// Every pipeline this kernel may ask for.
pub(crate) fn keys() -> Vec<Key> {
    VARIANTS.iter().map(|&defines| Key { shader: NAME, defines }).collect()
}

impl Kernel for Denoise {
    fn check(&self) -> Result<(), KernelError> {
        check::sizes(NAME, &self.layout())
    }

    fn key(&self) -> Key {
        Key { shader: NAME, defines: VARIANTS[usize::from(self.learned)] }
    }

    fn layout(&self) -> Vec<Binding> {
        let len = self.len;
        vec![
            Binding::f32("factors", &[Coefficients::COUNT]),
            Binding::f32("state", &[2, len]),
            Binding::f32("output", &[1 + usize::from(self.learned), len]),
            Binding::f32("anchor", &[len]),
            Binding::f32("noise", &[len]),
            Binding::f32("y", &[2, len]),
        ]
    }

    fn step(&self) -> Step {
        Step { params: vec![word(self.len)], workgroups: fold(self.len.div_ceil(ELEMENTS)) }
    }

    fn cpu(&self, reads: &[Data<'_>], write: &mut [f32]) {
        let mut with = [0.0; Coefficients::COUNT];
        with.copy_from_slice(reads[0].f32());
        let (x, x0_before) = reads[1].f32().split_at(self.len);
        let (output, variance) = reads[2].f32().split_at(self.len);
        let (anchor, noise) = (reads[3].f32(), reads[4].f32());
        let (next, x0) = write.split_at_mut(self.len);
        let operands = Operands { x, output, variance, x0_before, anchor, noise };
        combine(&Coefficients::from_values(with), &operands, next, x0);
    }

    fn work(&self) -> u64 {
        12 * self.len as u64
    }
}

//! Standard normal values of a seed; its shader is `shaders/noise.wgsl`.

use darkroom_sampling::{normals, philox4x32};

use crate::grid::{THREADS, fold, word};
use crate::{Binding, Data, Kernel, KernelError, Key, Step, check};

const NAME: &str = "noise";

/// y\[4b .. 4b + 4\] = the normals of the counter (b, step, stream, 0) under the seed.
///
/// Read: the draw, four words: the seed's lower and upper half, the step, the stream. They are the values of
/// [`darkroom_sampling::Philox`], on the GPU to rounding.
#[derive(Clone, Debug)]
pub struct Noise {
    /// Number of values.
    pub len: usize,
}

/// Every pipeline this kernel may ask for.
pub(crate) fn keys() -> Vec<Key> {
    vec![Key { shader: NAME, defines: &[] }]
}

impl Kernel for Noise {
    fn check(&self) -> Result<(), KernelError> {
        check::sizes(NAME, &self.layout())
    }

    fn key(&self) -> Key {
        Key { shader: NAME, defines: &[] }
    }

    fn layout(&self) -> Vec<Binding> {
        vec![Binding::words("draw", &[4]), Binding::f32("y", &[self.len])]
    }

    fn step(&self) -> Step {
        Step { params: vec![word(self.len)], workgroups: fold(self.len.div_ceil(4 * THREADS)) }
    }

    fn cpu(&self, reads: &[Data<'_>], write: &mut [f32]) {
        let draw = reads[0].u32();
        for (block, values) in write.chunks_mut(4).enumerate() {
            let words = philox4x32([word(block), draw[2], draw[3], 0], [draw[0], draw[1]]);
            values.copy_from_slice(&normals(words)[..values.len()]);
        }
    }

    fn work(&self) -> u64 {
        // Ten rounds of two products for four values, and the functions.
        20 * self.len as u64
    }
}

//! Elements read from where indices say; its shader is `shaders/gather.wgsl`.

use crate::grid::{ELEMENTS, fold};
use crate::indexed::Indexed;
use crate::kernel::words;
use crate::{Binding, Data, Kernel, KernelError, Key, Step, check};

const NAME: &str = "gather";

/// y\[i\] = x\[place of i\] for every i of a box (ONNX `Gather`, `GatherElements`, `GatherND`).
///
/// Reads: x and the indices, int32. An index beyond its axis gives 0.
#[derive(Clone, Debug)]
pub struct Gather {
    /// Where each element of y lies in x.
    pub from: Indexed,
}

/// Every pipeline this kernel may ask for.
pub(crate) fn keys() -> Vec<Key> {
    vec![Key { shader: NAME, defines: &[] }]
}

impl Kernel for Gather {
    fn check(&self) -> Result<(), KernelError> {
        check::sizes(NAME, &self.layout())?;
        self.from.check(NAME)
    }

    fn key(&self) -> Key {
        Key { shader: NAME, defines: &[] }
    }

    fn layout(&self) -> Vec<Binding> {
        vec![
            Binding::words("x", &[self.from.tensor]).or_half(),
            Binding::i32("indices", &[self.from.indices]),
            Binding::words("y", &self.from.dims).or_half(),
        ]
    }

    fn step(&self) -> Step {
        Step { params: self.from.params(), workgroups: fold(self.from.elements().div_ceil(ELEMENTS)) }
    }

    fn cpu(&self, reads: &[Data<'_>], write: &mut [f32]) {
        let (x, y) = (reads[0].u32(), words(write));
        self.from.places(reads[1].i32(), |i, place| y[i] = place.map_or(0, |place| x[place]));
    }

    fn work(&self) -> u64 {
        self.from.elements() as u64
    }
}

//! Elements written to where indices say; its shader is `shaders/scatter.wgsl`.

use crate::grid::{ELEMENTS, fold};
use crate::indexed::Indexed;
use crate::kernel::words;
use crate::{Binding, Data, Kernel, KernelError, Key, Step, check};

const NAME: &str = "scatter";

/// y\[place of i\] = updates\[i\] for every i of a box (ONNX `ScatterElements` and `ScatterND` without
/// reduction, `MaxUnpool`).
///
/// The other elements of y stay as they are: a copy fills them before. Reads: the updates and the
/// indices, int32. An index beyond its axis writes nothing; no two may lead to the same element.
#[derive(Clone, Debug)]
pub struct Scatter {
    /// Where each update lies in y.
    pub to: Indexed,
}

/// Every pipeline this kernel may ask for.
pub(crate) fn keys() -> Vec<Key> {
    vec![Key { shader: NAME, defines: &[] }]
}

impl Kernel for Scatter {
    fn check(&self) -> Result<(), KernelError> {
        check::sizes(NAME, &self.layout())?;
        self.to.check(NAME)
    }

    fn key(&self) -> Key {
        Key { shader: NAME, defines: &[] }
    }

    fn layout(&self) -> Vec<Binding> {
        vec![
            Binding::words("updates", &self.to.dims).or_half(),
            Binding::i32("indices", &[self.to.indices]),
            Binding::words("y", &[self.to.tensor]).or_half(),
        ]
    }

    fn step(&self) -> Step {
        Step { params: self.to.params(), workgroups: fold(self.to.elements().div_ceil(ELEMENTS)) }
    }

    fn cpu(&self, reads: &[Data<'_>], write: &mut [f32]) {
        let (updates, y) = (reads[0].u32(), words(write));
        self.to.places(reads[1].i32(), |i, place| {
            if let Some(place) = place {
                y[place] = updates[i];
            }
        });
    }

    fn work(&self) -> u64 {
        self.to.elements() as u64
    }
}

//! Resampling of one axis by any filter; its shader is `shaders/resample.wgsl`.

use crate::grid::{ELEMENTS, fold, word, words};
use crate::sampling::Taps;
use crate::{Binding, Data, Elements, Kernel, KernelError, Key, Step, check};

const NAME: &str = "resample";

/// y\[o, n, i\] = constant of n + sum of x\[o, input, i\] * weight over the taps of n (ONNX `Resize`, one axis).
///
/// Reads: x \[outer, input, inner\] and the table ([`table`]).
#[derive(Clone, Debug)]
pub struct Resample {
    /// Product of the axes before.
    pub outer: usize,
    /// The axis before.
    pub input: usize,
    /// The axis after.
    pub output: usize,
    /// Product of the axes after.
    pub inner: usize,
    /// The most inputs an output is made of.
    pub taps: usize,
}

/// Every pipeline this kernel may ask for.
pub(crate) fn keys() -> Vec<Key> {
    vec![Key { shader: NAME, defines: &[] }]
}

/// The table of an axis, and the most inputs an output is made of; entries with fewer are filled with
/// weights of zero.
#[must_use]
pub fn table(axis: &[Taps]) -> (Elements, usize) {
    let most = axis.iter().map(|taps| taps.inputs.len()).max().unwrap_or(0);
    let mut table = Vec::with_capacity(axis.len() * (1 + 2 * most));
    for taps in axis {
        table.push(taps.constant.to_bits());
        for n in 0..most {
            let (input, weight) = taps.inputs.get(n).copied().unwrap_or((0, 0.0));
            table.extend([word(input), (weight as f32).to_bits()]);
        }
    }
    (Elements::U32(table), most)
}

impl Resample {
    fn elements(&self) -> usize {
        self.outer * self.output * self.inner
    }
}

impl Kernel for Resample {
    fn check(&self) -> Result<(), KernelError> {
        check::sizes(NAME, &self.layout())
    }

    fn key(&self) -> Key {
        Key { shader: NAME, defines: &[] }
    }

    fn layout(&self) -> Vec<Binding> {
        vec![
            Binding::f32("x", &[self.outer, self.input, self.inner]).or_half(),
            Binding::words("table", &[self.output, 1 + 2 * self.taps]),
            Binding::f32("y", &[self.outer, self.output, self.inner]).or_half(),
        ]
    }

    fn step(&self) -> Step {
        let params = words([self.elements(), self.input, self.output, self.inner, self.taps]).to_vec();
        Step { params, workgroups: fold(self.elements().div_ceil(ELEMENTS)) }
    }

    fn cpu(&self, reads: &[Data<'_>], write: &mut [f32]) {
        let (x, table) = (reads[0].f32(), reads[1].u32());
        for (line, y) in write.chunks_exact_mut(self.inner).enumerate() {
            let entry = &table[line % self.output * (1 + 2 * self.taps)..][..1 + 2 * self.taps];
            y.fill(f32::from_bits(entry[0]));
            for tap in entry[1..].chunks_exact(2) {
                let row = line / self.output * self.input + tap[0] as usize;
                let weight = f32::from_bits(tap[1]);
                y.iter_mut().zip(&x[row * self.inner..]).for_each(|(y, x)| *y += weight * x);
            }
        }
    }

    fn work(&self) -> u64 {
        self.elements() as u64 * self.taps.max(1) as u64
    }
}

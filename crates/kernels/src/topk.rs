//! Positions of the largest or smallest elements along one axis; its shader is `shaders/topk.wgsl`.

use crate::grid::{fold, words};
use crate::kernel::ints;
use crate::{Binding, Data, Element, Kernel, KernelError, Key, Step, check};

const NAME: &str = "topk";

/// The positions, int32, of the k first elements of each line in descending or ascending order (the
/// second result of ONNX `TopK`); of equal elements the one with the lower position comes first.
///
/// Read: x \[outer, len, inner\]. Writes \[outer, k, inner\]. The cost is k passes over x. NaN has no order:
/// where a line holds one, any positions may result.
#[derive(Clone, Debug)]
pub struct TopK {
    /// float32 or int32.
    pub element: Element,
    /// Product of the axes before.
    pub outer: usize,
    /// The axis searched.
    pub len: usize,
    /// Product of the axes after.
    pub inner: usize,
    /// Elements wanted of each line, at most `len`.
    pub k: usize,
    /// Whether the largest are wanted, or the smallest.
    pub largest: bool,
}

/// Variants by element and order.
const VARIANTS: [&[&str]; 4] = [&[], &["LARGEST"], &["INT"], &["INT", "LARGEST"]];

/// Every pipeline this kernel may ask for.
pub(crate) fn keys() -> Vec<Key> {
    VARIANTS.iter().map(|&defines| Key { shader: NAME, defines }).collect()
}

impl TopK {
    fn run<T: Copy>(&self, x: &[T], y: &mut [i32], compare: impl Fn(T, T) -> std::cmp::Ordering) {
        for line in 0..self.outer * self.inner {
            let (outer, inner) = (line / self.inner, line % self.inner);
            let at = |position: usize| x[(outer * self.len + position) * self.inner + inner];
            let mut order: Vec<usize> = (0..self.len).collect();
            // The sort is stable: equal elements keep their order.
            order.sort_by(|&a, &b| {
                let (a, b) = if self.largest { (b, a) } else { (a, b) };
                compare(at(a), at(b))
            });
            for (rank, position) in order.into_iter().take(self.k).enumerate() {
                y[(outer * self.k + rank) * self.inner + inner] = position as i32;
            }
        }
    }
}

impl Kernel for TopK {
    fn check(&self) -> Result<(), KernelError> {
        let reason = || format!("the first {} of {} {} elements", self.k, self.len, self.element);
        check::require(NAME, self.k <= self.len && self.element != Element::U32, reason)?;
        check::sizes(NAME, &self.layout())
    }

    fn key(&self) -> Key {
        let variant = usize::from(self.largest) + 2 * usize::from(self.element == Element::I32);
        Key { shader: NAME, defines: VARIANTS[variant] }
    }

    fn layout(&self) -> Vec<Binding> {
        vec![
            Binding::of("x", self.element, &[self.outer, self.len, self.inner]),
            Binding::i32("y", &[self.outer, self.k, self.inner]),
        ]
    }

    fn step(&self) -> Step {
        let params = words([self.outer, self.len, self.inner, self.k]).to_vec();
        Step { params, workgroups: fold(self.outer * self.inner) }
    }

    fn cpu(&self, reads: &[Data<'_>], write: &mut [f32]) {
        match self.element {
            Element::I32 => self.run(reads[0].i32(), ints(write), |a, b| a.cmp(&b)),
            // Adding 0 makes the two zeros equal.
            _ => self.run(reads[0].f32(), ints(write), |a, b| (a + 0.0).total_cmp(&(b + 0.0))),
        }
    }

    fn work(&self) -> u64 {
        (self.outer * self.len * self.inner) as u64 * self.k as u64
    }
}

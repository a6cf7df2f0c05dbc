//! A choice between two tensors with broadcasting (ONNX `Where`); the shader is `shaders/select.wgsl`.

use crate::grid::{ELEMENTS, fold, word};
use crate::kernel::words;
use crate::strided::{RANK, Walk, strides};
use crate::{Binding, Data, Kernel, KernelError, Key, Step, check};

const NAME: &str = "select";

/// y = a where the condition is not zero, b elsewhere; a dimension of one is repeated along the others'.
///
/// Reads: condition, a, b. Shapes with fewer than six dimensions are led by ones.
#[derive(Clone, Debug)]
pub struct Select {
    /// Dimensions of the condition.
    pub condition: [usize; RANK],
    /// Dimensions of a.
    pub a: [usize; RANK],
    /// Dimensions of b.
    pub b: [usize; RANK],
}

/// Every pipeline this kernel may ask for.
pub(crate) fn keys() -> Vec<Key> {
    vec![Key { shader: NAME, defines: &[] }]
}

impl Select {
    /// Dimensions of y: the largest of each.
    #[must_use]
    pub fn out_dims(&self) -> [usize; RANK] {
        std::array::from_fn(|i| self.condition[i].max(self.a[i]).max(self.b[i]))
    }

    fn walk(&self) -> Walk<4> {
        let out = self.out_dims();
        Walk::new(out, [strides(self.condition), strides(self.a), strides(self.b), strides(out)])
    }
}

impl Kernel for Select {
    fn check(&self) -> Result<(), KernelError> {
        let out = self.out_dims();
        let fits = |dims: [usize; RANK]| (0..RANK).all(|i| dims[i] == out[i] || dims[i] == 1);
        check::require(NAME, fits(self.condition) && fits(self.a) && fits(self.b), || {
            format!("the shapes {:?}, {:?} and {:?} cannot be broadcast", self.condition, self.a, self.b)
        })?;
        check::sizes(NAME, &self.layout())
    }

    fn key(&self) -> Key {
        Key { shader: NAME, defines: &[] }
    }

    fn layout(&self) -> Vec<Binding> {
        vec![
            Binding::i32("condition", &self.condition),
            Binding::words("a", &self.a).or_half(),
            Binding::words("b", &self.b).or_half(),
            Binding::words("y", &self.out_dims()).or_half(),
        ]
    }

    fn step(&self) -> Step {
        let walk = self.walk();
        let elements: usize = self.out_dims().iter().product();
        let mut params = walk.params();
        params.extend([word(elements), word(walk.rank)]);
        Step { params, workgroups: fold(elements.div_ceil(ELEMENTS)) }
    }

    fn cpu(&self, reads: &[Data<'_>], write: &mut [f32]) {
        let (condition, a, b, y) = (reads[0].i32(), reads[1].u32(), reads[2].u32(), words(write));
        let walk = self.walk();
        let (len, steps) = walk.last();
        walk.lines(|starts| {
            for i in 0..len.cast_signed() {
                let [c, p, q, o] = std::array::from_fn(|n| (starts[n] + i * steps[n]).unsigned_abs());
                y[o] = if condition[c] != 0 { a[p] } else { b[q] };
            }
        });
    }

    fn work(&self) -> u64 {
        self.out_dims().iter().product::<usize>() as u64
    }
}

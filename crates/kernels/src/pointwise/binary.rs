//! Functions of two elements with broadcasting; the shader is `shaders/binary.wgsl`.

use super::binary_op::{BinaryOp, variants};
use crate::grid::{ELEMENTS, fold, word};
use crate::kernel::ints;
use crate::strided::{RANK, Walk, strides};
use crate::{Binding, Data, Element, Kernel, KernelError, Key, Step, check};

const NAME: &str = "binary";

/// y = op(a, b), where a dimension of one in a or b is repeated along the other's.
///
/// Reads: a, b. Shapes with fewer than six dimensions are led by ones.
#[derive(Clone, Debug)]
pub struct Binary {
    /// The function.
    pub op: BinaryOp,
    /// What a and b are: `F32` or `I32`. So is y, but of a comparison, which is `I32`.
    pub element: Element,
    /// Dimensions of a.
    pub a: [usize; RANK],
    /// Dimensions of b.
    pub b: [usize; RANK],
}

/// Every pipeline this kernel may ask for.
pub(crate) fn keys() -> Vec<Key> {
    variants().map(|defines| Key { shader: NAME, defines }).collect()
}

impl Binary {
    /// Dimensions of y: the larger of each.
    #[must_use]
    pub fn out_dims(&self) -> [usize; RANK] {
        std::array::from_fn(|i| self.a[i].max(self.b[i]))
    }

    fn each<T: Copy, R>(&self, a: &[T], b: &[T], write: &mut [R], function: impl Fn(T, T) -> R) {
        let walk = self.walk();
        let (len, [a_step, b_step, _]) = walk.last();
        let (a_step, b_step) = (a_step.unsigned_abs(), b_step.unsigned_abs());
        walk.lines(|offsets| {
            let [a_start, b_start, start] = offsets.map(isize::unsigned_abs);
            for (i, y) in write[start..start + len].iter_mut().enumerate() {
                *y = function(a[a_start + i * a_step], b[b_start + i * b_step]);
            }
        });
    }

    fn walk(&self) -> Walk<3> {
        let out = self.out_dims();
        Walk::new(out, [strides(self.a), strides(self.b), strides(out)])
    }
}

impl Kernel for Binary {
    fn check(&self) -> Result<(), KernelError> {
        let out = self.out_dims();
        let fits = |dims: [usize; RANK]| (0..RANK).all(|i| dims[i] == out[i] || dims[i] == 1);
        check::require(NAME, fits(self.a) && fits(self.b), || {
            format!("the shapes {:?} and {:?} cannot be broadcast", self.a, self.b)
        })?;
        check::require(NAME, self.op.defines(self.element).is_some(), || format!("{:?} of floats", self.op))?;
        check::sizes(NAME, &self.layout())
    }

    fn key(&self) -> Key {
        Key { shader: NAME, defines: self.op.defines(self.element).unwrap_or_default() }
    }

    fn layout(&self) -> Vec<Binding> {
        let binding = |name, element, dims: [usize; RANK]| Binding::of(name, element, &dims).or_half();
        let result = if self.op.compares() { Element::I32 } else { self.element };
        vec![
            binding("a", self.element, self.a),
            binding("b", self.element, self.b),
            binding("y", result, self.out_dims()),
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
        match (self.element, self.op.compares()) {
            (Element::F32, false) => self.each(reads[0].f32(), reads[1].f32(), write, |a, b| self.op.floats(a, b)),
            (Element::F32, true) => {
                self.each(reads[0].f32(), reads[1].f32(), ints(write), |a, b| self.op.floats(a, b) as i32);
            }
            _ => self.each(reads[0].i32(), reads[1].i32(), ints(write), |a, b| self.op.ints(a, b)),
        }
    }

    fn work(&self) -> u64 {
        self.out_dims().iter().product::<usize>() as u64
    }
}

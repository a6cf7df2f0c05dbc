//! Functions of two elements with broadcasting; the shader is `shaders/binary.wgsl`.

use crate::grid::{ELEMENTS, fold, word};
use crate::strided::{RANK, Walk, strides};
use crate::{Binding, Data, Kernel, KernelError, Key, Step, check};

const NAME: &str = "binary";

/// A function of two elements, named as in ONNX.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// a + b.
    Add,
    /// a - b.
    Sub,
    /// a b.
    Mul,
    /// a / b.
    Div,
    /// The smaller.
    Min,
    /// The larger.
    Max,
    /// a to the power of b.
    Pow,
}

/// y = op(a, b), where a dimension of one in a or b is repeated along the other's.
///
/// Reads: a, b. Shapes with fewer than six dimensions are led by ones.
#[derive(Clone, Debug)]
pub struct Binary {
    /// The function.
    pub op: BinaryOp,
    /// Dimensions of a.
    pub a: [usize; RANK],
    /// Dimensions of b.
    pub b: [usize; RANK],
}

/// Variants by function, in the order of [`BinaryOp`].
const VARIANTS: [&[&str]; 7] = [&["ADD"], &["SUB"], &["MUL"], &["DIV"], &["MIN"], &["MAX"], &["POW"]];

/// Every pipeline this kernel may ask for.
pub(crate) fn keys() -> Vec<Key> {
    VARIANTS.iter().map(|&defines| Key { shader: NAME, defines }).collect()
}

impl BinaryOp {
    fn function(self) -> fn(f32, f32) -> f32 {
        match self {
            Self::Add => |a, b| a + b,
            Self::Sub => |a, b| a - b,
            Self::Mul => |a, b| a * b,
            Self::Div => |a, b| a / b,
            Self::Min => f32::min,
            Self::Max => f32::max,
            Self::Pow => power,
        }
    }
}

/// a to the power of b; a negative a is raised to integers only, as in the shader.
fn power(a: f32, b: f32) -> f32 {
    let magnitude = a.abs().powf(b);
    if a >= 0.0 {
        magnitude
    } else if b.fract() != 0.0 {
        f32::NAN
    } else if b % 2.0 == 0.0 {
        magnitude
    } else {
        -magnitude
    }
}

impl Binary {
    /// Dimensions of y: the larger of each.
    #[must_use]
    pub fn out_dims(&self) -> [usize; RANK] {
        std::array::from_fn(|i| self.a[i].max(self.b[i]))
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
        check::sizes(NAME, &self.layout())
    }

    fn key(&self) -> Key {
        Key { shader: NAME, defines: VARIANTS[self.op as usize] }
    }

    fn layout(&self) -> Vec<Binding> {
        vec![Binding::f32("a", &self.a), Binding::f32("b", &self.b), Binding::f32("y", &self.out_dims())]
    }

    fn step(&self) -> Step {
        let walk = self.walk();
        let elements: usize = self.out_dims().iter().product();
        let mut params = walk.params();
        params.extend([word(elements), word(walk.rank)]);
        Step { params, workgroups: fold(elements.div_ceil(ELEMENTS)) }
    }

    fn cpu(&self, reads: &[Data<'_>], write: &mut [f32]) {
        let (a, b) = (reads[0].f32(), reads[1].f32());
        let function = self.op.function();
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

    fn work(&self) -> u64 {
        self.out_dims().iter().product::<usize>() as u64
    }
}

//! Functions of one element; the shader is `shaders/unary.wgsl`.

use crate::activation::sigmoid;
use crate::grid::{ELEMENTS, fold, word};
use crate::{Binding, Data, Kernel, KernelError, Key, Step, check};

const NAME: &str = "unary";

/// A function of one element, named as in ONNX.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum UnaryOp {
    /// max(v, 0).
    Relu,
    /// v where positive, alpha v elsewhere.
    LeakyRelu(f32),
    /// v where positive, alpha (exp(v) - 1) elsewhere.
    Elu(f32),
    /// 1 / (1 + exp(-v)).
    Sigmoid,
    /// clamp(alpha v + beta, 0, 1).
    HardSigmoid(f32, f32),
    /// v / (1 + exp(-v)).
    Silu,
    /// v (1 + erf(v / sqrt 2)) / 2.
    Gelu,
    /// v (1 + tanh(sqrt(2 / pi) (v + 0.044715 v^3))) / 2.
    GeluTanh,
    /// Error function.
    Erf,
    /// log(1 + exp(v)).
    Softplus,
    /// Hyperbolic tangent.
    Tanh,
    /// Exponential.
    Exp,
    /// Natural logarithm.
    Log,
    /// Square root.
    Sqrt,
    /// 1 / v.
    Reciprocal,
    /// -v.
    Neg,
    /// Magnitude.
    Abs,
    /// Largest integer not above v.
    Floor,
    /// Smallest integer not below v.
    Ceil,
    /// Sine of an angle in radians.
    Sin,
    /// Cosine of an angle in radians.
    Cos,
    /// clamp(v, low, high).
    Clip(f32, f32),
}

/// y\[i\] = op(x\[i\]). Read: x.
#[derive(Clone, Debug)]
pub struct Unary {
    /// The function.
    pub op: UnaryOp,
    /// Number of elements.
    pub len: usize,
}

/// Variants by function, in the order of [`UnaryOp`].
const VARIANTS: [&[&str]; 22] = [
    &["RELU"],
    &["LEAKY_RELU"],
    &["ELU"],
    &["SIGMOID"],
    &["HARD_SIGMOID"],
    &["SILU"],
    &["GELU"],
    &["GELU_TANH"],
    &["ERF"],
    &["SOFTPLUS"],
    &["TANH"],
    &["EXP"],
    &["LOG"],
    &["SQRT"],
    &["RECIPROCAL"],
    &["NEG"],
    &["ABS"],
    &["FLOOR"],
    &["CEIL"],
    &["SIN"],
    &["COS"],
    &["CLIP"],
];

/// Every pipeline this kernel may ask for.
pub(crate) fn keys() -> Vec<Key> {
    VARIANTS.iter().map(|&defines| Key { shader: NAME, defines }).collect()
}

impl UnaryOp {
    /// Position in [`VARIANTS`].
    fn index(self) -> usize {
        match self {
            Self::Relu => 0,
            Self::LeakyRelu(_) => 1,
            Self::Elu(_) => 2,
            Self::Sigmoid => 3,
            Self::HardSigmoid(..) => 4,
            Self::Silu => 5,
            Self::Gelu => 6,
            Self::GeluTanh => 7,
            Self::Erf => 8,
            Self::Softplus => 9,
            Self::Tanh => 10,
            Self::Exp => 11,
            Self::Log => 12,
            Self::Sqrt => 13,
            Self::Reciprocal => 14,
            Self::Neg => 15,
            Self::Abs => 16,
            Self::Floor => 17,
            Self::Ceil => 18,
            Self::Sin => 19,
            Self::Cos => 20,
            Self::Clip(..) => 21,
        }
    }

    /// The parameters of the function, zero where it has none.
    fn parameters(self) -> [f32; 2] {
        match self {
            Self::LeakyRelu(alpha) | Self::Elu(alpha) => [alpha, 0.0],
            Self::HardSigmoid(alpha, beta) => [alpha, beta],
            Self::Clip(low, high) => [low, high],
            _ => [0.0; 2],
        }
    }

    fn apply(self, v: f32) -> f32 {
        match self {
            Self::Relu => v.max(0.0),
            Self::LeakyRelu(alpha) => {
                if v > 0.0 {
                    v
                } else {
                    alpha * v
                }
            }
            Self::Elu(alpha) => {
                if v > 0.0 {
                    v
                } else {
                    alpha * (v.exp() - 1.0)
                }
            }
            Self::Sigmoid => sigmoid(v),
            Self::HardSigmoid(alpha, beta) => (alpha * v + beta).clamp(0.0, 1.0),
            Self::Silu => v * sigmoid(v),
            Self::Gelu => 0.5 * v * (1.0 + erf(v * std::f32::consts::FRAC_1_SQRT_2)),
            Self::GeluTanh => 0.5 * v * (1.0 + (0.797_884_6 * (v + 0.044_715 * v * v * v)).tanh()),
            Self::Erf => erf(v),
            Self::Softplus => v.max(0.0) + (-v.abs()).exp().ln_1p(),
            Self::Tanh => v.tanh(),
            Self::Exp => v.exp(),
            Self::Log => v.ln(),
            Self::Sqrt => v.sqrt(),
            Self::Reciprocal => 1.0 / v,
            Self::Neg => -v,
            Self::Abs => v.abs(),
            Self::Floor => v.floor(),
            Self::Ceil => v.ceil(),
            Self::Sin => v.sin(),
            Self::Cos => v.cos(),
            Self::Clip(low, high) => v.max(low).min(high),
        }
    }
}

/// Error function to 1.5e-7 (Abramowitz and Stegun, 7.1.26), as in the shader.
fn erf(v: f32) -> f32 {
    let t = 1.0 / (1.0 + 0.327_591_1 * v.abs());
    let series = t * (0.254_829_6 + t * (-0.284_496_72 + t * (1.421_413_8 + t * (-1.453_152_1 + t * 1.061_405_4))));
    (1.0 - series * (-v * v).exp()).copysign(v)
}

impl Kernel for Unary {
    fn check(&self) -> Result<(), KernelError> {
        check::sizes(NAME, &self.layout())
    }

    fn key(&self) -> Key {
        Key { shader: NAME, defines: VARIANTS[self.op.index()] }
    }

    fn layout(&self) -> Vec<Binding> {
        vec![Binding::f32("x", &[self.len]), Binding::f32("y", &[self.len])]
    }

    fn step(&self) -> Step {
        let [a, b] = self.op.parameters().map(f32::to_bits);
        Step { params: vec![word(self.len), a, b], workgroups: fold(self.len.div_ceil(ELEMENTS)) }
    }

    fn cpu(&self, reads: &[Data<'_>], write: &mut [f32]) {
        write.iter_mut().zip(reads[0].f32()).for_each(|(y, &x)| *y = self.op.apply(x));
    }

    fn work(&self) -> u64 {
        self.len as u64
    }
}

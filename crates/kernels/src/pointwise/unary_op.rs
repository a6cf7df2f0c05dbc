//! The functions of one float that `shaders/unary.wgsl` computes.

use crate::activation::sigmoid;

/// A function of one element, named as in ONNX; parameters are alpha, then beta.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum UnaryOp {
    /// max(v, 0).
    Relu,
    /// v where positive, alpha v elsewhere.
    LeakyRelu(f32),
    /// v where above alpha, 0 elsewhere.
    ThresholdedRelu(f32),
    /// v where positive, alpha (exp(v) - 1) elsewhere.
    Elu(f32),
    /// beta times v where positive, beta alpha (exp(v) - 1) elsewhere.
    Selu(f32, f32),
    /// max(v, 0) + min(0, alpha (exp(v / alpha) - 1)).
    Celu(f32),
    /// 1 / (1 + exp(-v)).
    Sigmoid,
    /// clamp(alpha v + beta, 0, 1).
    HardSigmoid(f32, f32),
    /// v clamp(v / 6 + 1/2, 0, 1).
    HardSwish,
    /// v / (1 + exp(-alpha v)); SiLU with an alpha of one.
    Silu(f32),
    /// v tanh(log(1 + exp(v))).
    Mish,
    /// v (1 + erf(v / sqrt 2)) / 2.
    Gelu,
    /// v (1 + tanh(sqrt(2 / pi) (v + 0.044715 v^3))) / 2.
    GeluTanh,
    /// log(1 + exp(v)).
    Softplus,
    /// v / (1 + |v|).
    Softsign,
    /// v - beta above alpha, v + beta below -alpha, 0 between.
    Shrink(f32, f32),
    /// Error function.
    Erf,
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
    /// 1, 0 or -1.
    Sign,
    /// Largest integer not above v.
    Floor,
    /// Smallest integer not below v.
    Ceil,
    /// The nearest integer, an even one between two.
    Round,
    /// Sine of an angle in radians.
    Sin,
    /// Cosine of an angle in radians.
    Cos,
    /// Tangent of an angle in radians.
    Tan,
    /// Arc sine.
    Asin,
    /// Arc cosine.
    Acos,
    /// Arc tangent.
    Atan,
    /// Hyperbolic sine.
    Sinh,
    /// Hyperbolic cosine.
    Cosh,
    /// Hyperbolic tangent.
    Tanh,
    /// Inverse hyperbolic sine.
    Asinh,
    /// Inverse hyperbolic cosine.
    Acosh,
    /// Inverse hyperbolic tangent.
    Atanh,
    /// clamp(v, alpha, beta).
    Clip(f32, f32),
    /// v rounded to float16; beyond its range infinite.
    Half,
    /// v rounded to bfloat16.
    Brain,
}

/// Variants by function, in the order of [`UnaryOp`].
pub(super) const VARIANTS: [&[&str]; 42] = [
    &["RELU"],
    &["LEAKY_RELU"],
    &["THRESHOLDED_RELU"],
    &["ELU"],
    &["SELU"],
    &["CELU"],
    &["SIGMOID"],
    &["HARD_SIGMOID"],
    &["HARD_SWISH"],
    &["SILU"],
    &["MISH"],
    &["GELU"],
    &["GELU_TANH"],
    &["SOFTPLUS"],
    &["SOFTSIGN"],
    &["SHRINK"],
    &["ERF"],
    &["EXP"],
    &["LOG"],
    &["SQRT"],
    &["RECIPROCAL"],
    &["NEG"],
    &["ABS"],
    &["SIGN"],
    &["FLOOR"],
    &["CEIL"],
    &["ROUND"],
    &["SIN"],
    &["COS"],
    &["TAN"],
    &["ASIN"],
    &["ACOS"],
    &["ATAN"],
    &["SINH"],
    &["COSH"],
    &["TANH"],
    &["ASINH"],
    &["ACOSH"],
    &["ATANH"],
    &["CLIP"],
    &["HALF"],
    &["BRAIN"],
];

impl UnaryOp {
    /// Position in [`VARIANTS`].
    pub(super) fn index(self) -> usize {
        match self {
            Self::Relu => 0,
            Self::LeakyRelu(_) => 1,
            Self::ThresholdedRelu(_) => 2,
            Self::Elu(_) => 3,
            Self::Selu(..) => 4,
            Self::Celu(_) => 5,
            Self::Sigmoid => 6,
            Self::HardSigmoid(..) => 7,
            Self::HardSwish => 8,
            Self::Silu(_) => 9,
            Self::Mish => 10,
            Self::Gelu => 11,
            Self::GeluTanh => 12,
            Self::Softplus => 13,
            Self::Softsign => 14,
            Self::Shrink(..) => 15,
            Self::Erf => 16,
            Self::Exp => 17,
            Self::Log => 18,
            Self::Sqrt => 19,
            Self::Reciprocal => 20,
            Self::Neg => 21,
            Self::Abs => 22,
            Self::Sign => 23,
            Self::Floor => 24,
            Self::Ceil => 25,
            Self::Round => 26,
            Self::Sin => 27,
            Self::Cos => 28,
            Self::Tan => 29,
            Self::Asin => 30,
            Self::Acos => 31,
            Self::Atan => 32,
            Self::Sinh => 33,
            Self::Cosh => 34,
            Self::Tanh => 35,
            Self::Asinh => 36,
            Self::Acosh => 37,
            Self::Atanh => 38,
            Self::Clip(..) => 39,
            Self::Half => 40,
            Self::Brain => 41,
        }
    }

    /// The parameters of the function, zero where it has none.
    pub(super) fn parameters(self) -> [f32; 2] {
        match self {
            Self::LeakyRelu(alpha)
            | Self::ThresholdedRelu(alpha)
            | Self::Elu(alpha)
            | Self::Celu(alpha)
            | Self::Silu(alpha) => [alpha, 0.0],
            Self::Selu(alpha, beta)
            | Self::HardSigmoid(alpha, beta)
            | Self::Shrink(alpha, beta)
            | Self::Clip(alpha, beta) => [alpha, beta],
            _ => [0.0; 2],
        }
    }

    /// The function itself.
    pub(super) fn apply(self, v: f32) -> f32 {
        match self {
            Self::Relu => v.max(0.0),
            Self::LeakyRelu(alpha) => {
                if v > 0.0 {
                    v
                } else {
                    alpha * v
                }
            }
            Self::ThresholdedRelu(alpha) => {
                if v > alpha {
                    v
                } else {
                    0.0
                }
            }
            Self::Elu(alpha) => {
                if v > 0.0 {
                    v
                } else {
                    alpha * (v.exp() - 1.0)
                }
            }
            Self::Selu(alpha, beta) => beta * if v > 0.0 { v } else { alpha * (v.exp() - 1.0) },
            Self::Celu(alpha) => v.max(0.0) + (alpha * ((v.min(0.0) / alpha).exp() - 1.0)).min(0.0),
            Self::Sigmoid => sigmoid(v),
            Self::HardSigmoid(alpha, beta) => (alpha * v + beta).clamp(0.0, 1.0),
            Self::HardSwish => v * (v / 6.0 + 0.5).clamp(0.0, 1.0),
            Self::Silu(alpha) => v * sigmoid(alpha * v),
            Self::Mish => v * softplus(v).tanh(),
            Self::Gelu => 0.5 * v * (1.0 + erf(v * std::f32::consts::FRAC_1_SQRT_2)),
            Self::GeluTanh => 0.5 * v * (1.0 + (0.797_884_6 * (v + 0.044_715 * v * v * v)).tanh()),
            Self::Softplus => softplus(v),
            Self::Softsign => v / (1.0 + v.abs()),
            Self::Shrink(alpha, beta) => {
                if v > alpha {
                    v - beta
                } else if v < -alpha {
                    v + beta
                } else {
                    0.0
                }
            }
            Self::Erf => erf(v),
            Self::Exp => v.exp(),
            Self::Log => v.ln(),
            Self::Sqrt => v.sqrt(),
            Self::Reciprocal => 1.0 / v,
            Self::Neg => -v,
            Self::Abs => v.abs(),
            Self::Sign => {
                if v == 0.0 {
                    0.0
                } else {
                    v.signum()
                }
            }
            Self::Floor => v.floor(),
            Self::Ceil => v.ceil(),
            Self::Round => v.round_ties_even(),
            Self::Sin => v.sin(),
            Self::Cos => v.cos(),
            Self::Tan => v.tan(),
            Self::Asin => v.asin(),
            Self::Acos => v.acos(),
            Self::Atan => v.atan(),
            Self::Sinh => v.sinh(),
            Self::Cosh => v.cosh(),
            Self::Tanh => v.tanh(),
            Self::Asinh => v.asinh(),
            Self::Acosh => v.acosh(),
            Self::Atanh => v.atanh(),
            Self::Clip(alpha, beta) => v.max(alpha).min(beta),
            Self::Half => half(v),
            Self::Brain => brain(v),
        }
    }
}

fn softplus(v: f32) -> f32 {
    v.max(0.0) + (-v.abs()).exp().ln_1p()
}

/// v rounded to bfloat16 and back, ties to even: the upper half of its bits.
fn brain(v: f32) -> f32 {
    let bits = v.to_bits();
    if v.is_nan() { v } else { f32::from_bits((bits + 0x7fff + (bits >> 16 & 1)) & 0xffff_0000) }
}

/// v rounded to float16 and back, ties to even.
fn half(v: f32) -> f32 {
    let magnitude = v.abs();
    // Above the midpoint of the largest float16 and the next power of two.
    if magnitude >= 65_520.0 {
        return if v.is_nan() { v } else { f32::INFINITY.copysign(v) };
    }
    // Eleven significant bits, or steps of 2^-24 where float16 is subnormal.
    let step = if magnitude < 6.103_515_6e-5 {
        5.960_464_5e-8
    } else {
        f32::from_bits((magnitude.to_bits() & 0x7f80_0000) - (10 << 23))
    };
    (magnitude / step).round_ties_even() * step * 1.0_f32.copysign(v)
}

/// Error function to 1.5e-7 (Abramowitz and Stegun, 7.1.26), as in the shader.
fn erf(v: f32) -> f32 {
    let t = 1.0 / (1.0 + 0.327_591_1 * v.abs());
    let series = t * (0.254_829_6 + t * (-0.284_496_72 + t * (1.421_413_8 + t * (-1.453_152_1 + t * 1.061_405_4))));
    (1.0 - series * (-v * v).exp()).copysign(v)
}

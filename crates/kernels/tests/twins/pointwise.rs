//! The pointwise twins against ONNX's definitions, written out in float64 and int64.

use crate::cases::pointwise as of;
use crate::definition::{close, f64s, flat, indices};
use darkroom_kernels::pointwise::{BinaryOp, ConvertOp, UnaryOp};
use darkroom_kernels::{Element, Elements, RANK};

/// Error function by the trapezoidal rule, 4000 steps: right to 1e-7 where it is used here.
fn erf(v: f64) -> f64 {
    let step = v / 4000.0;
    let ends = 0.5 * (1.0 + (-v * v).exp());
    let inner: f64 = (1..4000).map(|i| (-(f64::from(i) * step).powi(2)).exp()).sum();
    2.0 / std::f64::consts::PI.sqrt() * step * (ends + inner)
}

fn unary(op: UnaryOp, v: f64) -> f64 {
    let exponential = |alpha: f32| if v > 0.0 { v } else { f64::from(alpha) * v.exp_m1() };
    match op {
        UnaryOp::Relu => v.max(0.0),
        UnaryOp::LeakyRelu(alpha) => v.max(0.0) + f64::from(alpha) * v.min(0.0),
        UnaryOp::ThresholdedRelu(alpha) => f64::from(u8::from(v > f64::from(alpha))) * v,
        UnaryOp::Elu(alpha) => exponential(alpha),
        UnaryOp::Selu(alpha, beta) => f64::from(beta) * exponential(alpha),
        UnaryOp::Celu(alpha) => {
            let alpha = f64::from(alpha);
            v.max(0.0) + (alpha * (v / alpha).exp_m1()).min(0.0)
        }
        UnaryOp::Sigmoid => 1.0 / (1.0 + (-v).exp()),
        UnaryOp::HardSigmoid(alpha, beta) => (f64::from(alpha) * v + f64::from(beta)).clamp(0.0, 1.0),
        UnaryOp::HardSwish => v * (v / 6.0 + 0.5).clamp(0.0, 1.0),
        UnaryOp::Silu(alpha) => v / (1.0 + (-f64::from(alpha) * v).exp()),
        UnaryOp::Mish => v * v.exp().ln_1p().tanh(),
        UnaryOp::Gelu => v / 2.0 * (1.0 + erf(v / 2.0_f64.sqrt())),
        UnaryOp::GeluTanh => {
            v / 2.0 * (1.0 + ((2.0 / std::f64::consts::PI).sqrt() * (v + 0.044_715 * v.powi(3))).tanh())
        }
        UnaryOp::Softplus => v.exp().ln_1p(),
        UnaryOp::Softsign => v / (1.0 + v.abs()),
        UnaryOp::Shrink(lambda, bias) => {
            let (lambda, bias) = (f64::from(lambda), f64::from(bias));
            if v < -lambda { v + bias } else { f64::from(u8::from(v > lambda)) * (v - bias) }
        }
        UnaryOp::Erf => erf(v),
        UnaryOp::Exp => v.exp(),
        UnaryOp::Log => v.ln(),
        UnaryOp::Sqrt => v.sqrt(),
        UnaryOp::Reciprocal => 1.0 / v,
        UnaryOp::Neg => -v,
        UnaryOp::Abs => v.abs(),
        UnaryOp::Sign => f64::from(i8::from(v > 0.0) - i8::from(v < 0.0)),
        UnaryOp::Floor => v.floor(),
        UnaryOp::Ceil => v.ceil(),
        UnaryOp::Round => v.round_ties_even(),
        UnaryOp::Sin => v.sin(),
        UnaryOp::Cos => v.cos(),
        UnaryOp::Tan => v.tan(),
        UnaryOp::Asin => v.asin(),
        UnaryOp::Acos => v.acos(),
        UnaryOp::Atan => v.atan(),
        UnaryOp::Sinh => v.sinh(),
        UnaryOp::Cosh => v.cosh(),
        UnaryOp::Tanh => v.tanh(),
        UnaryOp::Asinh => v.asinh(),
        UnaryOp::Acosh => v.acosh(),
        UnaryOp::Atanh => v.atanh(),
        UnaryOp::Clip(low, high) => v.max(f64::from(low)).min(f64::from(high)),
        // Eleven significant bits; no case is subnormal in float16.
        UnaryOp::Half => rounded(v, 11),
        UnaryOp::Brain => rounded(v, 8),
    }
}

/// v with a number of significant bits.
fn rounded(v: f64, bits: i32) -> f64 {
    let step = 2.0_f64.powi(v.abs().log2().floor() as i32 + 1 - bits);
    (v / step).round_ties_even() * step
}

#[test]
fn unary_functions_are_those_of_onnx() {
    for op in of::UNARY {
        let case = of::unary(op);
        let wanted: Vec<f64> = f64s(&case.reads[0]).into_iter().map(|v| unary(op, v)).collect();
        close(&op, case.twin().data().f32(), &wanted);
    }
}

fn binary(op: BinaryOp, element: Element, a: f64, b: f64) -> f64 {
    let truth = |holds: bool| f64::from(u8::from(holds));
    let (whole_a, whole_b) = (a as i64, b as i64);
    match op {
        BinaryOp::Add => a + b,
        BinaryOp::Sub => a - b,
        BinaryOp::Mul => a * b,
        BinaryOp::Div if element == Element::I32 => (a / b).trunc(),
        BinaryOp::Div => a / b,
        BinaryOp::Min => a.min(b),
        BinaryOp::Max => a.max(b),
        // Integers wrap to 32 bits.
        BinaryOp::Pow if element == Element::I32 => f64::from(whole_a.wrapping_pow(whole_b as u32) as i32),
        BinaryOp::Pow => a.powf(b),
        BinaryOp::PRelu => a * if a < 0.0 { b } else { 1.0 },
        BinaryOp::Mod => a - b * (a / b).floor(),
        BinaryOp::Fmod => a - b * (a / b).trunc(),
        BinaryOp::Equal => truth(a == b),
        BinaryOp::Less => truth(a < b),
        BinaryOp::LessOrEqual => truth(a <= b),
        BinaryOp::Greater => truth(a > b),
        BinaryOp::GreaterOrEqual => truth(a >= b),
        BinaryOp::And => (whole_a & whole_b) as f64,
        BinaryOp::Or => (whole_a | whole_b) as f64,
        BinaryOp::Xor => (whole_a ^ whole_b) as f64,
        BinaryOp::ShiftLeft => a * b.exp2(),
        BinaryOp::ShiftRight => f64::from((i64::from(whole_a as u32) >> whole_b) as i32),
    }
}

#[test]
fn binary_functions_broadcast() {
    for kernel in of::binaries() {
        let case = of::binary(&kernel);
        let (a, b) = (f64s(&case.reads[0]), f64s(&case.reads[1]));
        let wanted: Vec<f64> = indices(kernel.out_dims())
            .map(|index| binary(kernel.op, kernel.element, pick(&a, kernel.a, index), pick(&b, kernel.b, index)))
            .collect();
        close(&kernel, &case.twin().into_f32(), &wanted);
    }
}

/// The element at an index, where extents of one are repeated.
fn pick(values: &[f64], dims: [usize; RANK], index: [usize; RANK]) -> f64 {
    values[flat(dims, std::array::from_fn(|i| if dims[i] == 1 { 0 } else { index[i] }))]
}

#[test]
fn conversions_keep_what_the_type_can_hold() {
    for op in of::CONVERT {
        let case = of::convert(op);
        let wanted: Vec<f64> = match &case.reads[0] {
            Elements::U32(bits) => bits
                .iter()
                .map(|&bits| match (op, f32::from_bits(bits)) {
                    (ConvertOp::IsNan, v) => f64::from(u8::from(v.is_nan())),
                    (ConvertOp::IsInf { positive, negative }, v) => {
                        let counts = if v.is_sign_positive() { positive } else { negative };
                        f64::from(u8::from(v.is_infinite() && counts))
                    }
                    _ => panic!("{op:?} reads no bits"),
                })
                .collect(),
            values => f64s(values).into_iter().map(|v| convert(op, v)).collect(),
        };
        close(&op, &case.twin().into_f32(), &wanted);
    }
}

fn convert(op: ConvertOp, v: f64) -> f64 {
    match op {
        ConvertOp::Truncate => v.trunc(),
        ConvertOp::ToFloat => v,
        ConvertOp::UnsignedToFloat => v.rem_euclid(2.0_f64.powi(32)),
        ConvertOp::FloatToBool | ConvertOp::ToBool => f64::from(u8::from(v != 0.0)),
        ConvertOp::Not => f64::from(u8::from(v == 0.0)),
        ConvertOp::BitwiseNot => -v - 1.0,
        ConvertOp::Neg => -v,
        ConvertOp::Abs => v.abs(),
        ConvertOp::Sign => f64::from(i8::from(v > 0.0) - i8::from(v < 0.0)),
        ConvertOp::Clip(low, high) => v.clamp(f64::from(low), f64::from(high)),
        ConvertOp::Wrap { bits, signed } => {
            let span = 2.0_f64.powi(bits as i32);
            let shift = if signed { span / 2.0 } else { 0.0 };
            (v + shift).rem_euclid(span) - shift
        }
        ConvertOp::IsNan | ConvertOp::IsInf { .. } => panic!("{op:?} reads bits"),
    }
}

#[test]
fn a_choice_broadcasts_all_three() {
    for kernel in of::selects() {
        let case = of::select(&kernel);
        let [condition, a, b] = [0, 1, 2].map(|n| f64s(&case.reads[n]));
        let wanted: Vec<f64> = indices(kernel.out_dims())
            .map(|index| {
                let holds = pick(&condition, kernel.condition, index) != 0.0;
                if holds { pick(&a, kernel.a, index) } else { pick(&b, kernel.b, index) }
            })
            .collect();
        close(&kernel, case.twin().data().f32(), &wanted);
    }
}

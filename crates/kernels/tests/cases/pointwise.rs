//! Cases of the pointwise kernels: every function, on the shapes that broadcasting must get right.

use darkroom_kernels::pointwise::{Binary, BinaryOp, Convert, ConvertOp, Select, Unary, UnaryOp};
use darkroom_kernels::{Element, Elements, Kernel};

use super::{Case, noise};

pub(crate) const UNARY: [UnaryOp; 42] = [
    UnaryOp::Relu,
    UnaryOp::LeakyRelu(0.1),
    UnaryOp::ThresholdedRelu(1.5),
    UnaryOp::Elu(0.7),
    UnaryOp::Selu(1.6, 1.1),
    UnaryOp::Celu(2.0),
    UnaryOp::Sigmoid,
    UnaryOp::HardSigmoid(0.2, 0.5),
    UnaryOp::HardSwish,
    UnaryOp::Silu(1.0),
    UnaryOp::Mish,
    UnaryOp::Gelu,
    UnaryOp::GeluTanh,
    UnaryOp::Softplus,
    UnaryOp::Softsign,
    UnaryOp::Shrink(1.5, 0.5),
    UnaryOp::Erf,
    UnaryOp::Exp,
    UnaryOp::Log,
    UnaryOp::Sqrt,
    UnaryOp::Reciprocal,
    UnaryOp::Neg,
    UnaryOp::Abs,
    UnaryOp::Sign,
    UnaryOp::Floor,
    UnaryOp::Ceil,
    UnaryOp::Round,
    UnaryOp::Sin,
    UnaryOp::Cos,
    UnaryOp::Tan,
    UnaryOp::Asin,
    UnaryOp::Acos,
    UnaryOp::Atan,
    UnaryOp::Sinh,
    UnaryOp::Cosh,
    UnaryOp::Tanh,
    UnaryOp::Asinh,
    UnaryOp::Acosh,
    UnaryOp::Atanh,
    UnaryOp::Clip(-1.5, 2.25),
    UnaryOp::Half,
    UnaryOp::Brain,
];

/// Arguments between -6 and 6 where the function takes them and is not steep, else narrower ones.
pub(crate) fn unary(op: UnaryOp) -> Case {
    let x = noise(1, 1027).into_iter().map(|v| match op {
        UnaryOp::Log | UnaryOp::Sqrt | UnaryOp::Reciprocal => 0.05 + 6.0 * v.abs(),
        UnaryOp::Asin | UnaryOp::Acos | UnaryOp::Atanh => 0.9 * v,
        UnaryOp::Tan => 1.2 * v,
        UnaryOp::Acosh => 1.1 + 4.0 * v.abs(),
        _ => 6.0 * v,
    });
    Case { kernel: Box::new(Unary { op, len: 1027 }), reads: vec![Elements::F32(x.collect())] }
}

const FLOATS: [BinaryOp; 15] = [
    BinaryOp::Add,
    BinaryOp::Sub,
    BinaryOp::Mul,
    BinaryOp::Div,
    BinaryOp::Min,
    BinaryOp::Max,
    BinaryOp::Pow,
    BinaryOp::PRelu,
    BinaryOp::Mod,
    BinaryOp::Fmod,
    BinaryOp::Equal,
    BinaryOp::Less,
    BinaryOp::LessOrEqual,
    BinaryOp::Greater,
    BinaryOp::GreaterOrEqual,
];

const BITWISE: [BinaryOp; 5] = [BinaryOp::And, BinaryOp::Or, BinaryOp::Xor, BinaryOp::ShiftLeft, BinaryOp::ShiftRight];

pub(crate) fn binaries() -> Vec<Binary> {
    let shapes = [
        ([2, 1, 3, 5, 4, 7], [2, 1, 3, 5, 4, 7]),
        ([1, 2, 6, 3, 4, 5], [1, 1, 6, 1, 1, 1]),
        ([1, 1, 1, 3, 1, 5], [1, 2, 6, 1, 4, 1]),
        ([1; 6], [1, 1, 1, 1, 1, 300]),
    ];
    let floats = FLOATS.map(|op| (op, Element::F32));
    let ints = FLOATS.into_iter().chain(BITWISE).map(|op| (op, Element::I32));
    let all = floats.into_iter().chain(ints);
    all.flat_map(|(op, element)| shapes.map(|(a, b)| Binary { op, element, a, b })).collect()
}

/// Operands away from zero; powers of positive bases, and squares and cubes of negative ones.
/// Remainders keep away from a whole number of times, where rounding decides.
pub(crate) fn binary(kernel: &Binary) -> Case {
    let layout = kernel.layout();
    let signed = |v: f32| 2.0 * v + 0.5_f32.copysign(v);
    let mut a: Vec<f32> = noise(1, layout[0].len()).into_iter().map(signed).collect();
    let mut b: Vec<f32> = noise(2, layout[1].len()).into_iter().map(signed).collect();
    if kernel.element == Element::I32 {
        let small = matches!(kernel.op, BinaryOp::Pow | BinaryOp::ShiftLeft | BinaryOp::ShiftRight);
        let whole = |values: Vec<f32>, scale: f32| values.into_iter().map(|v| (v * scale) as i32).collect::<Vec<_>>();
        let mut b = whole(b, 40.0);
        b.iter_mut().for_each(|v| *v = if small { v.rem_euclid(6) } else { *v });
        return case(kernel, Elements::I32(whole(a, 40.0)), Elements::I32(b));
    }
    if kernel.op == BinaryOp::Pow {
        b.iter_mut().enumerate().for_each(|(i, v)| *v = if i % 3 == 0 { *v } else { (i % 3 + 1) as f32 });
        if b.len() > 1 && a.len() == b.len() {
            a.iter_mut().enumerate().for_each(|(i, v)| *v = if i % 3 == 0 { v.abs() } else { *v });
        } else {
            a.iter_mut().for_each(|v| *v = v.abs());
        }
    }
    if matches!(kernel.op, BinaryOp::Mod | BinaryOp::Fmod) {
        // Odd multiples of 1/4 by halves: exact, and never a whole quotient.
        a.iter_mut().for_each(|v| *v = (*v * 8.0).round() * 0.5 + 0.25);
        b.iter_mut().for_each(|v| *v = (*v * 4.0).round() * 0.5 + 0.5_f32.copysign(*v));
    }
    if kernel.op.compares() {
        // Few values, so that some are equal.
        a.iter_mut().chain(&mut b).for_each(|v| *v = v.round());
    }
    case(kernel, Elements::F32(a), Elements::F32(b))
}

fn case(kernel: &Binary, a: Elements, b: Elements) -> Case {
    Case { kernel: Box::new(kernel.clone()), reads: vec![a, b] }
}

pub(crate) const CONVERT: [ConvertOp; 16] = [
    ConvertOp::Truncate,
    ConvertOp::ToFloat,
    ConvertOp::UnsignedToFloat,
    ConvertOp::FloatToBool,
    ConvertOp::ToBool,
    ConvertOp::Not,
    ConvertOp::BitwiseNot,
    ConvertOp::Neg,
    ConvertOp::Abs,
    ConvertOp::Sign,
    ConvertOp::Clip(-200, 90),
    ConvertOp::Wrap { bits: 8, signed: true },
    ConvertOp::Wrap { bits: 16, signed: false },
    ConvertOp::IsNan,
    ConvertOp::IsInf { positive: true, negative: true },
    ConvertOp::IsInf { positive: false, negative: true },
];

/// Integers of both signs, some large; floats with infinities and no-numbers among them.
pub(crate) fn convert(op: ConvertOp) -> Case {
    let len = 1027;
    let floats = || noise(1, len).into_iter().enumerate().map(|(i, v)| if i % 5 == 0 { 0.0 } else { 100.0 * v });
    let odd = |i: usize, v: f32| match i % 4 {
        0 => f32::NAN,
        1 => f32::INFINITY,
        2 => f32::NEG_INFINITY,
        _ => v,
    };
    let reads = match op {
        ConvertOp::Truncate | ConvertOp::FloatToBool => Elements::F32(floats().collect()),
        ConvertOp::IsNan | ConvertOp::IsInf { .. } => {
            Elements::U32(floats().enumerate().map(|(i, v)| odd(i, v).to_bits()).collect())
        }
        _ => Elements::I32(floats().map(|v| (v * 1e4) as i32 * i32::from(v.abs() < 90.0)).collect()),
    };
    Case { kernel: Box::new(Convert { op, len }), reads: vec![reads] }
}

pub(crate) fn selects() -> Vec<Select> {
    vec![
        Select { condition: [2, 1, 3, 5, 4, 7], a: [2, 1, 3, 5, 4, 7], b: [2, 1, 3, 5, 4, 7] },
        Select { condition: [1, 1, 6, 1, 4, 1], a: [1, 2, 6, 3, 4, 5], b: [1; 6] },
        Select { condition: [1; 6], a: [1, 2, 1, 3, 1, 5], b: [1, 1, 6, 1, 4, 1] },
    ]
}

pub(crate) fn select(kernel: &Select) -> Case {
    let layout = kernel.layout();
    let condition = noise(3, layout[0].len()).into_iter().map(|v| i32::from(v > 0.0));
    let reads = vec![
        Elements::I32(condition.collect()),
        Elements::F32(noise(1, layout[1].len())),
        Elements::F32(noise(2, layout[2].len())),
    ];
    Case { kernel: Box::new(kernel.clone()), reads }
}

/// Every case.
pub(crate) fn all() -> Vec<Case> {
    let mut all: Vec<Case> = UNARY.into_iter().map(unary).collect();
    all.extend(binaries().iter().map(binary));
    all.extend(CONVERT.into_iter().map(convert));
    all.extend(selects().iter().map(select));
    all
}

//! One operand, element by element, without attributes; casts.

use burn_backend::{Backend, BoolDType, Scalar};
use darkroom_graph::ElementType;

use super::{Entry, Results, bool, float, int};
use crate::call::Call;
use crate::tensor::{Float, Int, Value};

pub(super) fn table<B: Backend>() -> Vec<Entry<B>> {
    vec![
        Entry::full("Exp", |call| float(call.float(0)?.exp())),
        Entry::full("Log", |call| float(call.float(0)?.log())),
        Entry::full("Sqrt", |call| float(call.float(0)?.sqrt())),
        Entry::full("Reciprocal", |call| float(call.float(0)?.recip())),
        Entry::full("Floor", |call| float(call.float(0)?.floor())),
        Entry::full("Ceil", |call| float(call.float(0)?.map(B::float_ceil))),
        Entry::full("Round", |call| float(call.float(0)?.round())),
        Entry::full("Erf", |call| float(call.float(0)?.map(B::float_erf))),
        Entry::full("Sin", |call| float(call.float(0)?.map(B::float_sin))),
        Entry::full("Cos", |call| float(call.float(0)?.map(B::float_cos))),
        Entry::full("Tan", |call| float(call.float(0)?.map(B::float_tan))),
        Entry::full("Asin", |call| float(call.float(0)?.map(B::float_asin))),
        Entry::full("Acos", |call| float(call.float(0)?.map(B::float_acos))),
        Entry::full("Atan", |call| float(call.float(0)?.map(B::float_atan))),
        Entry::full("Sinh", |call| float(call.float(0)?.map(B::float_sinh))),
        Entry::full("Cosh", |call| float(call.float(0)?.map(B::float_cosh))),
        Entry::full("Asinh", |call| float(call.float(0)?.map(B::float_asinh))),
        Entry::full("Acosh", |call| float(call.float(0)?.map(B::float_acosh))),
        Entry::full("Atanh", |call| float(call.float(0)?.map(B::float_atanh))),
        Entry::full("Neg", |call| either(call, |x| -x, |x| Int(B::int_neg(x.0)))),
        Entry::full("Abs", |call| either(call, Float::abs, |x| Int(B::int_abs(x.0)))),
        Entry::full("Sign", |call| either(call, |x| x.map(B::float_sign), |x| Int(B::int_sign(x.0)))),
        Entry::full("Not", |call| bool(call.bool(0)?.not())),
        Entry::full("BitwiseNot", bitwise_not),
        Entry::full("IsNaN", |call| bool(call.float(0)?.nan())),
        Entry::full("IsInf", is_inf),
        Entry::limited("Cast", "between floats, integers up to 32 bits and bool; no strings", |call| {
            let to = call.whole("to", 0);
            cast(call, to)
        }),
        Entry::limited("CastLike", "between floats, integers up to 32 bits and bool; no strings", |call| {
            let to = call.node.outputs[0].map_or(0, |value| call.graph.elements[value].code());
            cast(call, i64::from(to))
        }),
    ]
}

/// The same function for floats and for integers.
fn either<B: Backend>(
    call: &mut Call<'_, B>,
    floats: fn(Float<B>) -> Float<B>,
    integers: fn(Int<B>) -> Int<B>,
) -> Results<B> {
    match call.value(0)? {
        Value::Float(x) => float(floats(x)),
        other => int(integers(other.int())),
    }
}

fn is_inf<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let at = |x: Float<B>, bound: f32, compare: fn(_, Scalar, BoolDType) -> _| x.compare_number(bound, compare);
    let x = call.float(0)?;
    let above = at(x.clone(), f32::INFINITY, B::float_equal_elem);
    let below = at(x, f32::NEG_INFINITY, B::float_equal_elem);
    bool(match (call.whole("detect_positive", 1) != 0, call.whole("detect_negative", 1) != 0) {
        (true, true) => above.or(below),
        (true, false) => above,
        (false, true) => below,
        (false, false) => above.clone().xor(above),
    })
}

fn bitwise_not<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let element = call.node.outputs[0].map(|value| call.graph.elements[value]);
    let x = Int(B::bitwise_not(call.int(0)?.0));
    // Of an unsigned narrow integer only its own bits are turned.
    int(match element {
        Some(ElementType::Uint4) => wrapped(x, 4, false),
        Some(ElementType::Uint8) => wrapped(x, 8, false),
        Some(ElementType::Uint16) => wrapped(x, 16, false),
        _ => x,
    })
}

/// Operand 0 as the ONNX element type `to`. Half floats stay float32; integers narrower than 32 bits wrap.
fn cast<B: Backend>(call: &mut Call<'_, B>, to: i64) -> Results<B> {
    // TensorProto.DataType.
    Ok(vec![match (to, call.value(0)?) {
        (1 | 10 | 11 | 16, x) => Value::Float(x.float()),
        (2, x) => Value::Int(wrapped(x.int(), 8, false)),
        (3, x) => Value::Int(wrapped(x.int(), 8, true)),
        (4, x) => Value::Int(wrapped(x.int(), 16, false)),
        (5, x) => Value::Int(wrapped(x.int(), 16, true)),
        (6 | 7 | 12 | 13, x) => Value::Int(x.int()),
        (9, x) => Value::Bool(x.bool()),
        (21, x) => Value::Int(wrapped(x.int(), 4, false)),
        (22, x) => Value::Int(wrapped(x.int(), 4, true)),
        (other, _) => return Err(call.refuse(format!("a cast to element type {other}"))),
    }])
}

/// The lowest `bits` bits, as an unsigned or a two's complement number.
fn wrapped<B: Backend>(x: Int<B>, bits: u32, signed: bool) -> Int<B> {
    let mask = (1 << bits) - 1;
    if signed {
        let half = 1 << (bits - 1);
        let x = x.scalar(half, B::int_add_scalar).scalar(mask, B::bitwise_and_scalar);
        x.scalar(half, B::int_sub_scalar)
    } else {
        x.scalar(mask, B::bitwise_and_scalar)
    }
}

//! Two and more operands, element by element, with broadcasting.

use burn_backend::tensor::{BoolTensor, FloatTensor, IntTensor};
use burn_backend::{Backend, BoolDType};

use super::{Entry, Results, bool, float, int};
use crate::call::Call;
use crate::tensor::{Bool, Float, Int, Value};

pub(super) fn table<B: Backend>() -> Vec<Entry<B>> {
    vec![
        Entry::full("Add", |call| arithmetic(call, |a, b| a + b, B::int_add)),
        Entry::full("Sub", |call| arithmetic(call, |a, b| a - b, B::int_sub)),
        Entry::full("Mul", |call| arithmetic(call, |a, b| a * b, B::int_mul)),
        Entry::full("Div", divide),
        Entry::full("Mod", modulo),
        Entry::full("Pow", power),
        Entry::full("Min", |call| fold(call, Float::min_with, smaller)),
        Entry::full("Max", |call| fold(call, Float::max_with, larger)),
        Entry::full("Sum", |call| fold(call, |a, b| a + b, |a, b| a.with(b, B::int_add))),
        Entry::full("Mean", |call| {
            let count = call.count() as f32;
            let sum = total(call)?;
            float(sum / count)
        }),
        Entry::full("Equal", equal),
        Entry::full("Greater", |call| compare(call, B::float_greater, B::int_greater)),
        Entry::full("GreaterOrEqual", |call| compare(call, B::float_greater_equal, B::int_greater_equal)),
        Entry::full("Less", |call| compare(call, B::float_lower, B::int_lower)),
        Entry::full("LessOrEqual", |call| compare(call, B::float_lower_equal, B::int_lower_equal)),
        Entry::full("And", |call| logic(call, Bool::and)),
        Entry::full("Or", |call| logic(call, Bool::or)),
        Entry::full("Xor", |call| logic(call, Bool::xor)),
        Entry::full("BitwiseAnd", |call| bits(call, B::bitwise_and)),
        Entry::full("BitwiseOr", |call| bits(call, B::bitwise_or)),
        Entry::full("BitwiseXor", |call| bits(call, B::bitwise_xor)),
        Entry::full("BitShift", |call| {
            let left = call.text("direction", "LEFT") == "LEFT";
            bits(call, if left { B::bitwise_left_shift } else { B::bitwise_right_shift })
        }),
        Entry::full("Where", |call| {
            let mask = call.bool(0)?;
            let (yes, no) = (call.value(1)?, call.value(2)?);
            Ok(vec![no.replace(mask, yes)])
        }),
    ]
}

fn pair<B: Backend>(call: &mut Call<'_, B>) -> Result<(Value<B>, Value<B>), crate::ReferenceError> {
    Ok(call.value(0)?.alike(call.value(1)?))
}

fn arithmetic<B: Backend>(
    call: &mut Call<'_, B>,
    floats: fn(Float<B>, Float<B>) -> Float<B>,
    integers: fn(IntTensor<B>, IntTensor<B>) -> IntTensor<B>,
) -> Results<B> {
    match pair(call)? {
        (Value::Float(a), b) => float(floats(a, b.float())),
        (a, b) => int(a.int().with(b.int(), integers)),
    }
}

fn divide<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    match pair(call)? {
        (Value::Float(a), b) => float(a / b.float()),
        (a, b) => {
            let divisor = nonzero(call, b.int())?;
            int(a.int().with(divisor, B::int_div))
        }
    }
}

/// A divisor without zeros, which integers cannot be divided by.
fn nonzero<B: Backend>(call: &Call<'_, B>, divisor: Int<B>) -> Result<Int<B>, crate::ReferenceError> {
    if divisor.clone().read()?.contains(&0) {
        return Err(call.refuse("integers divided by 0"));
    }
    Ok(divisor)
}

/// `fmod` = 0: the sign of the divisor; 1: that of the dividend.
fn modulo<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let dividend_sign = call.flag("fmod");
    match pair(call)? {
        (Value::Float(a), b) => {
            let b = b.float();
            if dividend_sign {
                let size = a.clone().abs().with(b.abs(), B::float_remainder);
                return float(size * a.map(B::float_sign));
            }
            float(a.with(b, B::float_remainder))
        }
        (a, b) => {
            let (a, b) = (a.int(), nonzero(call, b.int())?);
            if dividend_sign {
                let quotient = a.clone().with(b.clone(), B::int_div);
                return int(a.with(quotient.with(b, B::int_mul), B::int_sub));
            }
            int(a.with(b, B::int_remainder))
        }
    }
}

/// The result has the kind of the base.
fn power<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let (base, exponent) = (call.value(0)?, call.value(1)?);
    match (base, exponent) {
        (Value::Float(base), exponent) => float(base.with(exponent.float(), B::float_powf)),
        (base, Value::Float(exponent)) => int(base.float().with(exponent, B::float_powf).int()),
        (base, exponent) => int(base.int().with(exponent.int(), B::int_powi)),
    }
}

fn smaller<B: Backend>(a: Int<B>, b: Int<B>) -> Int<B> {
    let mask = b.clone().compare(a.clone(), B::int_lower);
    a.replace(mask, b)
}

fn larger<B: Backend>(a: Int<B>, b: Int<B>) -> Int<B> {
    let mask = b.clone().compare(a.clone(), B::int_greater);
    a.replace(mask, b)
}

/// All operands combined, from the first on.
fn fold<B: Backend>(
    call: &mut Call<'_, B>,
    floats: fn(Float<B>, Float<B>) -> Float<B>,
    integers: fn(Int<B>, Int<B>) -> Int<B>,
) -> Results<B> {
    let mut result = call.value(0)?;
    for index in 1..call.count() {
        result = match result.alike(call.value(index)?) {
            (Value::Float(a), b) => Value::Float(floats(a, b.float())),
            (a, b) => Value::Int(integers(a.int(), b.int())),
        };
    }
    Ok(vec![result])
}

fn total<B: Backend>(call: &mut Call<'_, B>) -> Result<Float<B>, crate::ReferenceError> {
    let mut sum = call.float(0)?;
    for index in 1..call.count() {
        sum = sum + call.float(index)?;
    }
    Ok(sum)
}

fn compare<B: Backend>(
    call: &mut Call<'_, B>,
    floats: fn(FloatTensor<B>, FloatTensor<B>, BoolDType) -> BoolTensor<B>,
    integers: fn(IntTensor<B>, IntTensor<B>, BoolDType) -> BoolTensor<B>,
) -> Results<B> {
    match pair(call)? {
        (Value::Float(a), b) => bool(a.compare(b.float(), floats)),
        (a, b) => bool(a.int().compare(b.int(), integers)),
    }
}

fn equal<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    compare(call, B::float_equal, B::int_equal)
}

fn logic<B: Backend>(call: &mut Call<'_, B>, apply: fn(Bool<B>, Bool<B>) -> Bool<B>) -> Results<B> {
    bool(apply(call.bool(0)?, call.bool(1)?))
}

fn bits<B: Backend>(call: &mut Call<'_, B>, apply: fn(IntTensor<B>, IntTensor<B>) -> IntTensor<B>) -> Results<B> {
    int(call.int(0)?.with(call.int(1)?, apply))
}

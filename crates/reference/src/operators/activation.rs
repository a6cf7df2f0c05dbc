//! Activations: f(x) for each element, with attributes, and the softmax family.

use burn_backend::{Backend, IntDType};

use super::{Entry, Results, float};
use crate::call::Call;
use crate::tensor::{Float, Int, Value};

pub(super) fn table<B: Backend>() -> Vec<Entry<B>> {
    vec![
        Entry::full("Relu", |call| float(call.float(0)?.relu())),
        Entry::full("Sigmoid", |call| float(call.float(0)?.sigmoid())),
        Entry::full("Tanh", |call| float(call.float(0)?.tanh())),
        Entry::full("Silu", |call| float(silu(call.float(0)?))),
        Entry::full("Swish", swish),
        Entry::full("HardSwish", |call| {
            let x = call.float(0)?;
            float(x.clone() * ramp(x, 1.0 / 6.0, 0.5))
        }),
        Entry::full("HardSigmoid", |call| {
            let (alpha, beta) = (call.number("alpha", 0.2), call.number("beta", 0.5));
            float(ramp(call.float(0)?, alpha, beta))
        }),
        Entry::full("Gelu", gelu),
        Entry::full("LeakyRelu", |call| {
            let slope = call.number("alpha", 0.01);
            let x = call.float(0)?;
            float(x.clone().relu() - (-x).relu() * slope)
        }),
        Entry::full("PRelu", |call| {
            let (x, slope) = (call.float(0)?, call.float(1)?);
            float(x.clone().relu() - (-x).relu() * slope)
        }),
        Entry::full("Elu", |call| {
            let alpha = call.number("alpha", 1.0);
            let x = call.float(0)?;
            float(x.clone().relu() + falling(x) * alpha)
        }),
        Entry::full("Selu", |call| {
            let (alpha, gamma) = (call.number("alpha", 1.673_263_2), call.number("gamma", 1.050_701));
            let x = call.float(0)?;
            float((x.clone().relu() + falling(x) * alpha) * gamma)
        }),
        Entry::full("Celu", |call| {
            let alpha = call.number("alpha", 1.0);
            let x = call.float(0)?;
            float(x.clone().relu() + falling(x / alpha) * alpha)
        }),
        Entry::full("Softplus", |call| float(softplus(call.float(0)?))),
        Entry::full("Softsign", |call| {
            let x = call.float(0)?;
            float(x.clone() / (x.abs() + 1.0))
        }),
        Entry::full("Mish", |call| {
            let x = call.float(0)?;
            float(x.clone() * softplus(x).tanh())
        }),
        Entry::full("ThresholdedRelu", |call| {
            let alpha = call.number("alpha", 1.0);
            let x = call.float(0)?;
            let kept = x.clone().compare_number(alpha, B::float_greater_elem);
            float((x.clone() * 0.0).replace(kept, x))
        }),
        Entry::full("Shrink", |call| {
            let (bias, lambda) = (call.number("bias", 0.0), call.number("lambd", 0.5));
            let x = call.float(0)?;
            let (above, below) = (
                x.clone().compare_number(lambda, B::float_greater_elem),
                x.clone().compare_number(-lambda, B::float_lower_elem),
            );
            float((x.clone() * 0.0).replace(above, x.clone() - bias).replace(below, x + bias))
        }),
        Entry::full("Clip", clip),
        Entry::full("Softmax", |call| along(call, Float::softmax)),
        Entry::full("LogSoftmax", |call| along(call, log_softmax)),
        Entry::full("Hardmax", |call| along(call, hardmax)),
    ]
}

/// x times its sigmoid.
fn silu<B: Backend>(x: Float<B>) -> Float<B> {
    x.clone() * x.sigmoid()
}

/// A line between 0 and 1.
fn ramp<B: Backend>(x: Float<B>, slope: f32, middle: f32) -> Float<B> {
    (x * slope + middle).clamp(0.0, 1.0)
}

/// exp(x) - 1 below zero, 0 above.
fn falling<B: Backend>(x: Float<B>) -> Float<B> {
    (-(-x).relu()).exp() - 1.0
}

/// log(1 + exp(x)), without overflow.
fn softplus<B: Backend>(x: Float<B>) -> Float<B> {
    x.clone().relu() + (-x.abs()).exp().map(B::float_log1p)
}

fn swish<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let alpha = call.number("alpha", 1.0);
    let x = call.float(0)?;
    float(x.clone() * (x * alpha).sigmoid())
}

fn gelu<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let x = call.float(0)?;
    let share = if call.text("approximate", "none") == "tanh" {
        let cubic = x.clone() + x.clone().square() * x.clone() * 0.044_715;
        (cubic * (2.0 / std::f32::consts::PI).sqrt()).tanh()
    } else {
        (x.clone() * std::f32::consts::FRAC_1_SQRT_2).map(B::float_erf)
    };
    float(x * 0.5 * (share + 1.0))
}

fn clip<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    match call.value(0)? {
        Value::Float(x) => {
            let low = call.floats(1)?.and_then(|low| low.first().copied()).or(call.node.attributes.float("min"));
            let high = call.floats(2)?.and_then(|high| high.first().copied()).or(call.node.attributes.float("max"));
            let x = low.into_iter().fold(x, |x, low| Float(B::float_clamp_min(x.0, low.into())));
            float(high.into_iter().fold(x, |x, high| Float(B::float_clamp_max(x.0, high.into()))))
        }
        other => {
            let bound = |values: Option<Vec<i64>>, default| {
                values
                    .and_then(|values| values.first().copied())
                    .map_or(default, |value| value.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32)
            };
            let (low, high) = (bound(call.integers(1)?, i32::MIN), bound(call.integers(2)?, i32::MAX));
            let x = other.int().scalar(low, B::int_clamp_min);
            super::int(x.scalar(high, B::int_clamp_max))
        }
    }
}

/// Applies a function along the node's axis; before opset 13 along all axes from it on, as one.
fn along<B: Backend>(call: &mut Call<'_, B>, apply: fn(Float<B>, usize) -> Float<B>) -> Results<B> {
    if call.graph.opset >= 13 {
        let axis = call.own_axis(-1)?;
        return float(apply(call.float(0)?, axis));
    }
    let axis = call.own_axis(1)?;
    let x = call.float(0)?;
    let dims = x.dims();
    let rows: usize = dims[..axis].iter().product();
    let columns: usize = dims[axis..].iter().product();
    float(apply(x.reshape(&[rows, columns]), 1).reshape(&dims))
}

pub(super) fn log_softmax<B: Backend>(x: Float<B>, axis: usize) -> Float<B> {
    let x = x.clone() - x.max(axis);
    x.clone() - x.exp().sum(axis).log()
}

/// 1 at the first of the largest, 0 elsewhere.
fn hardmax<B: Backend>(x: Float<B>, axis: usize) -> Float<B> {
    let (dims, device) = (x.dims(), x.device());
    let first = Int::<B>(B::float_argmax(x.0, axis, IntDType::I32));
    let mut beside = vec![1; dims.len()];
    beside[axis] = dims[axis];
    let places = Int::new((0..dims[axis] as i32).collect(), &beside, &device);
    first.compare(places, B::int_equal).float()
}

//! Reductions along axes, running sums, and where the extremes lie.

use burn_backend::{Backend, IntDType};

use super::{Entry, Results, float, int};
use crate::ReferenceError;
use crate::call::Call;
use crate::tensor::{Float, Int, Value};

pub(super) fn table<B: Backend>() -> Vec<Entry<B>> {
    vec![
        Entry::full("ReduceSum", |call| reduce(call, Float::sum, B::int_sum_dim)),
        Entry::full("ReduceMean", |call| reduce(call, Float::mean, B::int_mean_dim)),
        Entry::full("ReduceMax", |call| reduce(call, Float::max, B::int_max_dim)),
        Entry::full("ReduceMin", |call| reduce(call, Float::min, B::int_min_dim)),
        Entry::full("ReduceProd", |call| reduce(call, |x, axis| Float(B::float_prod_dim(x.0, axis)), B::int_prod_dim)),
        Entry::full("ReduceL1", |call| composed(call, Float::abs, same)),
        Entry::full("ReduceL2", |call| composed(call, Float::square, Float::sqrt)),
        Entry::full("ReduceSumSquare", |call| composed(call, Float::square, same)),
        Entry::full("ReduceLogSum", |call| composed(call, same, Float::log)),
        Entry::full("ReduceLogSumExp", log_sum_exp),
        Entry::full("ArgMax", |call| extreme(call, B::float_argmax)),
        Entry::full("ArgMin", |call| extreme(call, B::float_argmin)),
        Entry::full("CumSum", |call| running(call, |x, axis| Float(B::float_cumsum(x.0, axis)), 0.0)),
        Entry::full("CumProd", |call| running(call, |x, axis| Float(B::float_cumprod(x.0, axis)), 1.0)),
    ]
}

fn same<B: Backend>(x: Float<B>) -> Float<B> {
    x
}

/// The axes to reduce. Burn has no extremum among no elements, where ONNX has an infinity.
fn axes<B: Backend>(call: &Call<'_, B>) -> Result<Vec<usize>, ReferenceError> {
    let compares = matches!(call.node.op.as_str(), "ReduceMax" | "ReduceMin" | "ReduceLogSumExp");
    if compares && call.dims(0).contains(&0) {
        return Err(call.refuse("an extremum among no elements"));
    }
    Ok(call.graph.reduction(call.node)?.axes)
}

fn reduce<B: Backend>(
    call: &mut Call<'_, B>,
    floats: fn(Float<B>, usize) -> Float<B>,
    integers: fn(burn_backend::tensor::IntTensor<B>, usize) -> burn_backend::tensor::IntTensor<B>,
) -> Results<B> {
    let axes = axes(call)?;
    let dims = call.result_dims(0).to_vec();
    Ok(vec![match call.value(0)? {
        Value::Float(x) => Value::Float(axes.iter().fold(x, |x, &axis| floats(x, axis)).reshape(&dims)),
        Value::Int(x) => Value::Int(Int(axes.iter().fold(x.0, |x, &axis| integers(x, axis))).reshape(&dims)),
        Value::Bool(x) => {
            let x = Int(axes.iter().fold(x.int().0, |x, &axis| integers(x, axis)));
            Value::Bool(x.reshape(&dims).bool())
        }
    }])
}

/// after(sum of before(x)).
fn composed<B: Backend>(
    call: &mut Call<'_, B>,
    before: fn(Float<B>) -> Float<B>,
    after: fn(Float<B>) -> Float<B>,
) -> Results<B> {
    let axes = call.graph.reduction(call.node)?.axes;
    let dims = call.result_dims(0).to_vec();
    let kind = call.value(0)?;
    let whole = !matches!(kind, Value::Float(_));
    let y = after(axes.iter().fold(before(kind.float()), |x, &axis| x.sum(axis))).reshape(&dims);
    if whole { int(y.int()) } else { float(y) }
}

fn log_sum_exp<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let axes = axes(call)?;
    let dims = call.result_dims(0).to_vec();
    let x = call.float(0)?;
    let top = axes.iter().fold(x.clone(), |x, &axis| x.max(axis));
    let sum = axes.iter().fold((x - top.clone()).exp(), |x, &axis| x.sum(axis));
    float((sum.log() + top).reshape(&dims))
}

fn extreme<B: Backend>(
    call: &mut Call<'_, B>,
    find: fn(burn_backend::tensor::FloatTensor<B>, usize, IntDType) -> burn_backend::tensor::IntTensor<B>,
) -> Results<B> {
    let axis = call.own_axis(0)?;
    let dims = call.result_dims(0).to_vec();
    let last = call.flag("select_last_index");
    let x = call.float(0)?;
    let len = x.dims()[axis];
    let found = if last {
        let reversed: Vec<i32> = (0..len as i32).rev().collect();
        let found = Int::<B>(find(x.select(axis, &reversed).0, axis, IntDType::I32));
        Int(B::int_neg(found.0)).scalar(len as i32 - 1, B::int_add_scalar)
    } else {
        Int(find(x.0, axis, IntDType::I32))
    };
    int(found.reshape(&dims))
}

/// A running total of floats; `exclusive` leaves each element itself out and starts from `start`.
fn running<B: Backend>(call: &mut Call<'_, B>, total: fn(Float<B>, usize) -> Float<B>, start: f32) -> Results<B> {
    let named = call.integers(1)?.and_then(|axis| axis.first().copied()).unwrap_or(0);
    let axis = call.axis(named, call.dims(0).len())?;
    let (exclusive, reverse) = (call.flag("exclusive"), call.flag("reverse"));
    let x = call.value(0)?;
    let whole = !matches!(x, Value::Float(_));
    let mut x = x.float();
    let len = x.dims()[axis];
    let turned: Vec<i32> = (0..len as i32).rev().collect();
    if reverse {
        x = x.select(axis, &turned);
    }
    if exclusive {
        let mut pads = vec![(0, 0); x.dims().len()];
        pads[axis].0 = 1;
        x = x.pad(&pads, start).narrow(axis, 0, len);
    }
    x = total(x, axis);
    if reverse {
        x = x.select(axis, &turned);
    }
    if whole { int(x.int()) } else { float(x) }
}

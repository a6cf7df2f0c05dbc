//! Normalisations: (x - mean) / sqrt(variance + epsilon), scaled and shifted, over different axes.

use burn_backend::Backend;

use super::{Entry, Results, float};
use crate::ReferenceError;
use crate::call::Call;
use crate::tensor::{Float, Value};

pub(super) fn table<B: Backend>() -> Vec<Entry<B>> {
    vec![
        Entry::limited("BatchNormalization", "with running statistics, as at inference", batch),
        Entry::full("InstanceNormalization", instance),
        Entry::full("GroupNormalization", group),
        Entry::full("LayerNormalization", layer),
        Entry::full("RMSNormalization", rms),
        Entry::full("LpNormalization", lp),
        Entry::full("MeanVarianceNormalization", mean_variance),
        Entry::full("LRN", local_response),
    ]
}

/// The dimensions of a vector of channels beside a tensor of `rank` axes.
fn channels(count: usize, rank: usize) -> Vec<usize> {
    let mut dims = vec![1; rank.max(2)];
    dims[1] = count;
    dims.truncate(rank.max(1));
    dims
}

fn batch<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    if call.flag("training_mode") {
        return Err(call.refuse("it is in training mode"));
    }
    let epsilon = call.number("epsilon", 1e-5);
    let rank = call.dims(0).len();
    let mut vector = |index| call.float(index).map(|vector| vector.clone().reshape(&channels(vector.len(), rank)));
    let (scale, shift, mean, variance) = (vector(1)?, vector(2)?, vector(3)?, vector(4)?);
    let factor = scale / (variance + epsilon).sqrt();
    let offset = shift - mean * factor.clone();
    float(call.float(0)? * factor + offset)
}

/// x less its mean over `axis`, and 1 / sqrt of its variance there plus `epsilon`.
fn standardise<B: Backend>(x: Float<B>, axis: usize, epsilon: f32) -> (Float<B>, Float<B>, Float<B>) {
    let mean = x.clone().mean(axis);
    let centred = x - mean.clone();
    let inverse = (centred.clone().square().mean(axis) + epsilon).sqrt().recip();
    (centred, mean, inverse)
}

/// (x - mean) / sqrt(variance + epsilon) over all but the first axes, of which `rows` remain.
fn over_rest<B: Backend>(x: Float<B>, rows: usize, epsilon: f32) -> Float<B> {
    let dims = x.dims();
    let len = x.len() / rows.max(1);
    let (centred, _, inverse) = standardise(x.reshape(&[rows, len]), 1, epsilon);
    (centred * inverse).reshape(&dims)
}

fn instance<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let epsilon = call.number("epsilon", 1e-5);
    let x = call.float(0)?;
    let dims = x.dims();
    let beside = channels(dims.get(1).copied().unwrap_or(1), dims.len());
    let rows = dims.iter().take(2).product();
    let normal = over_rest(x, rows, epsilon);
    float(normal * call.float(1)?.reshape(&beside) + call.float(2)?.reshape(&beside))
}

/// Scale and shift come one a channel since opset 21, one a group before.
fn group<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let epsilon = call.number("epsilon", 1e-5);
    let x = call.float(0)?;
    let dims = x.dims();
    let count = dims.get(1).copied().unwrap_or(1);
    let groups = usize::try_from(call.whole("num_groups", 0)).ok().filter(|&g| g > 0 && count.is_multiple_of(g));
    let groups = groups.ok_or_else(|| call.refuse(format!("{count} channels do not make its groups")))?;
    let normal = over_rest(x, dims[0] * groups, epsilon);
    let (scale, shift) = (call.float(1)?, call.float(2)?);
    let spread = |vector: Float<B>| -> Result<Float<B>, ReferenceError> {
        let len = vector.len();
        if len == 0 || !count.is_multiple_of(len) {
            return Err(call.refuse(format!("{len} scales for {count} channels")));
        }
        Ok(vector.reshape(&[len, 1]).expand(&[len, count / len]).reshape(&channels(count, dims.len())))
    };
    float(normal * spread(scale)? + spread(shift)?)
}

/// The operand as (rows, row) split at the axis, with the axis and the dimensions before.
fn rows<B: Backend>(call: &mut Call<'_, B>) -> Result<(Float<B>, usize, Vec<usize>), ReferenceError> {
    let axis = call.own_axis(-1)?;
    let x = call.float(0)?;
    let dims = x.dims();
    let count: usize = dims[..axis].iter().product();
    let len = x.len() / count.max(1);
    Ok((x.reshape(&[count, len]), axis, dims))
}

fn layer<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let epsilon = call.number("epsilon", 1e-5);
    let (x, axis, dims) = rows(call)?;
    let (centred, mean, inverse) = standardise(x, 1, epsilon);
    let mut y = (centred * inverse.clone()).reshape(&dims) * call.float(1)?;
    if let Some(shift) = call.optional_float(2)? {
        y = y + shift;
    }
    let mut reduced = dims;
    reduced[axis..].fill(1);
    Ok(vec![Value::Float(y), Value::Float(mean.reshape(&reduced)), Value::Float(inverse.reshape(&reduced))])
}

/// x / sqrt(mean of squares + epsilon), scaled.
fn rms<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let epsilon = call.number("epsilon", 1e-5);
    let (x, _, dims) = rows(call)?;
    let inverse = (x.clone().square().mean(1) + epsilon).sqrt().recip();
    float((x * inverse).reshape(&dims) * call.float(1)?)
}

fn lp<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let axis = call.own_axis(-1)?;
    let x = call.float(0)?;
    let norm = match call.whole("p", 2) {
        1 => x.clone().abs().sum(axis),
        _ => x.clone().square().sum(axis).sqrt(),
    };
    // A vector of zeros has no direction and stays as it is.
    let zero = norm.clone().compare_number(0.0, B::float_equal_elem);
    let norm = norm.clone().replace(zero, norm * 0.0 + 1.0);
    float(x / norm)
}

fn mean_variance<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let rank = call.dims(0).len();
    let axes = call.node.attributes.ints("axes").unwrap_or(&[0, 2, 3]);
    let axes = axes.iter().map(|&axis| call.axis(axis, rank)).collect::<Result<Vec<_>, _>>()?;
    let mean = |x: Float<B>| axes.iter().fold(x, |x, &axis| x.mean(axis));
    let x = call.float(0)?;
    let centred = x.clone() - mean(x);
    let deviation = mean(centred.clone().square()).sqrt();
    float(centred / (deviation + 1e-9))
}

/// x / (bias + alpha / size * sum of squares over neighbouring channels) ^ beta.
fn local_response<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let (alpha, beta, bias) = (call.number("alpha", 1e-4), call.number("beta", 0.75), call.number("bias", 1.0));
    let size = usize::try_from(call.whole("size", 1)).ok().filter(|&size| size > 0);
    let size = size.ok_or_else(|| call.refuse("its size is not positive"))?;
    let x = call.float(0)?;
    let count = x.dims().get(1).copied().unwrap_or(1);
    let mut pads = vec![(0, 0); x.dims().len()];
    let Some(pad) = pads.get_mut(1) else { return Err(call.refuse("its operand has no channels")) };
    *pad = ((size - 1) / 2, size / 2);
    let squares = x.clone().square().pad(&pads, 0.0);
    let first = squares.clone().narrow(1, 0, count);
    let sum = (1..size).fold(first, |sum, shift| sum + squares.clone().narrow(1, shift, count));
    let power = (sum * (alpha / size as f32) + bias).log() * -beta;
    float(x * power.exp())
}

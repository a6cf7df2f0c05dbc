//! Quantised tensors: integers with a scale and a zero point for the whole, an axis or blocks of one.

use burn_backend::Backend;
use darkroom_graph::{ElementType, Window};

use super::{Entry, Results, float, int};
use crate::ReferenceError;
use crate::call::Call;
use crate::tensor::{Float, Value};

pub(super) fn table<B: Backend>() -> Vec<Entry<B>> {
    vec![
        Entry::limited("QuantizeLinear", "to integers of 4 to 16 bits", quantise),
        Entry::limited("DequantizeLinear", "from integers", dequantise),
        Entry::full("DynamicQuantizeLinear", dynamic),
        Entry::limited("MatMulInteger", "sums below 2^24 exact, larger ones to float32 accuracy", product),
        Entry::limited("ConvInteger", "sums below 2^24 exact, larger ones to float32 accuracy", convolution),
    ]
}

/// A scale or zero point beside an operand of `dims`: one value, one an index of `axis`, or one a block of it.
fn beside<B: Backend>(call: &Call<'_, B>, x: Float<B>, dims: &[usize]) -> Result<Float<B>, ReferenceError> {
    if x.len() == 1 {
        return Ok(x.reshape(&vec![1; dims.len().max(1)]));
    }
    let axis = call.axis(call.whole("axis", 1), dims.len())?;
    let own = x.dims();
    if own.len() == 1 && own[0] == dims[axis] {
        let mut wide = vec![1; dims.len()];
        wide[axis] = own[0];
        return Ok(x.reshape(&wide));
    }
    let block = usize::try_from(call.whole("block_size", 0)).ok().filter(|&block| block > 0);
    let block = block.filter(|&block| own.len() == dims.len() && own[axis] == dims[axis].div_ceil(block));
    let block = block.ok_or_else(|| call.refuse(format!("scales of {own:?} for a tensor of {dims:?}")))?;
    let places: Vec<i32> = (0..dims[axis]).map(|n| (n / block) as i32).collect();
    Ok(x.select(axis, &places))
}

fn dequantise<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let dims = call.dims(0).to_vec();
    let x = call.float(0)?;
    let scale = call.float(1)?;
    let scale = beside(call, scale, &dims)?;
    match call.optional_float(2)? {
        Some(zero) => {
            let zero = beside(call, zero, &dims)?;
            float((x - zero) * scale)
        }
        None => float(x * scale),
    }
}

/// x / scale, rounded to even, moved by the zero point and kept within the result's type.
fn quantise<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let dims = call.dims(0).to_vec();
    let element = call.node.outputs[0].map_or(ElementType::Uint8, |value| call.graph.elements[value]);
    let range = element.range().filter(|_| !matches!(element, ElementType::Int32 | ElementType::Uint32));
    let (low, high) = range.ok_or_else(|| call.refuse(format!("a result of type {element}")))?;
    let (x, scale) = (call.float(0)?, call.float(1)?);
    let mut y = (x / beside(call, scale, &dims)?).round();
    if let Some(zero) = call.optional_float(2)? {
        y = y + beside(call, zero, &dims)?;
    }
    int(y.clamp(low as f32, high as f32).int())
}

/// To uint8, with the scale and zero point that the values' range, widened to hold 0, gives.
fn dynamic<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let x = call.float(0)?;
    let (low, high) =
        x.clone().read()?.into_iter().fold((0.0_f32, 0.0_f32), |(low, high), x| (low.min(x), high.max(x)));
    let scale = if high == low { 1.0 } else { (high - low) / 255.0 };
    let zero = (0.0 - low / scale).round_ties_even().clamp(0.0, 255.0);
    let y = ((x / scale).round() + zero).clamp(0.0, 255.0).int();
    let scale = Float::full(&[1], scale, call.device);
    let zero = Float::full(&[1], zero, call.device).int();
    Ok(vec![Value::Int(y), Value::Float(scale), Value::Int(zero)])
}

/// Operand `index` less its zero point; a vector of zero points is one a row on the left, one a column on the right.
fn shifted<B: Backend>(call: &mut Call<'_, B>, index: usize, zero: usize) -> Result<Float<B>, ReferenceError> {
    let x = call.float(index)?;
    Ok(match call.optional_float(zero)? {
        Some(zero) if zero.dims().len() == 1 && zero.len() > 1 && index == 0 => {
            let len = zero.len();
            x - zero.reshape(&[len, 1])
        }
        Some(zero) => x - zero,
        None => x,
    })
}

fn product<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let (a, b) = (shifted(call, 0, 2)?, shifted(call, 1, 3)?);
    let dims = call.result_dims(0).to_vec();
    int(super::product::product(call, a, b)?.reshape(&dims).round().int())
}

fn convolution<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let (x, w) = (call.dims(0).to_vec(), call.dims(1).to_vec());
    if x.len() < 3 || w.len() != x.len() {
        return Err(call.refuse(format!("an input of {x:?} with weights of {w:?}")));
    }
    let window = Window::conv(call.node, &x[2..], &w[2..])?;
    let groups = usize::try_from(call.whole("group", 1)).unwrap_or(1);
    let input = call.float(0)?;
    let input = match call.optional_float(2)? {
        Some(zero) => input - zero,
        None => input,
    };
    let mut weight = call.float(1)?;
    if let Some(zero) = call.optional_float(3)? {
        let mut beside = vec![1; w.len()];
        beside[0] = zero.len();
        weight = weight - zero.reshape(&beside);
    }
    int(super::convolution::convolve(call, input, weight, None, &window, groups)?.round().int())
}

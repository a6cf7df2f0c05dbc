//! What puts elements at indices.

use burn_backend::Backend;
use burn_backend::tensor::IndexingUpdateOp;

use super::gather::{blocks, flat_places};
use super::{Entry, Results};
use crate::ReferenceError;
use crate::call::Call;
use crate::tensor::{Int, Value};

pub(super) fn table<B: Backend>() -> Vec<Entry<B>> {
    vec![
        Entry::full("ScatterElements", elements),
        Entry::full("ScatterND", nested),
        Entry::full("TensorScatter", cache),
    ]
}

fn update<B: Backend>(call: &Call<'_, B>) -> Result<IndexingUpdateOp, ReferenceError> {
    Ok(match call.text("reduction", "none").as_str() {
        "none" => IndexingUpdateOp::Assign,
        "add" => IndexingUpdateOp::Add,
        "mul" => IndexingUpdateOp::Mul,
        "min" => IndexingUpdateOp::Min,
        "max" => IndexingUpdateOp::Max,
        other => return Err(call.refuse(format!("the reduction {other}"))),
    })
}

/// `values` (n, block) put at rows `starts` of `x` (rows, block).
fn put<B: Backend>(x: Value<B>, starts: &[i32], values: Value<B>, update: IndexingUpdateOp) -> Value<B> {
    let dims = x.dims();
    let (&[_, block], count) = (&dims[..], starts.len()) else { return x };
    let device = match &x {
        Value::Float(x) => x.device(),
        Value::Int(x) => x.device(),
        Value::Bool(x) => x.device(),
    };
    let rows = Int::<B>::new(starts.to_vec(), &[count, 1], &device).expand(&[count, block]);
    match (x, values) {
        (Value::Float(x), values) => Value::Float(x.scatter(0, rows, values.float(), update)),
        (Value::Int(x), values) => Value::Int(x.scatter(0, rows, values.int(), update)),
        (Value::Bool(x), values) => Value::Bool(x.int().scatter(0, rows, values.int(), update).bool()),
    }
}

fn elements<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let axis = call.own_axis(0)?;
    let update = update(call)?;
    let (dims, places) = (call.dims(0).to_vec(), call.dims(1).to_vec());
    let indices = call.indices(1, dims[axis])?;
    let flat = flat_places(&dims, &places, axis, &indices);
    let len = dims.iter().product::<usize>();
    let x = call.value(0)?.reshape(&[len, 1]);
    let values = call.value(2)?.reshape(&[flat.len(), 1]);
    Ok(vec![put(x, &flat, values, update).reshape(&dims)])
}

fn nested<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let update = update(call)?;
    let (dims, places) = (call.dims(0).to_vec(), call.dims(1).to_vec());
    let width = places.last().copied().unwrap_or(0);
    if width == 0 || width > dims.len() {
        return Err(call.refuse(format!("indices of {places:?} do not fit a tensor of {dims:?}")));
    }
    let starts = blocks(call, &dims[..width], width)?;
    let rows: usize = dims[..width].iter().product();
    let block: usize = dims[width..].iter().product();
    let x = call.value(0)?.reshape(&[rows, block]);
    let values = call.value(2)?.reshape(&[starts.len(), block]);
    Ok(vec![put(x, &starts, values, update).reshape(&dims)])
}

/// Writes a block of new tokens into a cache, for each instance from its own place on.
fn cache<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let axis = call.own_axis(-2)?;
    let circular = call.text("mode", "linear") == "circular";
    let (dims, block) = (call.dims(0).to_vec(), call.dims(1).to_vec());
    let starts = call.integers(2)?.unwrap_or_else(|| vec![0; dims[0]]);
    let len = dims[axis] as i64;
    let rest: usize = block[1..].iter().product();
    let stride: usize = block[axis + 1..].iter().product();
    let mut indices = Vec::with_capacity(block.iter().product());
    for start in starts {
        for n in 0..rest {
            let at = start + (n / stride % block[axis]) as i64;
            indices.push(if circular { at.rem_euclid(len) } else { at });
        }
    }
    if indices.iter().any(|at| !(0..len).contains(at)) {
        return Err(call.refuse("its tokens do not fit the cache"));
    }
    let indices: Vec<i32> = indices.into_iter().map(|at| at as i32).collect();
    let flat = flat_places(&dims, &block, axis, &indices);
    let x = call.value(0)?.reshape(&[dims.iter().product(), 1]);
    let values = call.value(1)?.reshape(&[flat.len(), 1]);
    Ok(vec![put(x, &flat, values, IndexingUpdateOp::Assign).reshape(&dims)])
}

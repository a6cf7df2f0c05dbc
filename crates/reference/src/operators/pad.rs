//! `Pad` in all its modes, and `CenterCropPad`.

use burn_backend::Backend;

use super::{Entry, Results};
use crate::ReferenceError;
use crate::call::Call;
use crate::tensor::Value;

pub(super) fn table<B: Backend>() -> Vec<Entry<B>> {
    vec![Entry::full("Pad", pad), Entry::full("CenterCropPad", center)]
}

fn pad<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let pads = call.graph.pads(call.node)?;
    match call.text("mode", "constant").as_str() {
        "constant" => constant(call, &pads),
        "edge" => indexed(call, &pads, |at, len| at.clamp(0, len - 1)),
        "wrap" => indexed(call, &pads, i64::rem_euclid),
        "reflect" => indexed(call, &pads, |at, len| {
            let period = (2 * (len - 1)).max(1);
            let at = at.rem_euclid(period);
            at.min(period - at).min(len - 1)
        }),
        other => Err(call.refuse(format!("the mode {other}"))),
    }
}

/// Each axis picked by an index that `source` finds for a place outside.
fn indexed<B: Backend>(call: &mut Call<'_, B>, pads: &[(i64, i64)], source: fn(i64, i64) -> i64) -> Results<B> {
    let mut x = call.value(0)?;
    for (axis, &(before, after)) in pads.iter().enumerate() {
        if (before, after) != (0, 0) {
            let len = x.dims()[axis] as i64;
            let indices: Vec<i32> = (-before..len + after).map(|at| source(at, len) as i32).collect();
            if indices.is_empty() {
                return Err(call.refuse("nothing is left of its operand"));
            }
            x = x.select(axis, &indices);
        }
    }
    Ok(vec![x])
}

fn constant<B: Backend>(call: &mut Call<'_, B>, pads: &[(i64, i64)]) -> Results<B> {
    let x = call.value(0)?;
    let x = cropped(call, x, pads)?;
    let grown: Vec<(usize, usize)> = pads.iter().map(|&(a, b)| (a.max(0) as usize, b.max(0) as usize)).collect();
    let fill = call.optional(2)?;
    Ok(vec![match x {
        Value::Float(x) => {
            let fill = fill.map(|fill| fill.float().read()).transpose()?.unwrap_or_default();
            Value::Float(x.pad(&grown, fill.first().copied().unwrap_or(0.0)))
        }
        other => {
            let boolean = matches!(other, Value::Bool(_));
            let fill = fill.map(|fill| fill.int().read()).transpose()?.unwrap_or_default();
            let padded = other.int().pad(&grown, fill.first().copied().unwrap_or(0));
            if boolean { Value::Bool(padded.bool()) } else { Value::Int(padded) }
        }
    }])
}

/// What negative pads leave.
fn cropped<B: Backend>(call: &Call<'_, B>, x: Value<B>, pads: &[(i64, i64)]) -> Result<Value<B>, ReferenceError> {
    let mut x = x;
    for (axis, &(before, after)) in pads.iter().enumerate() {
        let (start, end) = ((-before).max(0) as usize, (-after).max(0) as usize);
        let len = x.dims()[axis].checked_sub(start + end).filter(|&len| len > 0);
        x = x.narrow(axis, start, len.ok_or_else(|| call.refuse("nothing is left of its operand"))?);
    }
    Ok(x)
}

/// Cut or padded with zeros about the centre.
fn center<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let from = call.dims(0).to_vec();
    let to = call.result_dims(0).to_vec();
    let pads: Vec<(i64, i64)> = from
        .iter()
        .zip(&to)
        .map(|(&from, &to)| {
            let (less, more) = ((from as i64 - to as i64).max(0), (to as i64 - from as i64).max(0));
            (more / 2 - less / 2, (more - more / 2) - (less - less / 2))
        })
        .collect();
    let x = call.value(0)?;
    let x = cropped(call, x, &pads)?;
    let grown: Vec<(usize, usize)> = pads.iter().map(|&(a, b)| (a.max(0) as usize, b.max(0) as usize)).collect();
    Ok(vec![match x {
        Value::Float(x) => Value::Float(x.pad(&grown, 0.0)),
        Value::Int(x) => Value::Int(x.pad(&grown, 0)),
        Value::Bool(x) => Value::Bool(x.int().pad(&grown, 0).bool()),
    }])
}

//! What picks elements by index.

use burn_backend::Backend;

use super::{Entry, Results};
use crate::ReferenceError;
use crate::call::Call;
use crate::tensor::{Int, Value};

pub(super) fn table<B: Backend>() -> Vec<Entry<B>> {
    vec![
        Entry::full("Gather", gather),
        Entry::full("GatherElements", elements),
        Entry::full("GatherND", nested),
        Entry::full("Compress", compress),
        Entry::full("OneHot", one_hot),
    ]
}

fn gather<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let axis = call.own_axis(0)?;
    let len = call.dims(0)[axis];
    let indices = call.indices(1, len)?;
    let dims = call.result_dims(0).to_vec();
    Ok(vec![call.value(0)?.select(axis, &indices).reshape(&dims)])
}

fn elements<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let axis = call.own_axis(0)?;
    let (dims, places) = (call.dims(0).to_vec(), call.dims(1).to_vec());
    let indices = call.indices(1, dims[axis])?;
    let flat = flat_places(&dims, &places, axis, &indices);
    let x = call.value(0)?;
    let len = dims.iter().product::<usize>();
    Ok(vec![x.reshape(&[len]).select(0, &flat).reshape(&places)])
}

/// The flat index, in a tensor of `dims`, of each element that `indices` of shape `places` name along `axis`.
pub(super) fn flat_places(dims: &[usize], places: &[usize], axis: usize, indices: &[i32]) -> Vec<i32> {
    indices
        .iter()
        .enumerate()
        .map(|(n, &index)| {
            let (mut rest, mut flat, mut stride) = (n, 0, 1);
            for at in (0..dims.len()).rev() {
                let place = if at == axis { index as usize } else { rest % places[at] };
                rest /= places[at];
                flat += place * stride;
                stride *= dims[at];
            }
            flat as i32
        })
        .collect()
}

/// The start of each block that rows of `width` indices name in a tensor of `dims`, in blocks.
pub(super) fn blocks<B: Backend>(
    call: &mut Call<'_, B>,
    dims: &[usize],
    width: usize,
) -> Result<Vec<i32>, ReferenceError> {
    let values = call.integers(1)?.unwrap_or_default();
    values
        .chunks(width.max(1))
        .map(|row| {
            row.iter().zip(dims).try_fold(0_i64, |flat, (&index, &len)| {
                let at = if index < 0 { index + len as i64 } else { index };
                if (0..len as i64).contains(&at) { Ok(flat * len as i64 + at) } else { Err((index, len)) }
            })
        })
        .map(|flat| flat.map(|flat| flat as i32))
        .collect::<Result<_, _>>()
        .map_err(|(index, len)| call.refuse(format!("its index {index} lies outside an axis of {len}")))
}

fn nested<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let lead = usize::try_from(call.whole("batch_dims", 0)).unwrap_or(usize::MAX);
    let (dims, places) = (call.dims(0).to_vec(), call.dims(1).to_vec());
    let width = places.last().copied().unwrap_or(0);
    let taken = lead.checked_add(width).filter(|&taken| taken <= dims.len() && width > 0);
    let taken = taken.ok_or_else(|| call.refuse(format!("indices of {places:?} do not fit a tensor of {dims:?}")))?;
    let starts = blocks(call, &dims[lead..taken], width)?;
    // Rows of indices belong to the batch they lie in.
    let batches: usize = dims[..lead].iter().product();
    let each = starts.len() / batches.max(1);
    let size: usize = dims[lead..taken].iter().product();
    let starts: Vec<i32> = starts.iter().enumerate().map(|(n, &at)| (n / each.max(1) * size) as i32 + at).collect();
    let block: usize = dims[taken..].iter().product();
    let result = call.result_dims(0).to_vec();
    let x = call.value(0)?.reshape(&[batches * size, block]);
    Ok(vec![x.select(0, &starts).reshape(&result)])
}

fn compress<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let mask = call.integers(1)?.unwrap_or_default();
    let kept: Vec<i32> = mask.iter().enumerate().filter(|&(_, &keep)| keep != 0).map(|(n, _)| n as i32).collect();
    let axis = call.node.attributes.int("axis").map(|axis| call.axis(axis, call.dims(0).len())).transpose()?;
    let x = call.value(0)?;
    let len = x.dims().iter().product::<usize>();
    let (x, axis) = match axis {
        Some(axis) => (x, axis),
        None => (x.reshape(&[len]), 0),
    };
    if kept.is_empty() || kept.len() > x.dims()[axis] {
        return Err(call.refuse("its condition keeps nothing or more than there is"));
    }
    Ok(vec![x.select(axis, &kept)])
}

/// `values` holds what stands off and on; an index outside the depth leaves all off.
fn one_hot<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let dims = call.result_dims(0).to_vec();
    let axis = call.axis(call.whole("axis", -1), dims.len())?;
    let depth = dims[axis];
    let beside = |len: usize| {
        let mut beside = dims.clone();
        beside[axis] = len;
        beside
    };
    let indices = call.int(0)?.reshape(&beside(1));
    let below = indices.clone().compare(Int::full(&[1], 0, call.device), B::int_lower);
    let wrapped = indices.clone().scalar(depth as i32, B::int_add_scalar);
    let indices = indices.replace(below, wrapped);
    let mut along = vec![1; dims.len()];
    along[axis] = depth;
    let places = Int::new((0..depth as i32).collect(), &along, call.device);
    let on = indices.compare(places, B::int_equal);
    let values = call.value(2)?;
    let (off, hot) = (values.clone().narrow(0, 0, 1), values.narrow(0, 1, 1));
    Ok(vec![Value::replace(off, on, hot)])
}

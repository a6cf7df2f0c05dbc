//! What changes the dimensions or the order of elements: reshape, transpose, join, cut, repeat.

use burn_backend::Backend;

use super::{Entry, Results};
use crate::call::Call;
use crate::tensor::{Int, Value, broadcast};

pub(super) fn table<B: Backend>() -> Vec<Entry<B>> {
    vec![
        Entry::full("Identity", same),
        Entry::full("Reshape", reshape),
        Entry::full("Flatten", reshape),
        Entry::full("Squeeze", reshape),
        Entry::full("Unsqueeze", reshape),
        Entry::full("Transpose", |call| {
            let axes = call.graph.permutation(call.node)?;
            Ok(vec![call.value(0)?.permute(&axes)])
        }),
        Entry::full("Concat", concat),
        Entry::full("Slice", slice),
        Entry::full("Split", split),
        Entry::full("Expand", expand),
        Entry::full("Tile", tile),
        Entry::full("DepthToSpace", depth_to_space),
        Entry::full("SpaceToDepth", space_to_depth),
        Entry::full("Trilu", trilu),
        Entry::full("ReverseSequence", reverse_sequence),
    ]
}

fn same<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    Ok(vec![call.value(0)?])
}

/// The dimensions are those that the graph works out: they hold the same number of elements.
fn reshape<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let dims = call.result_dims(0).to_vec();
    let x = call.value(0)?;
    let (from, to) = (x.dims().iter().product::<usize>(), dims.iter().product::<usize>());
    if from != to {
        return Err(call.refuse(format!("{from} elements cannot be {dims:?}")));
    }
    Ok(vec![x.reshape(&dims)])
}

fn concat<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let axis = call.own_axis(0)?;
    let mut parts = Vec::with_capacity(call.count());
    for index in 0..call.count() {
        if !call.dims(index).contains(&0) {
            parts.push(call.value(index)?);
        }
    }
    if parts.is_empty() {
        return Err(call.refuse("all its operands are empty"));
    }
    Ok(vec![Value::cat(parts, axis)])
}

fn slice<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let ranges = call.graph.slice_ranges(call.node)?;
    let mut x = call.value(0)?;
    for (axis, range) in ranges.iter().enumerate() {
        x = if range.step > 0 {
            x.stepped(axis, range.start, range.len, range.step as usize)
        } else {
            let indices: Vec<i32> =
                (0..range.len as i64).map(|n| (range.start as i64 + n * range.step) as i32).collect();
            x.select(axis, &indices)
        };
    }
    Ok(vec![x])
}

fn split<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let axis = call.own_axis(0)?;
    let lengths: Vec<usize> =
        (0..call.node.outputs.len()).map(|n| call.result_dims(n).get(axis).copied().unwrap_or(0)).collect();
    if lengths.iter().sum::<usize>() != call.dims(0)[axis] {
        return Err(call.refuse("its parts do not make up the whole"));
    }
    let x = call.value(0)?;
    let mut start = 0;
    let parts = lengths.iter().map(|&len| {
        start += len;
        x.clone().narrow(axis, start - len, len)
    });
    Ok(parts.collect())
}

fn expand<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let dims = call.result_dims(0).to_vec();
    let x = call.value(0)?;
    if broadcast(&dims, &x.dims()) != crate::tensor::held(&dims) {
        return Err(call.refuse(format!("{:?} cannot be expanded to {dims:?}", x.dims())));
    }
    Ok(vec![x.expand(&dims)])
}

fn tile<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let repeats = call.integers(1)?.unwrap_or_default();
    let mut x = call.value(0)?;
    for (axis, &count) in repeats.iter().enumerate() {
        let copies = usize::try_from(count).ok().filter(|&count| count > 0);
        let copies = copies.ok_or_else(|| call.refuse(format!("{count} repeats")))?;
        if copies > 1 {
            x = Value::cat(vec![x; copies], axis);
        }
    }
    Ok(vec![x])
}

/// The side of the squares of `DepthToSpace` and `SpaceToDepth`, and the operand's dimensions.
fn blocks<B: Backend>(call: &Call<'_, B>) -> Result<(usize, [usize; 4]), crate::ReferenceError> {
    let side = usize::try_from(call.whole("blocksize", 1)).ok().filter(|&side| side > 0);
    let side = side.ok_or_else(|| call.refuse("its blocksize is not positive"))?;
    let dims = <[usize; 4]>::try_from(call.dims(0)).map_err(|_| call.refuse("its operand has not four axes"))?;
    Ok((side, dims))
}

fn depth_to_space<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let (side, [n, c, h, w]) = blocks(call)?;
    if !c.is_multiple_of(side * side) {
        return Err(call.refuse(format!("{c} channels do not make blocks of {side} x {side}")));
    }
    let depth = c / (side * side);
    let x = call.value(0)?;
    let x = if call.text("mode", "DCR") == "CRD" {
        x.reshape(&[n, depth, side, side, h, w]).permute(&[0, 1, 4, 2, 5, 3])
    } else {
        x.reshape(&[n, side, side, depth, h, w]).permute(&[0, 3, 4, 1, 5, 2])
    };
    Ok(vec![x.reshape(&[n, depth, h * side, w * side])])
}

fn space_to_depth<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let (side, [n, c, h, w]) = blocks(call)?;
    if !h.is_multiple_of(side) || !w.is_multiple_of(side) {
        return Err(call.refuse(format!("{h} x {w} does not divide into blocks of {side}")));
    }
    let x = call.value(0)?.reshape(&[n, c, h / side, side, w / side, side]).permute(&[0, 3, 5, 1, 2, 4]);
    Ok(vec![x.reshape(&[n, c * side * side, h / side, w / side])])
}

/// Keeps the upper or the lower triangle of the last two axes.
fn trilu<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let offset = call.integers(1)?.and_then(|k| k.first().copied()).unwrap_or(0);
    let upper = call.whole("upper", 1) != 0;
    let x = call.value(0)?;
    let dims = x.dims();
    let [.., rows, columns] = dims[..] else { return Err(call.refuse("its operand is no matrix")) };
    let dropped = |row: usize, column: usize| {
        let beyond = column as i64 - row as i64 - offset;
        if upper { beyond < 0 } else { beyond > 0 }
    };
    let mask = (0..rows * columns).map(|n| i32::from(dropped(n / columns, n % columns))).collect();
    let mask = Int::new(mask, &[rows, columns], call.device).bool();
    let zero = Value::Int(Int::full(&[1], 0, call.device));
    Ok(vec![x.replace(mask, zero)])
}

fn reverse_sequence<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let rank = call.dims(0).len();
    let batch_axis = call.axis(call.whole("batch_axis", 1), rank)?;
    let time_axis = call.axis(call.whole("time_axis", 0), rank)?;
    let lengths = call.integers(1)?.unwrap_or_default();
    let x = call.value(0)?;
    let steps = x.dims()[time_axis];
    let mut rows = Vec::with_capacity(lengths.len());
    for (row, &length) in lengths.iter().enumerate() {
        let length = usize::try_from(length).ok().filter(|&length| length <= steps);
        let length = length.ok_or_else(|| call.refuse(format!("a sequence longer than {steps}")))?;
        let order: Vec<i32> = (0..steps).map(|n| (if n < length { length - 1 - n } else { n }) as i32).collect();
        rows.push(x.clone().narrow(batch_axis, row, 1).select(time_axis, &order));
    }
    Ok(vec![Value::cat(rows, batch_axis)])
}

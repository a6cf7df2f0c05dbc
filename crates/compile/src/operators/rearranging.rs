//! Operators that repeat, regroup, crop or overwrite elements: copies with strides.

use darkroom_graph::Tensor;
use darkroom_kernels::RANK;
use darkroom_kernels::copy::{Copy, View};
use darkroom_kernels::pad::{Pad, PadMode};

use super::{around, padded, whole};
use crate::CompileError;
use crate::builder::{Builder, Operand};

/// Axes of one are walked with a stride of zero.
pub(super) fn expand(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let x = builder.input(node, 0)?;
    let output = builder.output(node)?;
    let dims = padded(node, builder.dims(output))?;
    let source = View::contiguous(padded(node, builder.dims(x))?);
    let operand = builder.operand(node, x)?;
    let copy = Copy { dims, source, destination: View::contiguous(dims) };
    let result = builder.emit(&node.name, copy, vec![operand])?;
    builder.bind(output, result);
    Ok(())
}

/// One copy for each axis that is repeated.
pub(super) fn tile(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let x = builder.input(node, 0)?;
    let output = builder.output(node)?;
    let wanted = builder.dims(output);
    let mut dims = builder.dims(x).to_vec();
    let mut operand = builder.operand(node, x)?;
    let mut result = None;
    for axis in 0..dims.len() {
        let repeats = wanted[axis] / dims[axis].max(1);
        if repeats == 1 {
            continue;
        }
        let [outer, len, inner] = around(&dims, axis);
        let shape = [1, 1, 1, outer, repeats, len * inner];
        let once = View::contiguous([1, 1, 1, outer, 1, len * inner]);
        let copy = Copy { dims: shape, source: once, destination: View::contiguous(shape) };
        let tensor = builder.emit(&node.name, copy, vec![operand])?;
        dims[axis] = wanted[axis];
        operand = Operand::Tensor(tensor);
        result = Some(tensor);
    }
    let result = match (result, operand) {
        (Some(tensor), _) | (None, Operand::Tensor(tensor)) => tensor,
        (None, Operand::Constant(_)) => {
            let len = dims.iter().product();
            builder.emit(&node.name, whole([1, 1, 1, 1, 1, len]), vec![operand])?
        }
    };
    builder.bind(output, result);
    Ok(())
}

/// `DepthToSpace`: blocks of channels become blocks of pixels.
pub(super) fn depth_to_space(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let &[batch, channels, height, width] = builder.dims(builder.output(node)?) else {
        return Err(CompileError::unsupported(node, "an operand that is no batch of images"));
    };
    let block = node.attributes.int("blocksize").unwrap_or(1) as usize;
    // Axes of x: the result's channel, its row and its column in the block.
    let (dims, order) = match node.attributes.string("mode") {
        None | Some("DCR") => ([batch, block, block, channels, height / block, width / block], [0, 3, 4, 1, 5, 2]),
        Some("CRD") => ([batch, channels, block, block, height / block, width / block], [0, 1, 4, 2, 5, 3]),
        Some(other) => return Err(CompileError::unsupported(node, format!("the mode {other}"))),
    };
    exchanged(builder, index, dims, order)
}

/// `SpaceToDepth`: blocks of pixels become blocks of channels.
pub(super) fn space_to_depth(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let &[batch, channels, height, width] = builder.dims(builder.input(node, 0)?) else {
        return Err(CompileError::unsupported(node, "an operand that is no batch of images"));
    };
    let block = node.attributes.int("blocksize").unwrap_or(1) as usize;
    exchanged(builder, index, [batch, channels, height / block, block, width / block, block], [0, 3, 5, 1, 2, 4])
}

/// The operand seen as `dims`, with its axes in another order.
fn exchanged(
    builder: &mut Builder<'_>,
    index: usize,
    dims: [usize; RANK],
    order: [usize; RANK],
) -> Result<(), CompileError> {
    let node = builder.node(index);
    let x = builder.input(node, 0)?;
    let operand = builder.operand(node, x)?;
    let source = View::contiguous(dims);
    let dims = order.map(|axis| dims[axis]);
    let strides = order.map(|axis| source.strides[axis]);
    let copy = Copy { dims, source: View { strides, ..source }, destination: View::contiguous(dims) };
    let result = builder.emit(&node.name, copy, vec![operand])?;
    builder.bind(builder.output(node)?, result);
    Ok(())
}

/// `CenterCropPad`: what is too long is cut at both ends, what is too short gets zeros at both.
pub(super) fn center_crop_pad(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let x = builder.input(node, 0)?;
    let output = builder.output(node)?;
    let (from, to) = (padded(node, builder.dims(x))?, padded(node, builder.dims(output))?);
    let dims: [usize; RANK] = std::array::from_fn(|axis| from[axis].min(to[axis]));
    let mut source = View::contiguous(from);
    for axis in 0..RANK {
        source.offset += (from[axis] - dims[axis]) / 2 * source.strides[axis].unsigned_abs();
    }
    let operand = builder.operand(node, x)?;
    let copy = Copy { dims, source, destination: View::contiguous(dims) };
    let mut result = builder.emit(&node.name, copy, vec![operand])?;
    if dims != to {
        let begin = std::array::from_fn(|axis| (to[axis] - dims[axis]) / 2);
        let end = std::array::from_fn(|axis| to[axis] - dims[axis] - begin[axis]);
        let pad = Pad { dims, begin, end, mode: PadMode::Constant(0) };
        result = builder.emit(&node.name, pad, vec![Operand::Tensor(result)])?;
    }
    builder.bind(output, result);
    Ok(())
}

/// `TensorScatter`: for each sequence of a batch, new steps written over a cache from a position on.
pub(super) fn tensor_scatter(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let (cache, update) = (builder.input(node, 0)?, builder.input(node, 1)?);
    let (dims, new) = (builder.dims(cache), builder.dims(update));
    let axis = builder.graph.axis(node, -2)?;
    let steps = new.get(axis).copied().unwrap_or(0);
    let fits = axis > 0
        && new.len() == dims.len()
        && (0..dims.len()).all(|a| if a == axis { steps <= dims[a] } else { new[a] == dims[a] });
    if !fits {
        let reason = format!("an update of shape {new:?} for a cache of shape {dims:?} along axis {axis}");
        return Err(CompileError::unsupported(node, reason));
    }
    builder.afford(node, dims[0])?;
    let starts = match node.input(2) {
        Some(starts) => builder.graph.constant(Some(starts)).map(Tensor::to_i64).unwrap_or_default(),
        None => vec![0; dims[0]],
    };
    let circular = node.attributes.string("mode") == Some("circular");
    // Behind the batch: the axes between, the sequence, the rest.
    let [rows, len, inner] = around(&dims[1..], axis - 1);
    let last = if circular { len } else { len - steps + 1 };
    if starts.len() != dims[0] || starts.iter().any(|&start| start < 0 || start as usize >= last) {
        let reason = format!("{steps} steps at {starts:?} of a cache of {len}");
        return Err(CompileError::unsupported(node, reason));
    }
    let source = builder.operand(node, cache)?;
    let whole_len = dims.iter().product();
    let result = builder.emit(&node.name, whole([1, 1, 1, 1, 1, whole_len]), vec![source])?;
    let operand = builder.operand(node, update)?;
    let stride = [0, 0, 0, (len * inner).cast_signed(), inner.cast_signed(), 1];
    let update_stride = [0, 0, 0, (steps * inner).cast_signed(), inner.cast_signed(), 1];
    for (sequence, start) in starts.into_iter().enumerate() {
        let start = start as usize;
        // What reaches over the end of a circular cache goes to its begin.
        let before = steps.min(len - start);
        for (from, to, count) in [(0, start, before), (before, 0, steps - before)] {
            if count == 0 {
                continue;
            }
            let place = |length: usize, at: usize| (sequence * rows * length + at) * inner;
            let copy = Copy {
                dims: [1, 1, 1, rows, count, inner],
                source: View { len: new.iter().product(), offset: place(steps, from), strides: update_stride },
                destination: View { len: whole_len, offset: place(len, to), strides: stride },
            };
            builder.emit_into(&node.name, copy, vec![operand], result)?;
        }
    }
    builder.bind(builder.output(node)?, result);
    Ok(())
}

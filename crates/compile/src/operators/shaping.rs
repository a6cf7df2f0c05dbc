//! Operators that move elements or only rename their tensor.

use darkroom_graph::Node;
use darkroom_kernels::copy::{Copy, View};
use darkroom_kernels::pad::{Pad, PadMode};
use darkroom_kernels::{Element, RANK};

use super::padded;
use crate::builder::{Builder, Operand};
use crate::{CompileError, weights};

/// Row-major order does not change: the result is the operand under another shape.
pub(super) fn rename(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let x = builder.input(node, 0)?;
    let output = builder.output(node)?;
    if weights::is_constant(builder, output) {
        // Quantised weights with another shape put on them are read as they lie.
        return Ok(());
    }
    let tensor = match builder.operand(node, x)? {
        Operand::Tensor(tensor) => tensor,
        constant @ Operand::Constant(_) => {
            let dims = padded(node, &[builder.dims(x).iter().product()])?;
            builder.emit(&node.name, whole(dims), vec![constant])?
        }
    };
    builder.bind(output, tensor);
    Ok(())
}

/// A copy of a tensor as it is.
pub(crate) fn whole(dims: [usize; RANK]) -> Copy {
    Copy { dims, source: View::contiguous(dims), destination: View::contiguous(dims) }
}

pub(super) fn concat(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let axis = builder.graph.axis(node, 0)?;
    let output = builder.output(node)?;
    let dims = builder.dims(output);
    let axis = axis + RANK - dims.len();
    let whole = View::contiguous(padded(node, dims)?);
    let inner: usize = padded(node, dims)?[axis + 1..].iter().product();
    let result = builder.tensor(whole.len);
    let mut start = 0;
    for &value in node.inputs.iter().flatten() {
        let part = padded(node, builder.dims(value))?;
        let destination = View { offset: start * inner, ..whole };
        start += part[axis];
        if part.contains(&0) {
            continue;
        }
        let copy = Copy { dims: part, source: View::contiguous(part), destination };
        let source = builder.operand(node, value)?;
        builder.emit_into(&node.name, copy, vec![source], result)?;
    }
    builder.bind(output, result);
    Ok(())
}

/// The parts of a tensor along an axis, each copied out.
pub(super) fn split(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let x = builder.input(node, 0)?;
    let whole = View::contiguous(padded(node, builder.dims(x))?);
    let axis = builder.graph.axis(node, 0)? + RANK - builder.dims(x).len();
    let inner: usize = padded(node, builder.dims(x))?[axis + 1..].iter().product();
    let operand = builder.operand(node, x)?;
    let mut start = 0;
    for index in 0..node.outputs.len() {
        let Some(output) = node.outputs[index] else {
            return Err(CompileError::unsupported(node, "a part without a name"));
        };
        let dims = padded(node, builder.dims(output))?;
        let source = View { offset: start * inner, ..whole };
        start += dims[axis];
        if builder.result(node, index).is_some() {
            let copy = Copy { dims, source, destination: View::contiguous(dims) };
            let result = builder.emit(&node.name, copy, vec![operand])?;
            builder.bind(output, result);
        }
    }
    Ok(())
}

pub(super) fn slice(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let ranges = builder.graph.slice_ranges(node)?;
    let whole = View::contiguous(padded(node, builder.dims(builder.input(node, 0)?))?);
    let lead = RANK - ranges.len();
    let mut source = whole;
    for (axis, range) in ranges.iter().enumerate() {
        source.offset += range.start * whole.strides[lead + axis].unsigned_abs();
        source.strides[lead + axis] *= range.step as isize;
    }
    moved(builder, node, source)
}

pub(super) fn transpose(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let permutation = builder.graph.permutation(node)?;
    let whole = View::contiguous(padded(node, builder.dims(builder.input(node, 0)?))?);
    let lead = RANK - permutation.len();
    let mut source = whole;
    for (axis, &from) in permutation.iter().enumerate() {
        source.strides[lead + axis] = whole.strides[lead + from];
    }
    moved(builder, node, source)
}

/// A row-major result whose elements come from `source`.
fn moved(builder: &mut Builder<'_>, node: &Node, source: View) -> Result<(), CompileError> {
    let output = builder.output(node)?;
    let dims = padded(node, builder.dims(output))?;
    let x = builder.input(node, 0)?;
    let operand = builder.operand(node, x)?;
    let copy = Copy { dims, source, destination: View::contiguous(dims) };
    let result = builder.emit(&node.name, copy, vec![operand])?;
    builder.bind(output, result);
    Ok(())
}

pub(super) fn pad(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let x = builder.input(node, 0)?;
    let dims = builder.dims(x);
    let lead = RANK - dims.len().min(RANK);
    let (mut begin, mut end) = ([0; RANK], [0; RANK]);
    // Negative pads cut: a copy of what is left, then the margins around it.
    let whole = padded(node, dims)?;
    let (mut left, mut source) = (whole, View::contiguous(whole));
    for (axis, (before, after)) in builder.graph.pads(node)?.into_iter().enumerate() {
        let axis = lead + axis;
        let [cut_before, cut_after] = [before, after].map(|n| n.min(0).unsigned_abs() as usize);
        left[axis] = left[axis].checked_sub(cut_before + cut_after).filter(|&n| n > 0).ok_or_else(|| {
            CompileError::unsupported(node, format!("negative pads that leave nothing of axis {axis}"))
        })?;
        source.offset += cut_before * source.strides[axis].unsigned_abs();
        (begin[axis], end[axis]) = (before.max(0) as usize, after.max(0) as usize);
    }
    let mode = match node.attributes.string("mode") {
        None | Some("constant") => {
            let value = builder.graph.constant(node.input(2));
            PadMode::Constant(match (builder.element(x), value) {
                (Element::F32, Some(value)) => value.to_f32().first().map_or(0, |value| value.to_bits()),
                (Element::F32, None) => node.attributes.float("value").unwrap_or(0.0).to_bits(),
                (_, value) => value.and_then(|value| value.to_i64().first().copied()).unwrap_or(0) as u32,
            })
        }
        Some("reflect") => PadMode::Reflect,
        Some("edge") => PadMode::Edge,
        Some("wrap") => PadMode::Wrap,
        Some(mode) => return Err(CompileError::unsupported(node, format!("padding mode {mode}"))),
    };
    let mut operand = builder.operand(node, x)?;
    if left != whole {
        let copy = Copy { dims: left, source, destination: View::contiguous(left) };
        operand = Operand::Tensor(builder.emit(&node.name, copy, vec![operand])?);
    }
    let result = builder.emit(&node.name, Pad { dims: left, begin, end, mode }, vec![operand])?;
    builder.bind(builder.output(node)?, result);
    Ok(())
}

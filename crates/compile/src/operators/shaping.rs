//! Operators that move elements or only rename their tensor.

use darkroom_graph::Node;
use darkroom_kernels::RANK;
use darkroom_kernels::copy::{Copy, View};
use darkroom_kernels::pad::{Pad, PadMode};

use super::padded;
use crate::CompileError;
use crate::builder::{Builder, Operand};

/// Row-major order does not change: the result is the operand under another shape.
pub(super) fn rename(builder: &mut Builder<'_>, node: &Node) -> Result<(), CompileError> {
    let x = builder.input(node, 0)?;
    let output = builder.output(node)?;
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

pub(super) fn concat(builder: &mut Builder<'_>, node: &Node) -> Result<(), CompileError> {
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

pub(super) fn slice(builder: &mut Builder<'_>, node: &Node) -> Result<(), CompileError> {
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

pub(super) fn transpose(builder: &mut Builder<'_>, node: &Node) -> Result<(), CompileError> {
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

pub(super) fn pad(builder: &mut Builder<'_>, node: &Node) -> Result<(), CompileError> {
    let x = builder.input(node, 0)?;
    let dims = builder.dims(x);
    let lead = RANK - dims.len().min(RANK);
    let (mut begin, mut end) = ([0; RANK], [0; RANK]);
    for (axis, (before, after)) in builder.graph.pads(node)?.into_iter().enumerate() {
        let amount = |n: i64| usize::try_from(n).map_err(|_| CompileError::unsupported(node, "negative padding"));
        (begin[lead + axis], end[lead + axis]) = (amount(before)?, amount(after)?);
    }
    let mode = match node.attributes.string("mode") {
        None | Some("constant") => {
            let value = builder.graph.constant(node.input(2)).map(darkroom_graph::Tensor::to_f32);
            PadMode::Constant(value.and_then(|value| value.first().copied()).unwrap_or(0.0))
        }
        Some("reflect") => PadMode::Reflect,
        Some("edge") => PadMode::Edge,
        Some(mode) => return Err(CompileError::unsupported(node, format!("padding mode {mode}"))),
    };
    let kernel = Pad { dims: padded(node, dims)?, begin, end, mode };
    let source = builder.operand(node, x)?;
    let result = builder.emit(&node.name, kernel, vec![source])?;
    builder.bind(builder.output(node)?, result);
    Ok(())
}

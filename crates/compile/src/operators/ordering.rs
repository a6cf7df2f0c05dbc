//! Operators along one axis that depend on the order of elements or of positions.

use darkroom_graph::Tensor;
use darkroom_kernels::Elements;
use darkroom_kernels::cumsum::CumSum;
use darkroom_kernels::one_hot::OneHot;
use darkroom_kernels::pointwise::{Convert, ConvertOp};
use darkroom_kernels::topk::TopK;
use darkroom_kernels::trilu::Trilu;

use super::around;
use super::indexing::{is_float, values_at};
use crate::CompileError;
use crate::builder::{Builder, Operand};

pub(super) fn topk(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let x = builder.input(node, 0)?;
    let axis = builder.graph.axis(node, -1)?;
    let lines = around(builder.dims(x), axis);
    let shape = builder.dims(node.outputs.iter().copied().flatten().next().unwrap_or(x));
    let [outer, len, inner] = lines;
    let k = shape[axis];
    let largest = node.attributes.int("largest").unwrap_or(1) != 0;
    let kernel = TopK { element: builder.element(x), outer, len, inner, k, largest };
    let source = builder.operand(node, x)?;
    let positions = builder.emit(&node.name, kernel, vec![source])?;
    if let Some(values) = builder.result(node, 0) {
        let result = values_at(builder, node, lines, k, [source, Operand::Tensor(positions)])?;
        builder.bind(values, result);
    }
    if let Some(indices) = builder.result(node, 1) {
        builder.bind(indices, positions);
    }
    Ok(())
}

/// One where the first largest element is, zero elsewhere.
pub(super) fn hardmax(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let x = builder.input(node, 0)?;
    let dims = builder.dims(x);
    // Before set 13 all axes from the given one on were one.
    let [outer, len, inner] = if builder.graph.opset < 13 {
        let axis = builder.graph.axis(node, 1)?;
        [dims[..axis].iter().product(), dims[axis..].iter().product(), 1]
    } else {
        around(dims, builder.graph.axis(node, -1)?)
    };
    let kernel = TopK { element: builder.element(x), outer, len, inner, k: 1, largest: true };
    let source = builder.operand(node, x)?;
    let position = builder.emit(&node.name, kernel, vec![source])?;
    let values = builder.constant(Elements::F32(vec![0.0, 1.0]));
    let kernel = OneHot { outer, depth: len, inner };
    let result = builder.emit(&node.name, kernel, vec![Operand::Tensor(position), values])?;
    builder.bind(builder.output(node)?, result);
    Ok(())
}

pub(super) fn one_hot(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let (indices, values) = (builder.input(node, 0)?, builder.input(node, 2)?);
    let output = builder.output(node)?;
    let rank = builder.dims(output).len() as i64;
    let axis = node.attributes.int("axis").unwrap_or(-1);
    let axis = (if axis < 0 { axis + rank } else { axis }) as usize;
    let [outer, depth, inner] = around(builder.dims(output), axis);
    let mut positions = builder.operand(node, indices)?;
    if is_float(builder, indices) {
        let convert = Convert { op: ConvertOp::Truncate, len: outer * inner };
        positions = Operand::Tensor(builder.emit(&node.name, convert, vec![positions])?);
    }
    let reads = vec![positions, builder.operand(node, values)?];
    let result = builder.emit(&node.name, OneHot { outer, depth, inner }, reads)?;
    builder.bind(output, result);
    Ok(())
}

pub(super) fn cumsum(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let x = builder.input(node, 0)?;
    let dims = builder.dims(x);
    let axis = builder.graph.constant(node.input(1)).and_then(|axis| axis.to_i64().first().copied());
    let axis = axis.map(|axis| if axis < 0 { axis + dims.len() as i64 } else { axis });
    let axis = axis.and_then(|axis| usize::try_from(axis).ok()).filter(|&axis| axis < dims.len());
    let axis = axis.ok_or_else(|| CompileError::unsupported(node, "its axis is not known, or not there"))?;
    let [outer, len, inner] = around(dims, axis);
    let flag = |name: &str| node.attributes.int(name).unwrap_or(0) != 0;
    let element = builder.element(x);
    let kernel = CumSum { element, outer, len, inner, exclusive: flag("exclusive"), reverse: flag("reverse") };
    let source = builder.operand(node, x)?;
    let result = builder.emit(&node.name, kernel, vec![source])?;
    builder.bind(builder.output(node)?, result);
    Ok(())
}

pub(super) fn trilu(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let x = builder.input(node, 0)?;
    let &[ref lead @ .., rows, columns] = builder.dims(x) else {
        return Err(CompileError::unsupported(node, "an operand that is no matrix"));
    };
    let diagonal = builder.graph.constant(node.input(1)).map(Tensor::to_i64).unwrap_or_default();
    // Beyond either corner nothing changes any more.
    let limit = (rows + columns) as i64;
    let diagonal = diagonal.first().map_or(0, |&k| k.clamp(-limit, limit)) as i32;
    let upper = node.attributes.int("upper").unwrap_or(1) != 0;
    let source = builder.operand(node, x)?;
    let kernel = Trilu { batch: lead.iter().product(), rows, columns, diagonal, upper };
    let result = builder.emit(&node.name, kernel, vec![source])?;
    builder.bind(builder.output(node)?, result);
    Ok(())
}

//! `Softmax` and `LogSoftmax`.

use darkroom_graph::Node;
use darkroom_kernels::Element;
use darkroom_kernels::pointwise::{Binary, BinaryOp};
use darkroom_kernels::reduce::{Reduce, ReduceOp};
use darkroom_kernels::softmax::Softmax;

use super::padded;
use crate::CompileError;
use crate::builder::{Builder, Operand, TensorId};

/// (elements before, along, behind) the axis; up to opset 12 all axes from the named one on are one.
fn extents(builder: &Builder<'_>, node: &Node) -> Result<[usize; 3], CompileError> {
    let dims = builder.dims(builder.input(node, 0)?);
    let flattens = builder.graph.opset < 13;
    let axis = builder.graph.axis(node, if flattens { 1 } else { -1 })?;
    let end = if flattens { dims.len() } else { axis + 1 };
    Ok([&dims[..axis], &dims[axis..end], &dims[end..]].map(|dims| dims.iter().product()))
}

pub(super) fn softmax(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let [outer, len, inner] = extents(builder, node)?;
    let source = builder.operand(node, builder.input(node, 0)?)?;
    let result = builder.emit(&node.name, Softmax { outer, len, inner }, vec![source])?;
    builder.bind(builder.output(node)?, result);
    Ok(())
}

pub(super) fn log_softmax(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let source = builder.operand(node, builder.input(node, 0)?)?;
    let result = log_of(builder, node, source, extents(builder, node)?)?;
    builder.bind(builder.output(node)?, result);
    Ok(())
}

/// x less the logarithm of the sum of exponentials: the logarithm of a softmax would lose small values.
pub(super) fn log_of(
    builder: &mut Builder<'_>,
    node: &Node,
    source: Operand,
    [outer, len, inner]: [usize; 3],
) -> Result<TensorId, CompileError> {
    let reduce = Reduce { op: ReduceOp::LogSumExp, element: Element::F32, outer, len, inner, last: false };
    let sum = builder.emit(&node.name, reduce, vec![source])?;
    let (a, b) = (padded(node, &[outer, len, inner])?, padded(node, &[outer, 1, inner])?);
    let kernel = Binary { op: BinaryOp::Sub, element: Element::F32, a, b };
    builder.emit(&node.name, kernel, vec![source, Operand::Tensor(sum)])
}

//! Sums, extrema and their positions along axes.

use darkroom_graph::{Node, ValueId};
use darkroom_kernels::copy::{Copy, View};
use darkroom_kernels::reduce::{Reduce, ReduceOp};
use darkroom_kernels::{Element, Elements, RANK};

use super::padded;
use crate::CompileError;
use crate::builder::{Builder, Operand, TensorId};

/// Any `Reduce...`.
pub(super) fn reduce(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let op = match node.op.as_str() {
        "ReduceSum" => ReduceOp::Sum,
        "ReduceMean" => ReduceOp::Mean,
        "ReduceMax" => ReduceOp::Max,
        "ReduceMin" => ReduceOp::Min,
        "ReduceProd" => ReduceOp::Prod,
        "ReduceL1" => ReduceOp::L1,
        "ReduceL2" => ReduceOp::L2,
        "ReduceSumSquare" => ReduceOp::SumSquare,
        "ReduceLogSum" => ReduceOp::LogSum,
        "ReduceLogSumExp" => ReduceOp::LogSumExp,
        _ => return Err(CompileError::unsupported(node, "it sums nothing up")),
    };
    let axes = builder.graph.reduction(node)?.axes;
    let x = builder.input(node, 0)?;
    let result = along(builder, node, x, op, &axes, false)?;
    builder.bind(builder.output(node)?, result);
    Ok(())
}

/// `ArgMax` and `ArgMin`.
pub(super) fn argument(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let op = if node.op == "ArgMax" { ReduceOp::ArgMax } else { ReduceOp::ArgMin };
    let axis = builder.graph.axis(node, 0)?;
    let last = node.attributes.int("select_last_index").unwrap_or(0) != 0;
    let x = builder.input(node, 0)?;
    let result = along(builder, node, x, op, &[axis], last)?;
    builder.bind(builder.output(node)?, result);
    Ok(())
}

/// `x` reduced along sorted `axes`. Axes that do not lie side by side are brought together first.
pub(super) fn along(
    builder: &mut Builder<'_>,
    node: &Node,
    x: ValueId,
    op: ReduceOp,
    axes: &[usize],
    last: bool,
) -> Result<TensorId, CompileError> {
    let (dims, element) = (builder.dims(x), builder.element(x));
    let mut operand = builder.operand(node, x)?;
    let size = |axes: &mut dyn Iterator<Item = usize>| axes.map(|axis| dims[axis]).product::<usize>();
    let len = size(&mut axes.iter().copied());
    // Axes of one between two reduced ones do not part them.
    let together = match (axes.first(), axes.last()) {
        (Some(&first), Some(&end)) => (first..=end).all(|axis| axes.contains(&axis) || dims[axis] == 1),
        _ => true,
    };
    let (outer, inner) = match (axes.first(), axes.last()) {
        (Some(&first), Some(&end)) if together => (size(&mut (0..first)), size(&mut (end + 1..dims.len()))),
        _ => (size(&mut (0..dims.len()).filter(|axis| !axes.contains(axis))), 1),
    };
    if !together {
        let order: Vec<usize> =
            (0..dims.len()).filter(|axis| !axes.contains(axis)).chain(axes.iter().copied()).collect();
        operand = Operand::Tensor(permuted(builder, node, (operand, dims), &order)?);
    }
    if len == 0 {
        return nothing(builder, node, op, (element, outer * inner));
    }
    builder.emit(&node.name, Reduce { op, element, outer, len, inner, last }, vec![operand])
}

/// `count` times what a reduction of no element gives.
fn nothing(
    builder: &mut Builder<'_>,
    node: &Node,
    op: ReduceOp,
    (element, count): (Element, usize),
) -> Result<TensorId, CompileError> {
    let (float, int) = match op {
        ReduceOp::Max => (f32::NEG_INFINITY, i32::MIN),
        ReduceOp::Min => (f32::INFINITY, i32::MAX),
        ReduceOp::LogSum | ReduceOp::LogSumExp => (f32::NEG_INFINITY, 0),
        ReduceOp::Prod => (1.0, 1),
        ReduceOp::Mean => (f32::NAN, 0),
        ReduceOp::ArgMax | ReduceOp::ArgMin => {
            return Err(CompileError::unsupported(node, "the position of an extremum among no elements"));
        }
        _ => (0.0, 0),
    };
    builder.afford(node, count)?;
    let values = match element {
        Element::F32 => Elements::F32(vec![float; count]),
        _ => Elements::I32(vec![int; count]),
    };
    let constant = builder.constant(values);
    builder.emit(&node.name, super::whole(padded(node, &[count])?), vec![constant])
}

/// A tensor of `dims` with its axes in another order.
pub(super) fn permuted(
    builder: &mut Builder<'_>,
    node: &Node,
    (operand, dims): (Operand, &[usize]),
    order: &[usize],
) -> Result<TensorId, CompileError> {
    let whole = View::contiguous(padded(node, dims)?);
    let lead = RANK - dims.len();
    let mut source = whole;
    for (axis, &from) in order.iter().enumerate() {
        source.strides[lead + axis] = whole.strides[lead + from];
    }
    let dims = padded(node, &order.iter().map(|&axis| dims[axis]).collect::<Vec<_>>())?;
    builder.emit(&node.name, Copy { dims, source, destination: View::contiguous(dims) }, vec![operand])
}

//! `LayerNormalization` and `RMSNormalization`.

use darkroom_graph::Node;
use darkroom_kernels::layer_norm::LayerNorm;
use darkroom_kernels::pointwise::{Binary, BinaryOp, Unary, UnaryOp};
use darkroom_kernels::reduce::{Reduce, ReduceOp};
use darkroom_kernels::{Element, Elements, RANK};

use super::{binary, padded};
use crate::CompileError;
use crate::builder::{Builder, Operand};

pub(super) fn layer_norm(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let (x, scale) = (builder.input(node, 0)?, builder.input(node, 1)?);
    let axis = builder.graph.axis(node, -1)?;
    let dims = builder.dims(x);
    let (rows, len): (usize, usize) = (dims[..axis].iter().product(), dims[axis..].iter().product());
    let epsilon = node.attributes.float("epsilon").unwrap_or(1e-5);
    let rms = node.op == "RMSNormalization";
    let source = builder.operand(node, x)?;
    // A scale that is not one number an element of the row is multiplied behind it.
    let whole = |builder: &Builder<'_>, value| builder.dims(value).iter().product::<usize>() == len;
    let bias = node.input(2);
    let fits = whole(builder, scale) && bias.is_none_or(|bias| whole(builder, bias));
    let kernel = LayerNorm { rows, len, epsilon, rms, bias: fits && bias.is_some() };
    let mut reads = vec![source];
    if fits {
        for value in [Some(scale), bias].into_iter().flatten() {
            reads.push(builder.operand(node, value)?);
        }
    } else {
        builder.afford(node, len)?;
        reads.push(builder.constant(Elements::F32(vec![1.0; len])));
    }
    if let Some(output) = builder.result(node, 0) {
        let mut result = builder.emit(&node.name, kernel, reads)?;
        if !fits {
            result = binary::emit(builder, node, BinaryOp::Mul, (Operand::Tensor(result), x), scale)?;
            if let Some(bias) = bias {
                result = binary::emit(builder, node, BinaryOp::Add, (Operand::Tensor(result), x), bias)?;
            }
        }
        builder.bind(output, result);
    }
    statistics(builder, node, source, (rows, len), epsilon)
}

/// The optional results: the mean of each row and the inverse of its deviation.
fn statistics(
    builder: &mut Builder<'_>,
    node: &Node,
    x: Operand,
    (rows, len): (usize, usize),
    epsilon: f32,
) -> Result<(), CompileError> {
    let (mean, inverse) = (builder.result(node, 1), builder.result(node, 2));
    if mean.is_none() && inverse.is_none() {
        return Ok(());
    }
    let reduce = |op| Reduce { op, element: Element::F32, outer: rows, len, inner: 1, last: false };
    let mean_tensor = builder.emit(&node.name, reduce(ReduceOp::Mean), vec![x])?;
    if let Some(mean) = mean {
        builder.bind(mean, mean_tensor);
    }
    if let Some(inverse) = inverse {
        let (wide, narrow) = (padded(node, &[rows, len])?, padded(node, &[rows, 1])?);
        let operator = |op, a: [usize; RANK], b| Binary { op, element: Element::F32, a, b };
        let centre = operator(BinaryOp::Sub, wide, narrow);
        let centred = builder.emit(&node.name, centre, vec![x, Operand::Tensor(mean_tensor)])?;
        let square = operator(BinaryOp::Mul, wide, wide);
        let squared = builder.emit(&node.name, square, vec![Operand::Tensor(centred), Operand::Tensor(centred)])?;
        let variance = builder.emit(&node.name, reduce(ReduceOp::Mean), vec![Operand::Tensor(squared)])?;
        let epsilon = builder.constant(Elements::F32(vec![epsilon]));
        let shift = operator(BinaryOp::Add, narrow, [1; RANK]);
        let shifted = builder.emit(&node.name, shift, vec![Operand::Tensor(variance), epsilon])?;
        let root = builder.emit(&node.name, Unary { op: UnaryOp::Sqrt, len: rows }, vec![Operand::Tensor(shifted)])?;
        let result =
            builder.emit(&node.name, Unary { op: UnaryOp::Reciprocal, len: rows }, vec![Operand::Tensor(root)])?;
        builder.bind(inverse, result);
    }
    Ok(())
}

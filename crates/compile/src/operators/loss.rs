//! The losses of classifiers.

use darkroom_graph::ValueId;
use darkroom_kernels::nll::Nll;
use darkroom_kernels::pointwise::{Binary, BinaryOp};
use darkroom_kernels::reduce::{Reduce, ReduceOp};
use darkroom_kernels::{Element, Elements, RANK};

use super::around;
use super::softmax::log_of;
use crate::CompileError;
use crate::builder::{Builder, Operand};

pub(super) fn negative_log_likelihood(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let x = builder.input(node, 0)?;
    let scores = builder.operand(node, x)?;
    let output = builder.output(node)?;
    loss(builder, index, scores, output)
}

pub(super) fn softmax_cross_entropy(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let x = builder.input(node, 0)?;
    let scores = builder.operand(node, x)?;
    let likelihood = log_of(builder, node, scores, around(builder.dims(x), 1))?;
    if let Some(result) = builder.result(node, 1) {
        builder.bind(result, likelihood);
    }
    let output = builder.output(node)?;
    loss(builder, index, Operand::Tensor(likelihood), output)
}

/// The reduced negative log-likelihood of operand 1, given the logarithms of probabilities in the
/// shape of operand 0.
fn loss(builder: &mut Builder<'_>, index: usize, scores: Operand, output: ValueId) -> Result<(), CompileError> {
    let node = builder.node(index);
    let (x, targets) = (builder.input(node, 0)?, builder.input(node, 1)?);
    let [batch, classes, inner] = around(builder.dims(x), 1);
    let count = batch * inner;
    if builder.dims(targets).iter().product::<usize>() != count {
        return Err(CompileError::unsupported(node, "targets that do not fit the scores"));
    }
    let ignored = node.attributes.int("ignore_index").map(i32::try_from).transpose();
    let ignored = ignored.map_err(|_| CompileError::unsupported(node, "an ignored index beyond 32 bits"))?;
    let targets = builder.operand(node, targets)?;
    let weights = match node.input(2) {
        Some(weights) => builder.operand(node, weights)?,
        None => {
            builder.afford(node, classes)?;
            builder.constant(Elements::F32(vec![1.0; classes]))
        }
    };
    let kernel = |weight| Nll { batch, classes, inner, ignored, weight };
    let losses = builder.emit(&node.name, kernel(false), vec![scores, targets, weights])?;
    let sum = Reduce { op: ReduceOp::Sum, element: Element::F32, outer: 1, len: count, inner: 1, last: false };
    let result = match node.attributes.string("reduction") {
        Some("none") => losses,
        Some("sum") => builder.emit(&node.name, sum, vec![Operand::Tensor(losses)])?,
        None | Some("mean") => {
            let total = builder.emit(&node.name, sum.clone(), vec![Operand::Tensor(losses)])?;
            let shares = builder.emit(&node.name, kernel(true), vec![targets, weights])?;
            let share = builder.emit(&node.name, sum, vec![Operand::Tensor(shares)])?;
            let divide = Binary { op: BinaryOp::Div, element: Element::F32, a: [1; RANK], b: [1; RANK] };
            builder.emit(&node.name, divide, vec![Operand::Tensor(total), Operand::Tensor(share)])?
        }
        Some(other) => return Err(CompileError::unsupported(node, format!("the reduction {other}"))),
    };
    builder.bind(output, result);
    Ok(())
}

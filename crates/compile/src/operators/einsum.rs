//! `Einsum`: operands are brought to (batch, rows, sum) and multiplied as matrices, two at a time.

use darkroom_graph::{Einsum, Node};
use darkroom_kernels::RANK;
use darkroom_kernels::copy::{Copy, View};
use darkroom_kernels::matmul::{MatMul, Right};
use darkroom_kernels::reduce::{Reduce, ReduceOp};

use super::padded;
use crate::CompileError;
use crate::builder::{Builder, Operand};

/// An operand under way: its data, and the label and extent of each axis.
struct Term {
    operand: Operand,
    labels: Vec<usize>,
    dims: Vec<usize>,
}

pub(super) fn einsum(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let Einsum { operands, result, sizes, .. } = builder.graph.einsum(node)?;
    if builder.element(builder.output(node)?) != darkroom_kernels::Element::F32 {
        return Err(CompileError::unsupported(node, "sums of integers"));
    }
    let mut terms = Vec::with_capacity(operands.len());
    for (index, labels) in operands.into_iter().enumerate() {
        let value = builder.input(node, index)?;
        let term = Term { operand: builder.operand(node, value)?, dims: builder.dims(value).to_vec(), labels };
        terms.push(diagonal(builder, node, term)?);
    }
    let mut terms = terms.into_iter();
    let mut left = terms.next().ok_or_else(|| CompileError::unsupported(node, "no operand"))?;
    let rest: Vec<Term> = terms.collect();
    for (index, right) in rest.iter().enumerate() {
        let later =
            |label: usize| result.contains(&label) || rest[index + 1..].iter().any(|term| term.labels.contains(&label));
        left = product(builder, node, &left, right, &sizes, &later)?;
    }
    let left = summed(builder, node, left, &|label| result.contains(&label))?;
    let end = arranged(builder, node, &left, &result, &sizes)?;
    builder.bind(builder.output(node)?, end);
    Ok(())
}

/// An axis that occurs twice is walked along its diagonal.
fn diagonal(builder: &mut Builder<'_>, node: &Node, term: Term) -> Result<Term, CompileError> {
    let mut labels: Vec<usize> = Vec::new();
    for &label in &term.labels {
        if !labels.contains(&label) {
            labels.push(label);
        }
    }
    if labels.len() == term.labels.len() {
        return Ok(term);
    }
    let whole = View::contiguous(padded(node, &term.dims)?);
    let lead = RANK - term.dims.len();
    let extent = |label: &usize| term.labels.iter().position(|known| known == label).map_or(1, |axis| term.dims[axis]);
    let dims: Vec<usize> = labels.iter().map(extent).collect();
    let mut source = View { strides: [0; RANK], ..whole };
    for (axis, label) in term.labels.iter().enumerate() {
        if let Some(place) = labels.iter().position(|known| known == label) {
            source.strides[RANK - labels.len() + place] += whole.strides[lead + axis];
        }
    }
    let shape = padded(node, &dims)?;
    let copy = Copy { dims: shape, source, destination: View::contiguous(shape) };
    let operand = Operand::Tensor(builder.emit(&node.name, copy, vec![term.operand])?);
    Ok(Term { operand, labels, dims })
}

/// A term without the labels that nothing needs any more.
fn summed(
    builder: &mut Builder<'_>,
    node: &Node,
    term: Term,
    needed: &dyn Fn(usize) -> bool,
) -> Result<Term, CompileError> {
    let (kept, dropped): (Vec<usize>, Vec<usize>) = (0..term.labels.len()).partition(|&axis| needed(term.labels[axis]));
    if dropped.is_empty() {
        return Ok(term);
    }
    let order: Vec<usize> = kept.iter().chain(&dropped).copied().collect();
    let together = super::reduction::permuted(builder, node, (term.operand, &term.dims), &order)?;
    let size = |axes: &[usize]| axes.iter().map(|&axis| term.dims[axis]).product();
    let element = darkroom_kernels::Element::F32;
    let kernel = Reduce { op: ReduceOp::Sum, element, outer: size(&kept), len: size(&dropped), inner: 1, last: false };
    let operand = Operand::Tensor(builder.emit(&node.name, kernel, vec![Operand::Tensor(together)])?);
    let pick = |from: &[usize]| kept.iter().map(|&axis| from[axis]).collect();
    Ok(Term { operand, labels: pick(&term.labels), dims: pick(&term.dims) })
}

/// The tensor with exactly these labels in this order; an extent of one is repeated to the label's size.
fn arranged(
    builder: &mut Builder<'_>,
    node: &Node,
    term: &Term,
    labels: &[usize],
    sizes: &[usize],
) -> Result<usize, CompileError> {
    let dims: Vec<usize> = labels.iter().map(|&label| sizes[label]).collect();
    if let (true, Operand::Tensor(tensor)) = (labels == term.labels && dims == term.dims, term.operand) {
        return Ok(tensor);
    }
    let whole = View::contiguous(padded(node, &term.dims)?);
    let mut source = View { strides: [0; RANK], ..whole };
    for (axis, &label) in labels.iter().enumerate() {
        if let Some(from) = term.labels.iter().position(|&known| known == label) {
            source.strides[RANK - labels.len() + axis] = whole.strides[RANK - term.dims.len() + from];
        }
    }
    let shape = padded(node, &dims)?;
    builder.emit(&node.name, Copy { dims: shape, source, destination: View::contiguous(shape) }, vec![term.operand])
}

/// Two terms multiplied and summed over what only they share: a batch of matrix products.
fn product(
    builder: &mut Builder<'_>,
    node: &Node,
    left: &Term,
    right: &Term,
    sizes: &[usize],
    later: &dyn Fn(usize) -> bool,
) -> Result<Term, CompileError> {
    let shared = |label: &usize| left.labels.contains(label) && right.labels.contains(label);
    let take = |term: &Term, wanted: &dyn Fn(&usize) -> bool| -> Vec<usize> {
        term.labels.iter().copied().filter(|label| wanted(label)).collect()
    };
    let batch = take(left, &|label| shared(label) && later(*label));
    let sum = take(left, &|label| shared(label) && !later(*label));
    let (rows, columns) = (take(left, &|label| !shared(label)), take(right, &|label| !shared(label)));
    let size = |labels: &[usize]| labels.iter().map(|&label| sizes[label]).product::<usize>();
    let a = arranged(builder, node, left, &[&batch[..], &rows, &sum].concat(), sizes)?;
    let b = arranged(builder, node, right, &[&batch[..], &columns, &sum].concat(), sizes)?;
    let product = MatMul::plain(size(&rows), size(&sum), size(&columns));
    let kernel = MatMul { b: Right::Transposed, ..product.batched(size(&batch)) };
    let operand = Operand::Tensor(builder.emit(&node.name, kernel, vec![Operand::Tensor(a), Operand::Tensor(b)])?);
    let labels = [batch, rows, columns].concat();
    let dims = labels.iter().map(|&label| sizes[label]).collect();
    Ok(Term { operand, labels, dims })
}

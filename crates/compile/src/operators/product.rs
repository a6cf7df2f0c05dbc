//! Matrix products.

use darkroom_graph::ValueId;
use darkroom_kernels::matmul::{Addend, LEAD, MatMul, Right};
use darkroom_kernels::pointwise::{Binary, BinaryOp};
use darkroom_kernels::{Element, Elements, RANK};

use super::padded;
use crate::CompileError;
use crate::builder::{Builder, Operand};
use crate::weights::{self, weights};

/// `MatMul`, with a constant bias behind it.
pub(super) fn matmul(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let (a, b) = (builder.input(node, 0)?, builder.input(node, 1)?);
    let (a_dims, b_dims) = (builder.dims(a), builder.dims(b));
    // A vector is a row on the left and a column on the right.
    let (a_lead, m, k) = match a_dims {
        [lead @ .., m, k] => (lead, *m, *k),
        rest => (&[][..], 1, rest.iter().product()),
    };
    let (b_lead, n) = match b_dims {
        [lead @ .., _, n] => (lead, *n),
        _ => (&[][..], 1),
    };
    let mut end = builder.output(node)?;
    let first = builder.operand(node, a)?;
    let one_matrix = b_lead.iter().all(|&extent| extent == 1);
    let result = match weights(builder, b).filter(|_| one_matrix) {
        Some(weights) => {
            // One matrix for all: the rows of the whole batch are one matrix.
            let mut kernel = MatMul::plain(a_lead.iter().product::<usize>() * m, k, n);
            let bias = following_bias(builder, end, n);
            if let Some(bias) = &bias {
                builder.take(bias.index);
                end = bias.result;
            }
            let bias = bias.map(|bias| bias.values);
            let [weights, table] = weights.lend(|weights| kernel.pack(weights, false, bias.as_deref(), 1.0))?;
            let reads = vec![first, builder.constant(weights), builder.constant(table)];
            builder.emit(&node.name, kernel, reads)?
        }
        None => {
            let leads = joined(a_lead, b_lead).ok_or_else(|| {
                CompileError::unsupported(node, format!("a product of shapes {a_dims:?} and {b_dims:?}"))
            })?;
            let [a_lead, b_lead] = leads;
            let second = builder.operand(node, b)?;
            builder.emit(&node.name, MatMul { a_lead, b_lead, ..MatMul::plain(m, k, n) }, vec![first, second])?
        }
    };
    builder.bind(end, result);
    Ok(())
}

/// Leading extents of both operands in as many as the kernel walks: neighbours that are broadcast alike are
/// one. `None` where that leaves too many.
fn joined(a: &[usize], b: &[usize]) -> Option<[[usize; LEAD]; 2]> {
    let rank = a.len().max(b.len());
    let extent = |lead: &[usize], axis: usize| (axis + lead.len()).checked_sub(rank).map_or(1, |at| lead[at]);
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for axis in 0..rank {
        let (a, b) = (extent(a, axis), extent(b, axis));
        match pairs.last_mut() {
            _ if a == 1 && b == 1 => {}
            // Both run on, or the same one stands still.
            Some(last) if (last.0 == 1) == (a == 1) && (last.1 == 1) == (b == 1) => {
                *last = (last.0 * a, last.1 * b);
            }
            _ => pairs.push((a, b)),
        }
    }
    let missing = LEAD.checked_sub(pairs.len())?;
    pairs.splice(0..0, std::iter::repeat_n((1, 1), missing));
    let mut leads = [[1; LEAD]; 2];
    for (i, (a, b)) in pairs.into_iter().enumerate() {
        (leads[0][i], leads[1][i]) = (a, b);
    }
    Some(leads)
}

/// A constant added to each column of a product by the only node that reads it.
struct Bias {
    index: usize,
    values: Vec<f32>,
    result: ValueId,
}

fn following_bias(builder: &Builder<'_>, value: ValueId, n: usize) -> Option<Bias> {
    let index = builder.sole_consumer(value)?;
    let node = builder.node(index);
    let (a, b) = (node.input(0)?, node.input(1)?);
    let other = if a == value { b } else { a };
    let result = node.outputs.first().copied().flatten()?;
    let (dims, whole) = (builder.dims(other), builder.dims(value));
    let lead = dims.len().checked_sub(1)?;
    let a_row = dims[lead] == n && dims[..lead].iter().all(|&extent| extent == 1) && lead < whole.len();
    let fits = node.op == "Add" && whole.last() == Some(&n) && a_row && builder.dims(result) == whole;
    let values = weights::constant(builder, other).filter(|_| fits)?;
    Some(Bias { index, values, result })
}

pub(super) fn gemm(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let (a, b) = (builder.input(node, 0)?, builder.input(node, 1)?);
    let flag = |name: &str| node.attributes.int(name).unwrap_or(0) != 0;
    let factor = |name: &str| node.attributes.float(name).unwrap_or(1.0);
    let output = builder.output(node)?;
    let &[m, n] = builder.dims(output) else {
        return Err(CompileError::unsupported(node, "a product that is no matrix"));
    };
    let k = builder.dims(a)[usize::from(!flag("transA"))];
    let (alpha, beta) = (factor("alpha"), factor("beta"));
    let mut kernel = MatMul { transpose_a: flag("transA"), ..MatMul::plain(m, k, n) };
    let addend = node.input(2);
    let mut reads = vec![builder.operand(node, a)?];
    let mut left = None;
    match weights(builder, b) {
        Some(weights) => {
            // What is the same for every row goes into the table of packed weights.
            let bias = addend.and_then(|c| row_of(builder, c, n));
            let bias = bias.map(|row| row.iter().map(|c| beta * c).collect::<Vec<_>>());
            let packed = weights.lend(|weights| kernel.pack(weights, flag("transB"), bias.as_deref(), alpha))?;
            reads.extend(packed.map(|elements| builder.constant(elements)));
            left = addend.filter(|_| bias.is_none());
        }
        None => {
            kernel.alpha = alpha;
            kernel.b = if flag("transB") { Right::Transposed } else { Right::Matrix };
            reads.push(builder.operand(node, b)?);
            if let Some(c) = addend {
                let [rows, columns] = match *builder.dims(c) {
                    [] => [1, 1],
                    [columns] => [1, columns],
                    [rows, columns] => [rows, columns],
                    ref dims => {
                        return Err(CompileError::unsupported(node, format!("a third operand of shape {dims:?}")));
                    }
                };
                kernel.addend = Some(Addend { rows: rows == m, columns: columns == n, beta });
                reads.push(builder.operand(node, c)?);
            }
        }
    }
    let mut result = builder.emit(&node.name, kernel, reads)?;
    if let Some(c) = left {
        let mut term = (builder.operand(node, c)?, padded(node, builder.dims(c))?);
        if beta != 1.0 {
            let factor = builder.constant(Elements::F32(vec![beta]));
            let scaled = Binary { op: BinaryOp::Mul, element: Element::F32, a: term.1, b: [1; RANK] };
            term.0 = Operand::Tensor(builder.emit(&node.name, scaled, vec![term.0, factor])?);
        }
        let sum = Binary { op: BinaryOp::Add, element: Element::F32, a: padded(node, &[m, n])?, b: term.1 };
        result = builder.emit(&node.name, sum, vec![Operand::Tensor(result), term.0])?;
    }
    builder.bind(output, result);
    Ok(())
}

/// A constant that adds the same row to every row of a matrix of n columns.
fn row_of(builder: &Builder<'_>, value: ValueId, n: usize) -> Option<Vec<f32>> {
    let values = weights::constant(builder, value)?;
    let one_row = matches!(builder.dims(value), [] | [_] | [1, _]);
    match values.as_slice() {
        &[one] => Some(vec![one; n]),
        row => (one_row && row.len() == n).then_some(values),
    }
}

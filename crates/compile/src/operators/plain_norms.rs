//! Normalisations without weights: `LRN`, `LpNormalization`, `MeanVarianceNormalization`.

use darkroom_kernels::layer_norm::LayerNorm;
use darkroom_kernels::lrn::Lrn;
use darkroom_kernels::pointwise::{Binary, BinaryOp};
use darkroom_kernels::reduce::{Reduce, ReduceOp};
use darkroom_kernels::{Element, Elements};

use super::reduction::permuted;
use super::{around, padded};
use crate::CompileError;
use crate::builder::{Builder, Operand};

pub(super) fn lrn(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let x = builder.input(node, 0)?;
    let dims = builder.dims(x);
    if dims.len() < 3 {
        return Err(CompileError::unsupported(node, format!("an operand of shape {dims:?} without spatial axes")));
    }
    let [batch, channels, inner] = around(dims, 1);
    let number = |name: &str, default: f32| node.attributes.float(name).unwrap_or(default);
    let size = node.attributes.int("size").and_then(|size| usize::try_from(size).ok()).unwrap_or(0);
    let (alpha, beta, bias) = (number("alpha", 1e-4), number("beta", 0.75), number("bias", 1.0));
    let source = builder.operand(node, x)?;
    let kernel = Lrn { batch, channels, inner, size, alpha, beta, bias };
    let result = builder.emit(&node.name, kernel, vec![source])?;
    builder.bind(builder.output(node)?, result);
    Ok(())
}

/// Each line divided by its 1-norm or 2-norm.
pub(super) fn lp(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let x = builder.input(node, 0)?;
    let [outer, len, inner] = around(builder.dims(x), builder.graph.axis(node, -1)?);
    let op = match node.attributes.int("p").unwrap_or(2) {
        1 => ReduceOp::L1,
        2 => ReduceOp::L2,
        p => return Err(CompileError::unsupported(node, format!("the norm of p = {p}; 1 and 2 are known"))),
    };
    let source = builder.operand(node, x)?;
    let reduce = Reduce { op, element: Element::F32, outer, len, inner, last: false };
    let norm = builder.emit(&node.name, reduce, vec![source])?;
    let (a, b) = (padded(node, &[outer, len, inner])?, padded(node, &[outer, 1, inner])?);
    let divide = Binary { op: BinaryOp::Div, element: Element::F32, a, b };
    let result = builder.emit(&node.name, divide, vec![source, Operand::Tensor(norm)])?;
    builder.bind(builder.output(node)?, result);
    Ok(())
}

/// Mean 0 and variance 1 over the named axes, which become the rows of a layer normalisation.
pub(super) fn mean_variance(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let x = builder.input(node, 0)?;
    let dims = builder.dims(x);
    let rank = dims.len();
    let wanted = node.attributes.ints("axes").unwrap_or(&[0, 2, 3]);
    let normal = |&axis: &i64| usize::try_from(if axis < 0 { axis + rank as i64 } else { axis }).ok();
    let mut axes: Vec<usize> = wanted.iter().filter_map(normal).filter(|&axis| axis < rank).collect();
    axes.sort_unstable();
    axes.dedup();
    if axes.len() != wanted.len() {
        return Err(CompileError::unsupported(node, format!("the axes {wanted:?} of a tensor with {rank} axes")));
    }
    let order: Vec<usize> = (0..rank).filter(|axis| !axes.contains(axis)).chain(axes.iter().copied()).collect();
    let mut back = vec![0; rank];
    order.iter().enumerate().for_each(|(place, &axis)| back[axis] = place);
    let turned: Vec<usize> = order.iter().map(|&axis| dims[axis]).collect();
    let len: usize = axes.iter().map(|&axis| dims[axis]).product();
    let rows = dims.iter().product::<usize>() / len.max(1);
    let source = builder.operand(node, x)?;
    let rows_first = permuted(builder, node, (source, dims), &order)?;
    builder.afford(node, len)?;
    let ones = builder.constant(Elements::F32(vec![1.0; len]));
    // The function of the specification adds 1e-9 to the deviation.
    let kernel = LayerNorm { rows, len, epsilon: 1e-18, rms: false, bias: false };
    let normal = builder.emit(&node.name, kernel, vec![Operand::Tensor(rows_first), ones])?;
    let result = permuted(builder, node, (Operand::Tensor(normal), &turned), &back)?;
    builder.bind(builder.output(node)?, result);
    Ok(())
}

//! One file a family of ONNX operators: which kernels compute it, and what they take in with it.

mod activation;
mod attention;
mod binary;
mod convolution;
mod determinant;
mod doubled;
mod einsum;
mod follower;
mod fourier;
mod indexing;
mod layer_norm;
mod loss;
mod normalisation;
mod ordering;
mod placing;
mod plain_norms;
mod pooling;
mod product;
mod quantisation;
mod rearranging;
mod recurrent;
mod reduction;
mod resize;
mod rotary;
mod sampling;
mod shaping;
mod softmax;
mod table;
mod unary;
mod unpooling;

use darkroom_kernels::RANK;

pub(crate) use shaping::whole;
pub use table::{OPERATORS, Operator};

use crate::CompileError;
use crate::builder::Builder;

/// Lowers the node at `index`, which no earlier kernel has taken in.
pub(crate) fn lower(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let operator = OPERATORS.iter().find(|operator| operator.name == node.op);
    match operator.and_then(|operator| operator.lower) {
        Some(lower) => lower(builder, index),
        None if operator.is_some() => {
            Err(CompileError::unsupported(node, "its operands must be known before the run, so that it can be folded"))
        }
        None => Err(CompileError::unsupported(node, "no kernel computes it yet")),
    }
}

/// Dimensions led by ones up to the rank that the strided kernels walk.
fn padded(node: &darkroom_graph::Node, dims: &[usize]) -> Result<[usize; RANK], CompileError> {
    let lead = RANK
        .checked_sub(dims.len())
        .ok_or_else(|| CompileError::unsupported(node, format!("a tensor of {} axes; at most {RANK}", dims.len())))?;
    let mut result = [1; RANK];
    result[lead..].copy_from_slice(dims);
    Ok(result)
}

/// The product of the axes before `axis`, its extent, and the product of the axes after.
fn around(dims: &[usize], axis: usize) -> [usize; 3] {
    [dims[..axis].iter().product(), dims[axis], dims[axis + 1..].iter().product()]
}

/// Up to three spatial extents as depth, height, width, led by `fill`.
fn spatial(sizes: &[usize], fill: usize) -> [usize; 3] {
    let mut result = [fill; 3];
    let lead = 3 - sizes.len().min(3);
    for (slot, &size) in result[lead..].iter_mut().zip(sizes) {
        *slot = size;
    }
    result
}

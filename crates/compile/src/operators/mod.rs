//! One file a family of ONNX operators: which kernels compute it, and what they take in with it.

mod activation;
mod attention;
mod convolution;
mod elementwise;
mod follower;
mod normalisation;
mod product;
mod resize;
mod shaping;

use darkroom_kernels::RANK;

pub(crate) use shaping::whole;

use crate::CompileError;
use crate::builder::Builder;

/// Lowers the node at `index`, which no earlier kernel has taken in.
pub(crate) fn lower(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    match node.op.as_str() {
        "Conv" => convolution::conv(builder, index),
        "ConvTranspose" => convolution::conv_transpose(builder, node),
        "BatchNormalization" => normalisation::batch(builder, index),
        "InstanceNormalization" | "GroupNormalization" => normalisation::grouped(builder, index),
        "Mul" if normalisation::modulates(builder, node)? => normalisation::modulate(builder, index),
        "Add" | "Sub" | "Mul" | "Div" | "Min" | "Max" | "Pow" | "PRelu" => elementwise::binary(builder, node),
        "Concat" => shaping::concat(builder, node),
        "Slice" => shaping::slice(builder, node),
        "Transpose" => shaping::transpose(builder, node),
        "Pad" => shaping::pad(builder, node),
        // float16 and double tensors are float32 inside, so a cast between floats renames.
        "Reshape" | "Flatten" | "Squeeze" | "Unsqueeze" | "Cast" => shaping::rename(builder, node),
        "Resize" => resize::resize(builder, node),
        "Softmax" => product::softmax(builder, node),
        "MatMul" => product::matmul(builder, node),
        "Gemm" => product::gemm(builder, node),
        "Attention" => attention::attention(builder, node),
        // Dequantised where it is read.
        "DequantizeLinear" if builder.is_ready(builder.output(node)?) => Ok(()),
        _ => elementwise::unary(builder, node),
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

/// Up to three spatial extents as depth, height, width, led by `fill`.
fn spatial(sizes: &[usize], fill: usize) -> [usize; 3] {
    let mut result = [fill; 3];
    let lead = 3 - sizes.len().min(3);
    for (slot, &size) in result[lead..].iter_mut().zip(sizes) {
        *slot = size;
    }
    result
}

//! `Conv` and `ConvTranspose`, with the residual sum and the activation behind them.

use darkroom_graph::{Node, ValueId, Window};
use darkroom_kernels::conv::Conv;
use darkroom_kernels::conv_transpose::ConvTranspose;
use darkroom_kernels::{Elements, WeightKind};

use super::follower::follower;
use super::{activation, spatial};
use crate::CompileError;
use crate::builder::{Builder, Operand};
use crate::weights::{Weights, weights};

pub(super) fn conv(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let sum = follower(builder, builder.output(node)?, "Add");
    let ready = sum.as_ref().is_none_or(|sum| builder.is_ready(sum.other));
    if let Some(sum) = sum.as_ref().filter(|_| !ready)
        && builder.put_off(index, sum.index)
    {
        return Ok(());
    }
    let sum = sum.filter(|_| ready);
    let (x, w) = (builder.input(node, 0)?, builder.input(node, 1)?);
    let (x_dims, w_dims) = (builder.dims(x), builder.dims(w));
    let window = Window::conv(node, &x_dims[2..], &w_dims[2..])?;
    let weights =
        weights(builder, w).ok_or_else(|| CompileError::unsupported(node, "weights that are not constant"))?;
    let end = match &sum {
        Some(sum) => {
            builder.take(sum.index);
            sum.result
        }
        None => builder.output(node)?,
    };
    let (activation, value) = activation::follow(builder, end);
    let mut kernel = Conv {
        batch: x_dims[0],
        in_channels: x_dims[1],
        out_channels: w_dims[0],
        groups: groups(node),
        in_size: spatial(&x_dims[2..], 1),
        kernel: spatial(&window.kernel, 1),
        stride: spatial(&window.stride, 1),
        dilation: spatial(&window.dilation, 1),
        pad_begin: spatial(&window.pad_begin, 0),
        pad_end: spatial(&window.pad_end, 0),
        weights: WeightKind::F32,
        residual: sum.is_some(),
        activation,
    };
    let bias = bias(builder, node)?;
    let (packed, table) = match weights.along(0, w_dims) {
        Weights::Int8 { values, scales, .. } => {
            kernel.weights = WeightKind::Int8;
            (kernel.pack_int8(values)?, kernel.scale_bias(Some(&scales), bias.as_deref())?)
        }
        Weights::F32(values) => (kernel.pack(&values)?, kernel.scale_bias(None, bias.as_deref())?),
    };
    let mut reads = operands(builder, node, x, packed, table)?;
    if let Some(sum) = sum {
        reads.push(builder.operand(node, sum.other)?);
    }
    let result = builder.emit(&node.name, kernel, reads)?;
    builder.bind(value, result);
    Ok(())
}

pub(super) fn conv_transpose(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let (x, w) = (builder.input(node, 0)?, builder.input(node, 1)?);
    let (x_dims, w_dims) = (builder.dims(x), builder.dims(w));
    let groups = groups(node);
    let window = Window::conv_transpose(node, &x_dims[2..], &w_dims[2..])?;
    let weights =
        weights(builder, w).ok_or_else(|| CompileError::unsupported(node, "weights that are not constant"))?;
    let (activation, value) = activation::follow(builder, builder.output(node)?);
    let mut kernel = ConvTranspose {
        batch: x_dims[0],
        in_channels: x_dims[1],
        out_channels: w_dims[1] * groups,
        groups,
        in_size: spatial(&x_dims[2..], 1),
        kernel: spatial(&window.kernel, 1),
        stride: spatial(&window.stride, 1),
        dilation: spatial(&window.dilation, 1),
        pad_begin: spatial(&window.pad_begin, 0),
        pad_end: spatial(&window.pad_end, 0),
        output_padding: output_padding(&window, &x_dims[2..]),
        weights: WeightKind::F32,
        activation,
    };
    let bias = bias(builder, node)?;
    // ONNX quantises along axis 1, the outputs of one group; each group repeats the scales.
    let (packed, table) = match weights.along(1, w_dims) {
        Weights::Int8 { values, scales, .. } => {
            kernel.weights = WeightKind::Int8;
            (kernel.pack_int8(values)?, kernel.scale_bias(Some(&scales.repeat(groups)), bias.as_deref())?)
        }
        Weights::F32(values) => (kernel.pack(&values)?, kernel.scale_bias(None, bias.as_deref())?),
    };
    let reads = operands(builder, node, x, packed, table)?;
    let result = builder.emit(&node.name, kernel, reads)?;
    builder.bind(value, result);
    Ok(())
}

fn operands(
    builder: &mut Builder<'_>,
    node: &Node,
    x: ValueId,
    packed: Elements,
    table: Elements,
) -> Result<Vec<Operand>, CompileError> {
    Ok(vec![builder.operand(node, x)?, builder.constant(packed), builder.constant(table)])
}

fn groups(node: &Node) -> usize {
    // Shape inference has checked that it is at least one.
    node.attributes.int("group").and_then(|groups| usize::try_from(groups).ok()).unwrap_or(1)
}

fn bias(builder: &Builder<'_>, node: &Node) -> Result<Option<Vec<f32>>, CompileError> {
    let Some(bias) = node.input(2) else { return Ok(None) };
    let values = crate::weights::constant(builder, bias);
    values.map(Some).ok_or_else(|| CompileError::unsupported(node, "a bias that is not constant"))
}

/// What is missing between the natural extent and the window's output; zero or more on each axis.
fn output_padding(window: &Window, x: &[usize]) -> [usize; 3] {
    let natural =
        |axis: usize| (x[axis] - 1) * window.stride[axis] + (window.kernel[axis] - 1) * window.dilation[axis] + 1;
    let cut = |axis: usize| window.pad_begin[axis] + window.pad_end[axis];
    let extra: Vec<usize> =
        (0..x.len()).map(|axis| (window.output[axis] + cut(axis)).saturating_sub(natural(axis))).collect();
    spatial(&extra, 0)
}

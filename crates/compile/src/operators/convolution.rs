//! `Conv` and `ConvTranspose`, with the residual sum and the activation behind them.

use darkroom_graph::{Node, ValueId, Window};
use darkroom_kernels::conv::Conv;
use darkroom_kernels::conv_transpose::ConvTranspose;
use darkroom_kernels::copy::{Copy, View};
use darkroom_kernels::{Arrangement, Elements, WeightKind};

use super::follower::follower;
use super::{activation, spatial, whole};
use crate::CompileError;
use crate::builder::{Builder, Operand};
use crate::weights::weights;

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
    let mut reads = vec![builder.operand(node, x)?];
    reads.extend(match weights(builder, w) {
        Some(weights) => {
            let bias = constant_bias(builder, node);
            let packed = weights.lend(|weights| kernel.pack(weights, bias.as_deref()))?;
            packed_operands(builder, node, packed, kernel.arrangement().biases, bias.is_some())?
        }
        None => arranged_operands(builder, node, w, kernel.out_channels, || kernel.arrangement())?,
    });
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
    let mut reads = vec![builder.operand(node, x)?];
    reads.extend(match weights(builder, w) {
        Some(weights) => {
            let bias = constant_bias(builder, node);
            let packed = weights.lend(|weights| kernel.pack(weights, bias.as_deref()))?;
            packed_operands(builder, node, packed, kernel.arrangement().biases, bias.is_some())?
        }
        None => arranged_operands(builder, node, w, kernel.out_channels, || kernel.arrangement())?,
    });
    let result = builder.emit(&node.name, kernel, reads)?;
    builder.bind(value, result);
    Ok(())
}

/// Weights and table of a kernel whose weights are constant. A bias that is not is copied into the table at
/// run time; the table of packed weights begins as [`Arrangement::table`] does.
pub(super) fn packed_operands(
    builder: &mut Builder<'_>,
    node: &Node,
    [weights, table]: [Elements; 2],
    biases: Vec<Copy>,
    has_bias: bool,
) -> Result<[Operand; 2], CompileError> {
    let weights = builder.constant(weights);
    let bias = node.input(2).filter(|_| !has_bias);
    let table = table_operand(builder, node, table, bias, biases)?;
    Ok([weights, table])
}

/// Output channels of weights that are packed at run time, at most: their table is made here, whatever the
/// shapes of a hostile model say.
const MOST_CHANNELS: usize = 1 << 16;

/// Weights and table of a kernel whose weights are packed at run time.
fn arranged_operands(
    builder: &mut Builder<'_>,
    node: &Node,
    w: ValueId,
    channels: usize,
    arrangement: impl FnOnce() -> Arrangement,
) -> Result<[Operand; 2], CompileError> {
    if channels > MOST_CHANNELS {
        let reason = format!("weights that are computed, of {channels} output channels; at most {MOST_CHANNELS}");
        return Err(CompileError::unsupported(node, reason));
    }
    let arrangement = arrangement();
    let source = builder.operand(node, w)?;
    let packed = builder.tensor(arrangement.weights.first().map_or(0, |copy| copy.destination.len));
    for copy in arrangement.weights {
        builder.emit_into(&node.name, copy, vec![source], packed)?;
    }
    let table = table_operand(builder, node, arrangement.table, node.input(2), arrangement.biases)?;
    Ok([Operand::Tensor(packed), table])
}

/// A table, with the biases that are not in it yet.
fn table_operand(
    builder: &mut Builder<'_>,
    node: &Node,
    table: Elements,
    bias: Option<ValueId>,
    biases: Vec<Copy>,
) -> Result<Operand, CompileError> {
    let len = table.len();
    let constant = builder.constant(table);
    let Some(bias) = bias else { return Ok(constant) };
    let tensor = builder.emit(&node.name, whole([1, 1, 1, 1, 1, len]), vec![constant])?;
    let source = builder.operand(node, bias)?;
    for copy in biases {
        // The table may be longer: scales of rows lie behind the biases.
        let destination = View { len, ..copy.destination };
        builder.emit_into(&node.name, Copy { destination, ..copy }, vec![source], tensor)?;
    }
    Ok(Operand::Tensor(tensor))
}

pub(super) fn groups(node: &Node) -> usize {
    // Shape inference has checked that it is at least one.
    node.attributes.int("group").and_then(|groups| usize::try_from(groups).ok()).unwrap_or(1)
}

pub(super) fn constant_bias(builder: &Builder<'_>, node: &Node) -> Option<Vec<f32>> {
    crate::weights::constant(builder, node.input(2)?)
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

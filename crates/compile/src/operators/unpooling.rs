//! The inverses of windows: `MaxUnpool` and `Col2Im`.

use darkroom_kernels::conv_transpose::ConvTranspose;
use darkroom_kernels::copy::{Copy, View};
use darkroom_kernels::indexed::{Indexed, Pick};
use darkroom_kernels::pad::{Pad, PadMode};
use darkroom_kernels::scatter::Scatter;
use darkroom_kernels::{Activation, Elements, RANK, WeightKind, Weights};

use super::{padded, spatial};
use crate::CompileError;
use crate::builder::{Builder, Operand};

/// Zeros, and each element where its index says; a larger shape that is asked for is filled up behind.
pub(super) fn max_unpool(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let (x, indices) = (builder.input(node, 0)?, builder.input(node, 1)?);
    let output = builder.output(node)?;
    let natural = builder.graph.unpooled(node)?;
    let (from, to) = (padded(node, &natural)?, padded(node, builder.dims(output))?);
    if from.iter().zip(to).any(|(&from, to)| from > to) || builder.dims(indices) != builder.dims(x) {
        let reason = format!("an output of shape {:?} for windows that fill {natural:?}", builder.dims(output));
        return Err(CompileError::unsupported(node, reason));
    }
    let len: usize = from.iter().product();
    let zero = builder.constant(Elements::F32(vec![0.0]));
    let source = View { len: 1, offset: 0, strides: [0; RANK] };
    let fill = Copy { dims: from, source, destination: View::contiguous(from) };
    let result = builder.emit(&node.name, fill, vec![zero])?;
    let count = builder.dims(x).iter().product();
    let to_place = Indexed {
        dims: [1, 1, 1, 1, 1, count],
        strides: [0; RANK],
        index_strides: [0, 0, 0, 0, 0, 1],
        picks: vec![Pick { extent: len, step: 1 }],
        tensor: len,
        indices: count,
    };
    let reads = vec![builder.operand(node, x)?, builder.operand(node, indices)?];
    builder.emit_into(&node.name, Scatter { to: to_place }, reads, result)?;
    let mut tensor = result;
    if from != to {
        let end = std::array::from_fn(|axis| to[axis] - from[axis]);
        let pad = Pad { dims: from, begin: [0; RANK], end, mode: PadMode::Constant(0) };
        tensor = builder.emit(&node.name, pad, vec![Operand::Tensor(result)])?;
    }
    builder.bind(output, tensor);
    Ok(())
}

/// A transposed convolution whose input channels are the taps of its output channels, one each.
pub(super) fn col2im(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let x = builder.input(node, 0)?;
    let output = builder.output(node)?;
    let (&[batch, in_channels, blocks], &[_, channels, ref image @ ..]) = (builder.dims(x), builder.dims(output))
    else {
        return Err(CompileError::unsupported(node, "an operand that is not (batch, channels and taps, blocks)"));
    };
    let refuse = |reason: &str| CompileError::unsupported(node, reason);
    let taps = builder.graph.constant(node.input(2)).map(darkroom_graph::Tensor::to_i64).unwrap_or_default();
    let numbers = |values: &[i64], default: usize, count: usize| -> Result<Vec<usize>, CompileError> {
        let values = if values.is_empty() { vec![default as i64; count] } else { values.to_vec() };
        // No tensor is longer, and sums and products of two fit 64 bits.
        let values: Option<Vec<usize>> = values.iter().map(|&n| i32::try_from(n).ok()?.try_into().ok()).collect();
        values.filter(|values| values.len() == count).ok_or_else(|| refuse("sizes that do not fit its axes"))
    };
    let axes = image.len();
    let attribute = |name: &str| node.attributes.ints(name).unwrap_or_default();
    let taps = numbers(&taps, 1, axes)?;
    let stride = numbers(attribute("strides"), 1, axes)?;
    let dilation = numbers(attribute("dilations"), 1, axes)?;
    let pads = numbers(attribute("pads"), 0, 2 * axes)?;
    if axes > 3 || stride.contains(&0) || taps.contains(&0) {
        return Err(refuse("more than three spatial axes, or a stride or block of zero"));
    }
    let (mut counts, mut padding) = (Vec::new(), Vec::new());
    for axis in 0..axes {
        let reach = (image[axis] + pads[axis] + pads[axes + axis])
            .checked_sub(dilation[axis] * (taps[axis] - 1) + 1)
            .ok_or_else(|| refuse("blocks larger than the image"))?;
        counts.push(reach / stride[axis] + 1);
        padding.push(reach % stride[axis]);
    }
    let all = counts.iter().try_fold(1_usize, |all, &count| all.checked_mul(count));
    if all != Some(blocks) {
        return Err(refuse(&format!("{blocks} blocks where {counts:?} fit")));
    }
    let size: usize = taps.iter().product();
    let mut kernel = ConvTranspose {
        batch,
        in_channels,
        out_channels: channels,
        groups: channels,
        in_size: spatial(&counts, 1),
        kernel: spatial(&taps, 1),
        stride: spatial(&stride, 1),
        dilation: spatial(&dilation, 1),
        pad_begin: spatial(&pads[..axes], 0),
        pad_end: spatial(&pads[axes..], 0),
        output_padding: spatial(&padding, 0),
        weights: WeightKind::F32,
        activation: Activation::None,
    };
    builder.afford(node, in_channels.saturating_mul(size))?;
    // Input channel t of a group feeds tap t alone.
    let one_tap: Vec<f32> = (0..in_channels * size).map(|n| f32::from(u8::from(n / size % size == n % size))).collect();
    let [weights, table] = kernel.pack(&Weights::F32(&one_tap), None)?;
    let reads = vec![builder.operand(node, x)?, builder.constant(weights), builder.constant(table)];
    let result = builder.emit(&node.name, kernel, reads)?;
    builder.bind(output, result);
    Ok(())
}

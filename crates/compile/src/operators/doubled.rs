//! A convolution of what nearest-neighbour resizing has doubled, as one transposed convolution of what was there.
//!
//! Every U-Net that upsamples by repetition convolves copies: along an axis, y\[o\] = sum over t of w\[t\] x\[(o + t - 1) div 2\].
//! Two of the three taps meet the same x, so the sum of their weights does for both: y is the transposed
//! convolution of x with kernel 4, stride 2 and pads of 1, whose taps are w2, w1 + w2, w0 + w1 and w0. That is 2 products an
//! axis in place of 3, and the doubled tensor, 4 or 8 times as large as x, is never written.

use std::ops::Range;

use darkroom_graph::{ElementType, Node, ValueId, Window};
use darkroom_kernels::conv_transpose::ConvTranspose;
use darkroom_kernels::sampling::Taps;
use darkroom_kernels::{WeightKind, Weights};

use super::convolution::{constant_bias, groups, packed_operands};
use super::{activation, spatial};
use crate::CompileError;
use crate::builder::Builder;
use crate::weights::is_constant;

/// Which taps of the convolution each of the four taps sums.
const SUMS: [Range<usize>; 4] = [2..3, 1..3, 0..2, 0..1];

/// Emits a resizing of `x` and the convolution that alone reads it as one kernel, if they are as this file says.
///
/// Weights narrower than float32 stay what they are, so their convolution does too.
pub(super) fn convolved(
    builder: &mut Builder<'_>,
    resize: &Node,
    x: ValueId,
    axes: &[Vec<Taps>],
) -> Result<bool, CompileError> {
    let doubled = builder.output(resize)?;
    let Some(index) = builder.sole_consumer(doubled) else { return Ok(false) };
    let conv = builder.node(index);
    let x_dims = builder.dims(x);
    if conv.op != "Conv"
        || conv.input(0) != Some(doubled)
        || !(3..=5).contains(&x_dims.len())
        || !are_doubled(axes, x_dims)
    {
        return Ok(false);
    }
    let w = builder.input(conv, 1)?;
    let w_dims = builder.dims(w);
    let window = Window::conv(conv, &builder.dims(doubled)[2..], &w_dims[2..])?;
    let ones = [&window.stride, &window.dilation, &window.pad_begin, &window.pad_end];
    let plain = window.kernel.iter().all(|&size| size == 3) && ones.into_iter().flatten().all(|&size| size == 1);
    let known = conv.input(2).is_none_or(|bias| is_constant(builder, bias));
    let Some(weights) = builder.graph.constant(Some(w)).filter(|w| w.element == ElementType::Float && plain && known)
    else {
        return Ok(false);
    };
    let rank = x_dims.len() - 2;
    builder.afford(conv, (w_dims[0] * w_dims[1]) << (2 * rank))?;
    builder.take(index);
    let (activation, value) = activation::follow(builder, builder.output(conv)?);
    let same = |size: usize, missing: usize| spatial(&vec![size; rank], missing);
    let mut kernel = ConvTranspose {
        batch: x_dims[0],
        in_channels: x_dims[1],
        out_channels: w_dims[0],
        groups: groups(conv),
        in_size: spatial(&x_dims[2..], 1),
        kernel: same(4, 1),
        stride: same(2, 1),
        dilation: [1; 3],
        pad_begin: same(1, 0),
        pad_end: same(1, 0),
        output_padding: [0; 3],
        weights: WeightKind::F32,
        activation,
    };
    let sums = summed(&weights.to_f32(), [kernel.groups, w_dims[0] / kernel.groups.max(1), w_dims[1]], rank);
    let bias = constant_bias(builder, conv);
    let packed = kernel.pack(&Weights::F32(&sums), bias.as_deref())?;
    let mut reads = vec![builder.operand(conv, x)?];
    reads.extend(packed_operands(builder, conv, packed, kernel.arrangement().biases, bias.is_some())?);
    let result = builder.emit(&conv.name, kernel, reads)?;
    builder.bind(value, result);
    Ok(true)
}

/// Whether batch and channels stay and every element of the other axes is repeated once.
fn are_doubled(axes: &[Vec<Taps>], dims: &[usize]) -> bool {
    axes.iter().zip(dims).enumerate().all(|(axis, (taps, &input))| {
        let times = if axis < 2 { 1 } else { 2 };
        let repeats = |(n, taps): (usize, &Taps)| taps.constant == 0.0 && taps.inputs == [(n / times, 1.0)];
        taps.len() == times * input && taps.iter().enumerate().all(repeats)
    })
}

/// Weights of a convolution, \[groups * outputs, inputs, 3, ...\], as those of the transposed one,
/// \[groups * inputs, outputs, 4, ...\].
fn summed(weights: &[f32], [groups, outputs, inputs]: [usize; 3], rank: usize) -> Vec<f32> {
    let (from, to) = (3_usize.pow(rank as u32), 4_usize.pow(rank as u32));
    let mut sums = Vec::with_capacity(groups * inputs * outputs * to);
    for (group, input, output) in
        (0..groups).flat_map(|g| (0..inputs).flat_map(move |i| (0..outputs).map(move |o| (g, i, o))))
    {
        let kernel = &weights[((group * outputs + output) * inputs + input) * from..][..from];
        sums.extend(
            (0..to).map(|tap| {
                kernel.iter().enumerate().filter(|&(t, _)| meets(tap, t, rank)).map(|(_, w)| w).sum::<f32>()
            }),
        );
    }
    sums
}

/// Whether tap `t` of 3^rank is part of the sum that is `tap` of 4^rank.
fn meets(mut tap: usize, mut t: usize, rank: usize) -> bool {
    (0..rank).all(|_| {
        let part = SUMS[tap % 4].contains(&(t % 3));
        (tap, t) = (tap / 4, t / 3);
        part
    })
}

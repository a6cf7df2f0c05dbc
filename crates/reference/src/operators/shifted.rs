//! A convolution of stride 1 as matrix products of shifted views.
//!
//! In a padded image whose spatial axes lie in one row, a tap reads the same row for all outputs, shifted by its offset:
//! y = sum over taps t of W_t X[:, offset(t) ..], so no patch is gathered. The ends of lines give columns that are no
//! outputs and are cut off. Burn's own convolution gathers every patch, channels innermost, and packs it again for the
//! product, which takes longer than the product where there are few channels.

use burn_backend::Backend;
use darkroom_graph::Window;

use crate::tensor::Float;

/// Where a tap's product would be shorter than this, several taps share one: their views are stacked.
const DEPTH: usize = 32;

/// About as many elements lie in the views and sums of one block, which then stay in the cache.
const BLOCK: usize = 1 << 17;

/// About as many elements of stacked views lie in memory at once.
const SLAB: usize = 1 << 22;

/// What Burn's gathering takes, in products with as many channels of output.
const GATHERING: f64 = 6.0;

/// Whether [`shifted`] computes this convolution, and sooner than Burn: the columns cut off cost less than the gathering.
pub(super) fn fits(window: &Window, groups: usize, outputs: usize) -> bool {
    let apart = |axis: usize| (window.kernel[axis] - 1) * window.dilation[axis];
    let wasted = (1..window.kernel.len()).map(|axis| 1.0 + apart(axis) as f64 / window.output[axis].max(1) as f64);
    let plain = groups == 1 && window.stride.iter().all(|&stride| stride == 1);
    plain && taps(window, 0..window.kernel.len()) > 1 && outputs as f64 * (wasted.product::<f64>() - 1.0) < GATHERING
}

/// x (N, C, spatial..) with weight (O, C, kernel..), without bias: (N, O, spatial..).
pub(super) fn shifted<B: Backend>(x: Float<B>, weight: Float<B>, window: &Window) -> Float<B> {
    let (dims, rank) = (x.dims(), window.kernel.len());
    let (batch, channels, outputs) = (dims[0], dims[1], weight.dims()[0]);
    let mut pads = vec![(0, 0), (0, 0)];
    pads.extend(window.pad_begin.iter().copied().zip(window.pad_end.iter().copied()));
    // One plane more, so that the last plane's views may reach beyond their last output.
    pads[2].1 += 1;
    let x = x.pad(&pads, 0.0);
    let padded = x.dims()[2..].to_vec();
    let plane: usize = padded[1..].iter().product();
    let x = x.reshape(&[batch, channels, padded[0] * plane]);

    // The trailing axes of the kernel whose taps are stacked.
    let stacked = (0..=rank).rev().find(|&axis| axis == 0 || channels * taps(window, axis..rank) >= DEPTH).unwrap_or(0);
    let outer = offsets(window, &padded, 0..stacked);
    let inner = offsets(window, &padded, stacked..rank);
    let depth = inner.len() * channels;
    let reach = outer.last().copied().unwrap_or(0);
    let weight = weight.reshape(&[outputs, channels, outer.len(), inner.len()]).permute(&[2, 0, 3, 1]);
    let weight = weight.reshape(&[outer.len(), outputs, depth]);

    let total = padded[0] * plane;
    // What is read once only need not be kept.
    let slab = if outer.len() == 1 { BLOCK } else { SLAB };
    let planes = (slab / (plane * depth)).clamp(1, window.output[0].max(1));
    let columns = (BLOCK / (depth + 2 * outputs)).max(1);
    let mut instances = Vec::with_capacity(batch);
    for instance in 0..batch {
        let row = x.clone().narrow(0, instance, 1).reshape(&[channels, total]);
        let mut blocks = Vec::new();
        for first in (0..window.output[0]).step_by(planes) {
            let wanted = planes.min(window.output[0] - first) * plane;
            let view = |&offset: &usize| row.clone().narrow(1, first * plane + offset, wanted + reach);
            let views = Float::cat(inner.iter().map(view).collect(), 0);
            for start in (0..wanted).step_by(columns) {
                let len = columns.min(wanted - start);
                let products = outer.iter().enumerate().map(|(tap, &offset)| {
                    let weight = weight.clone().narrow(0, tap, 1).reshape(&[outputs, depth]);
                    weight.matmul(views.clone().narrow(1, start + offset, len))
                });
                blocks.extend(products.reduce(|sum, product| sum + product));
            }
        }
        let outputs = [&[1, outputs, window.output[0]], &padded[1..]].concat();
        let mut y = Float::cat(blocks, 1).reshape(&outputs);
        for axis in 1..rank {
            y = y.narrow(axis + 2, 0, window.output[axis]);
        }
        instances.push(y);
    }
    Float::cat(instances, 0)
}

/// Number of taps along `axes`.
fn taps(window: &Window, axes: std::ops::Range<usize>) -> usize {
    window.kernel[axes].iter().product()
}

/// How far into the row of a `padded` image each tap along `axes` lies, in the taps' order.
fn offsets(window: &Window, padded: &[usize], axes: std::ops::Range<usize>) -> Vec<usize> {
    let mut offsets = vec![0];
    for axis in axes {
        let step = window.dilation[axis] * padded[axis + 1..].iter().product::<usize>();
        let along = |&offset: &usize| (0..window.kernel[axis]).map(move |tap| offset + tap * step);
        offsets = offsets.iter().flat_map(along).collect();
    }
    offsets
}

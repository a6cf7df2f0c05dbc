//! Batch, instance and group normalisation, and the region-adaptive modulation behind them.
//!
//! Region-adaptive normalisation (Generative Machine Learning Models in Medical Image Computing,
//! eq. 11.4 to 11.6; SPADE with gamma for 1 + gamma) is h = gamma(m) (x - mu) / sigma + beta(m). In a
//! graph it is a normalisation, a Mul and an Add by tensors of the same shape.

use darkroom_graph::{Node, ValueId};
use darkroom_kernels::Elements;
use darkroom_kernels::norm_apply::NormApply;
use darkroom_kernels::norm_combine::NormCombine;
use darkroom_kernels::norm_stats::NormStats;

use super::follower::{Follower, follower};
use super::{activation, binary};
use crate::CompileError;
use crate::builder::{Builder, Operand};

/// ONNX's default epsilon.
const EPSILON: f32 = 1e-5;

/// (x - mean) / sqrt(variance + epsilon) * scale + bias with running statistics: an affine map known before the run.
pub(super) fn batch(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let product = follower(builder, builder.output(node)?, "Mul");
    if put_off(builder, index, product.as_ref()) {
        return Ok(());
    }
    if node.attributes.int("training_mode").unwrap_or(0) != 0 {
        return Err(CompileError::unsupported(node, "training mode; export the model in evaluation mode"));
    }
    let channels = channels(builder, node)?;
    let [scale, bias, mean, variance] = [1, 2, 3, 4].map(|index| table(builder, node, index, channels));
    let (scale, bias, mean, variance) = (scale?, bias?, mean?, variance?);
    let epsilon = node.attributes.float("epsilon").unwrap_or(EPSILON);
    let affine = (0..channels)
        .flat_map(|c| {
            // In f64: the sum cancels where a mean is large against its spread.
            let slope = f64::from(scale[c]) / (f64::from(variance[c]) + f64::from(epsilon)).sqrt();
            [slope as f32, (f64::from(bias[c]) - f64::from(mean[c]) * slope) as f32]
        })
        .collect();
    let table = builder.constant(Elements::F32(affine));
    apply(builder, node, builder.input(node, 0)?, Affine { table, per_batch: false }, product)
}

/// Statistics of each instance and group, then the same affine map.
pub(super) fn grouped(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let product = follower(builder, builder.output(node)?, "Mul");
    if put_off(builder, index, product.as_ref()) {
        return Ok(());
    }
    let x = builder.input(node, 0)?;
    let channels = channels(builder, node)?;
    let dims = builder.dims(x);
    let batch = dims[0];
    let spatial: usize = dims[2..].iter().product();
    let groups = if node.op == "GroupNormalization" {
        let groups = node.attributes.int("num_groups").and_then(|groups| usize::try_from(groups).ok());
        groups.filter(|&groups| groups > 0 && channels.is_multiple_of(groups)).ok_or_else(|| {
            CompileError::unsupported(node, format!("{channels} channels do not fall into its groups"))
        })?
    } else {
        channels
    };
    builder.afford(node, 2 * channels)?;
    // Up to opset 20 a scale and bias belong to a group, since then to a channel.
    let spread = |values: Vec<f32>| -> Vec<f32> {
        let repeat = channels / values.len().max(1);
        values.into_iter().flat_map(|value| std::iter::repeat_n(value, repeat)).collect()
    };
    let read = |index| {
        let values = node.input(index).and_then(|value| crate::weights::constant(builder, value));
        let values = values.filter(|values| values.len() == channels || values.len() == groups).map(spread);
        values.ok_or_else(|| CompileError::unsupported(node, "a scale or bias that is not one constant a channel"))
    };
    let (gamma, beta) = (read(1)?, read(2)?);
    let stats = NormStats { rows: batch * groups, len: channels / groups * spatial };
    let partials = stats.partials();
    let source = builder.operand(node, x)?;
    let stats = builder.emit(&node.name, stats, vec![source])?;
    let epsilon = node.attributes.float("epsilon").unwrap_or(EPSILON);
    let combine = NormCombine { batch, channels, groups, partials, epsilon };
    let reads =
        vec![Operand::Tensor(stats), builder.constant(Elements::F32(gamma)), builder.constant(Elements::F32(beta))];
    let table = Operand::Tensor(builder.emit(&node.name, combine, reads)?);
    apply(builder, node, x, Affine { table, per_batch: true }, product)
}

/// Whether a `Mul` is the modulation of an already normalised tensor: exporters fold running statistics
/// into the convolution before, and what is left is gamma(m) x + beta(m).
fn modulates(builder: &Builder<'_>, node: &Node) -> Result<bool, CompileError> {
    let (a, b, product) = (builder.input(node, 0)?, builder.input(node, 1)?, builder.output(node)?);
    let same = a != b && builder.dims(a) == builder.dims(b) && builder.dims(a).len() >= 2;
    Ok(same && follower(builder, product, "Add").is_some())
}

/// `Mul`: the modulation of a normalised tensor, or a plain product.
pub(super) fn mul(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    if modulates(builder, builder.node(index))? { modulate(builder, index) } else { binary::binary(builder, index) }
}

/// gamma x + beta: the modulation alone, with a scale of one and a shift of zero.
fn modulate(builder: &mut Builder<'_>, index: usize) -> Result<(), CompileError> {
    let node = builder.node(index);
    let (x, other) = (builder.input(node, 0)?, builder.input(node, 1)?);
    let product = Follower { index, other, result: builder.output(node)? };
    if put_off(builder, index, Some(&product)) {
        return Ok(());
    }
    let sum = follower(builder, product.result, "Add");
    // A normalisation that waits for the sum will take this product in.
    if let Some(sum) = &sum
        && !(builder.is_ready(x) && builder.is_ready(other))
        && builder.put_off_too(index, sum.index)
    {
        return Ok(());
    }
    if !sum.is_some_and(|sum| builder.is_ready(sum.other) && builder.is_ready(other)) {
        return binary::binary(builder, index);
    }
    let channels = channels(builder, node)?;
    builder.afford(node, 2 * channels)?;
    let identity = [1.0, 0.0].repeat(channels);
    let affine = builder.constant(Elements::F32(identity));
    apply(builder, node, x, Affine { table: affine, per_batch: false }, Some(product))
}

/// Puts a node off while gamma or beta is still to be computed.
fn put_off(builder: &mut Builder<'_>, index: usize, product: Option<&Follower>) -> bool {
    let sum = product.and_then(|product| Some((product, follower(builder, product.result, "Add")?)));
    match sum {
        Some((product, sum)) if !builder.is_ready(product.other) || !builder.is_ready(sum.other) => {
            builder.put_off(index, sum.index)
        }
        _ => false,
    }
}

/// Scale and shift, one pair a channel.
struct Affine {
    table: Operand,
    /// Whether each instance of the batch has its own.
    per_batch: bool,
}

/// The affine map of `x`, with the modulation by `product` and the activation behind it.
fn apply(
    builder: &mut Builder<'_>,
    node: &Node,
    x: ValueId,
    affine: Affine,
    product: Option<Follower>,
) -> Result<(), CompileError> {
    let dims = builder.dims(x);
    let mut reads = vec![builder.operand(node, x)?, affine.table];
    let mut value = builder.output(node)?;
    let sum = product.as_ref().and_then(|product| follower(builder, product.result, "Add"));
    let modulated = match (product, sum) {
        (Some(product), Some(sum)) if builder.is_ready(product.other) && builder.is_ready(sum.other) => {
            reads.extend([builder.operand(node, product.other)?, builder.operand(node, sum.other)?]);
            builder.take(product.index);
            builder.take(sum.index);
            value = sum.result;
            true
        }
        _ => false,
    };
    let (activation, value) = activation::follow(builder, value);
    let kernel = NormApply {
        batch: dims[0],
        channels: dims[1],
        spatial: dims[2..].iter().product(),
        per_batch: affine.per_batch,
        modulated,
        activation,
    };
    let result = builder.emit(&node.name, kernel, reads)?;
    builder.bind(value, result);
    Ok(())
}

fn channels(builder: &Builder<'_>, node: &Node) -> Result<usize, CompileError> {
    let dims = builder.dims(builder.input(node, 0)?);
    match dims.get(1) {
        Some(&channels) if channels > 0 => Ok(channels),
        _ => Err(CompileError::unsupported(node, format!("an input of shape {dims:?} has no channels"))),
    }
}

/// A constant operand with one value a channel.
fn table(builder: &Builder<'_>, node: &Node, index: usize, channels: usize) -> Result<Vec<f32>, CompileError> {
    let values = node.input(index).and_then(|value| crate::weights::constant(builder, value));
    values.filter(|values| values.len() == channels).ok_or_else(|| {
        CompileError::unsupported(node, format!("operand {index} is not {channels} constant numbers, one a channel"))
    })
}

//! Batch, instance and group normalisation, and the region-adaptive modulation behind them.
//!
//! Region-adaptive normalisation (Generative Machine Learning Models in Medical Image Computing,
//! eq. 11.4 to 11.6; SPADE with gamma for 1 + gamma) is h = gamma(m) (x - mu) / sigma + beta(m). In a
//! graph it is a normalisation, a Mul and an Add by tensors of the same shape.

use darkroom_graph::{Node, ValueId};
use darkroom_kernels::Constant;
use darkroom_kernels::norm_apply::NormApply;
use darkroom_kernels::norm_combine::NormCombine;
use darkroom_kernels::norm_stats::NormStats;

use super::activation;
use crate::CompileError;
use crate::builder::{Builder, Operand};

/// ONNX's default epsilon.
const EPSILON: f32 = 1e-5;

/// (x - mean) / sqrt(variance + epsilon) * scale + bias with running statistics: an affine map known before the run.
pub(super) fn batch(builder: &mut Builder<'_>, node: &Node) -> Result<(), CompileError> {
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
    let affine = builder.constant(Constant::F32(affine));
    apply(builder, node, affine, false)
}

/// Statistics of each instance and group, then the same affine map.
pub(super) fn grouped(builder: &mut Builder<'_>, node: &Node) -> Result<(), CompileError> {
    let x = builder.input(node, 0)?;
    let dims = builder.dims(x);
    let (batch, channels) = (dims[0], channels(builder, node)?);
    let spatial: usize = dims[2..].iter().product();
    let groups = if node.op == "GroupNormalization" {
        let groups = node.attributes.int("num_groups").and_then(|groups| usize::try_from(groups).ok());
        groups.filter(|&groups| groups > 0 && channels.is_multiple_of(groups)).ok_or_else(|| {
            CompileError::unsupported(node, format!("{channels} channels do not fall into its groups"))
        })?
    } else {
        channels
    };
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
        vec![Operand::Tensor(stats), builder.constant(Constant::F32(gamma)), builder.constant(Constant::F32(beta))];
    let affine = builder.emit(&node.name, combine, reads)?;
    apply(builder, node, Operand::Tensor(affine), true)
}

/// The affine map, with the modulation and the activation behind it.
fn apply(builder: &mut Builder<'_>, node: &Node, affine: Operand, per_batch: bool) -> Result<(), CompileError> {
    let x = builder.input(node, 0)?;
    let dims = builder.dims(x);
    let (modulation, value) = modulation(builder, builder.output(node)?);
    let (activation, value) = activation::follow(builder, value);
    let kernel = NormApply {
        batch: dims[0],
        channels: dims[1],
        spatial: dims[2..].iter().product(),
        per_batch,
        modulated: modulation.is_some(),
        activation,
    };
    let mut reads = vec![builder.operand(node, x)?, affine];
    for value in modulation.into_iter().flatten() {
        reads.push(builder.operand(node, value)?);
    }
    let result = builder.emit(&node.name, kernel, reads)?;
    builder.bind(value, result);
    Ok(())
}

/// Gamma and beta of a `Mul` and an `Add` that alone follow `value`, taken in, and what they make.
fn modulation(builder: &mut Builder<'_>, value: ValueId) -> (Option<[ValueId; 2]>, ValueId) {
    let step = |builder: &Builder<'_>, value: ValueId, op: &str| {
        let index = builder.sole_consumer(value)?;
        let node = builder.node(index);
        let (a, b) = (node.input(0)?, node.input(1)?);
        let other = if a == value { b } else { a };
        let fits = node.op == op && a != b && builder.dims(other) == builder.dims(value) && builder.is_ready(other);
        fits.then_some((index, other, node.outputs.first().copied().flatten()?))
    };
    if let Some((mul, gamma, scaled)) = step(builder, value, "Mul")
        && let Some((add, beta, sum)) = step(builder, scaled, "Add")
    {
        builder.take(mul);
        builder.take(add);
        return (Some([gamma, beta]), sum);
    }
    (None, value)
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

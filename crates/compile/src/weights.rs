//! Weights as they lie in the file: float32, or int8 behind a `DequantizeLinear`.

use darkroom_graph::{Tensor, TensorData, ValueId};

use crate::builder::Builder;

/// A convolution's weights.
pub(crate) enum Weights<'g> {
    /// Plain values.
    F32(Vec<f32>),
    /// Symmetric int8 with one scale for each index of `axis`.
    Int8 { values: &'g [i8], scales: Vec<f32>, axis: usize },
}

impl Weights<'_> {
    /// The weights for a kernel that applies one scale for each index of `wanted`; int8 weights that
    /// are quantised along another axis become float32.
    pub(crate) fn along(self, wanted: usize, dims: &[usize]) -> Self {
        match self {
            Self::Int8 { values, scales, axis } if axis != wanted => {
                let inner: usize = dims[axis + 1..].iter().product();
                let scale = |n: usize| scales[n / inner % dims[axis]];
                Self::F32(values.iter().enumerate().map(|(n, &q)| f32::from(q) * scale(n)).collect())
            }
            fitting => fitting,
        }
    }
}

/// The weights behind `value`, or `None` if it is no constant.
pub(crate) fn weights<'g>(builder: &Builder<'g>, value: ValueId) -> Option<Weights<'g>> {
    if let Some(quantised) = quantised(builder, value)
        && quantised.symmetric
        && let TensorData::I8(values) = &quantised.tensor.data
    {
        return Some(Weights::Int8 { values, scales: quantised.scales, axis: quantised.axis });
    }
    constant(builder, value).map(Weights::F32)
}

/// The float32 values of a constant, dequantised if need be.
pub(crate) fn constant(builder: &Builder<'_>, value: ValueId) -> Option<Vec<f32>> {
    if let Some(tensor) = builder.graph.constant(Some(value)) {
        return Some(tensor.to_f32());
    }
    let Quantised { tensor, scales, zeros, axis, .. } = quantised(builder, value)?;
    // A scalar has no axis: one channel of one element.
    let inner: usize = tensor.dims.iter().skip(axis + 1).product();
    let channel = |n: usize| n / inner % scales.len();
    let values = tensor.to_f32();
    Some(values.iter().enumerate().map(|(n, &q)| (q - zeros[channel(n)]) * scales[channel(n)]).collect())
}

/// A constant `DequantizeLinear`: y = (x - zero) * scale, one zero and scale for each index of `axis`.
struct Quantised<'g> {
    tensor: &'g Tensor,
    scales: Vec<f32>,
    zeros: Vec<f32>,
    axis: usize,
    symmetric: bool,
}

fn quantised<'g>(builder: &Builder<'g>, value: ValueId) -> Option<Quantised<'g>> {
    let node = builder.producer(value).filter(|node| node.op == "DequantizeLinear")?;
    let graph = builder.graph;
    let tensor = graph.constant(node.input(0))?;
    let scale = graph.constant(node.input(1))?.to_f32();
    let axis = graph.axis(node, 1).ok().or(Some(0))?;
    let channels = tensor.dims.get(axis).copied().unwrap_or(1);
    let spread = |values: Vec<f32>| match values.as_slice() {
        &[one] => Some(vec![one; channels]),
        _ => (values.len() == channels).then_some(values),
    };
    let zeros = match node.input(2) {
        Some(zero) => spread(graph.constant(Some(zero))?.to_f32())?,
        None => vec![0.0; channels],
    };
    let symmetric = zeros.iter().all(|&zero| zero == 0.0);
    Some(Quantised { tensor, scales: spread(scale)?, zeros, axis, symmetric })
}

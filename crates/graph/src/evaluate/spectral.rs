//! Folding of the windows that spectral transforms multiply their frames by.

use std::f64::consts::TAU;

use crate::shape::Operands;
use crate::{ElementType, GraphError, Node, Tensor};

/// `HannWindow`, `HammingWindow` or `BlackmanWindow`: sums of cosines over one period.
pub(super) fn window(node: &Node, operands: &Operands<'_>, longest: usize) -> Result<Tensor, GraphError> {
    let size = operands.constant(0).and_then(|size| size.to_i64().first().copied());
    let size = size.and_then(|size| usize::try_from(size).ok()).filter(|&size| size <= longest);
    let size = size.ok_or_else(|| node.refuse("its size is missing, negative or too large"))?;
    let periodic = node.attributes.int("periodic").unwrap_or(1) != 0;
    let period = if periodic { size } else { size.saturating_sub(1) }.max(1) as f64;
    let [constant, first, second] = match node.op.as_str() {
        "HannWindow" => [0.5, 0.5, 0.0],
        "HammingWindow" => [25.0 / 46.0, 21.0 / 46.0, 0.0],
        _ => [0.42, 0.5, 0.08],
    };
    let value = |n: usize| {
        let angle = TAU * n as f64 / period;
        (constant - first * angle.cos() + second * (2.0 * angle).cos()) as f32
    };
    let code = node.attributes.int("output_datatype").and_then(|code| i32::try_from(code).ok());
    let element = code.map_or(Some(ElementType::Float), ElementType::from_code);
    let element = element.ok_or_else(|| node.refuse("a type that is no number"))?;
    Ok(Tensor::floats((0..size).map(value).collect()).cast(element))
}

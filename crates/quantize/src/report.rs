//! What became of each layer.

use serde::Serialize;

use crate::Width;
use crate::choose::Choice;
use crate::layers::Layer;

/// What became of a model.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Every layer with constant float weights, in the file's order.
    pub layers: Vec<LayerReport>,
    /// The largest relative error of an output on the calibration inputs, if there were any.
    pub output_error: Option<f64>,
    /// Bytes of the file before.
    pub bytes_before: usize,
    /// Bytes of the file now.
    pub bytes_after: usize,
}

/// What became of one layer.
#[derive(Clone, Debug, Serialize)]
pub struct LayerReport {
    /// The node's name, or that of its output.
    pub node: String,
    /// Its operator.
    pub op: String,
    /// The weight's name.
    pub weight: String,
    /// The weight's shape.
    pub dims: Vec<usize>,
    /// The type it has now.
    pub width: Width,
    /// ‖new weights - old weights‖ / ‖old weights‖.
    pub weight_error: f64,
    /// The largest relative error of an output with only this layer changed, where it was measured.
    pub output_error: Option<f64>,
    /// Bytes of the weights before.
    pub bytes_before: usize,
    /// Bytes of the weights with their scales now.
    pub bytes_after: usize,
    /// Why it is wider than asked for, if it is.
    pub reason: Option<String>,
}

impl Report {
    pub(crate) fn new(layers: &[Layer], chosen: &Choice, bytes_before: usize, bytes_after: usize) -> Self {
        let layers = layers.iter().zip(&chosen.widths).zip(&chosen.alone).map(|((layer, &width), &output_error)| {
            let sensitive = || (width > layer.narrowest).then(|| "sensitive".to_owned());
            LayerReport {
                node: layer.node.clone(),
                op: layer.op.clone(),
                weight: layer.weight.clone(),
                dims: layer.dims.clone(),
                width,
                weight_error: layer.error(width),
                output_error,
                bytes_before: layer.bytes(Width::Unchanged),
                bytes_after: layer.bytes(width),
                reason: layer.kept.clone().or_else(sensitive),
            }
        });
        Self { layers: layers.collect(), output_error: chosen.together, bytes_before, bytes_after }
    }
}

/// Why each layer was kept, as a clause.
pub(crate) fn reasons(layers: &[Layer]) -> String {
    if layers.is_empty() {
        return "it has no convolution or matrix product with constant float weights".to_owned();
    }
    let reason = |layer: &Layer| format!("{}: {}", layer.node, layer.kept.as_deref().unwrap_or(""));
    layers.iter().map(reason).collect::<Vec<_>>().join("; ")
}

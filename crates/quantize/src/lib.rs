//! An ONNX model in, the same model with narrower weights out.
//!
//! [`quantize`] replaces the constant weights of `Conv`, `ConvTranspose`, `MatMul` and `Gemm` nodes by
//! int8 with one scale an output channel, int4 in blocks of 32 along the inputs, or float16, each behind
//! the standard node that restores it (`DequantizeLinear` or `Cast`) under the weight's own name. All else
//! in the file (names, metadata, doc strings, fields unknown here) is kept as it is. Layers that lose too
//! much are kept wider: measured on calibration inputs if a way to run models is given, else judged by
//! their weights alone.

mod calibrate;
mod choose;
mod error;
mod layers;
mod message;
mod onnx;
mod opset;
mod pattern;
mod report;
mod rewrite;
mod scheme;

pub use calibrate::Runs;
pub use error::QuantizeError;
pub use report::{LayerReport, Report};
pub use scheme::Width;

use calibrate::Calibration;
use onnx::Model;

/// What is wanted.
#[derive(Clone, Debug)]
pub struct Options {
    /// The narrowest type of a weight.
    pub weights: Width,
    /// Layers left as they are: patterns of node or weight names, in which `*` stands for anything.
    pub keep: Vec<String>,
    /// The largest relative error: of each output where calibration inputs are given, else of each layer's
    /// weights. `None` takes the default of the width, see [`Width::output_tolerance`] and
    /// [`Width::weight_tolerance`].
    pub tolerance: Option<f64>,
}

/// Quantises the weights of `model`, an ONNX file, and reports what that cost.
///
/// `runs` computes models on the calibration inputs; without it the layers to keep wider are found by the
/// error of their weights.
///
/// # Errors
/// A file that is no ONNX model, weights outside the file, weights that are not finite, patterns that name
/// no layer, operators whose meaning changes between the model's operator set and the one that the weights'
/// type needs, and failures of `runs`.
pub fn quantize(
    model: &[u8],
    options: &Options,
    runs: Option<&mut dyn Runs>,
) -> Result<(Vec<u8>, Report), QuantizeError> {
    let parsed = Model::read(model)?;
    let layers = layers::find(&parsed, options)?;
    if layers.iter().all(|layer| layer.kept.is_some()) {
        return Err(QuantizeError::NothingToDo(report::reasons(&layers)));
    }
    let chosen = match runs {
        Some(runs) => {
            let write = |widths: &[Width]| rewrite::apply(&parsed, &layers, widths);
            let mut calibration = Calibration::new(model, &write, runs)?;
            choose::by_outputs(&layers, options, &mut calibration)?
        }
        None => choose::by_weights(&layers, options),
    };
    let written = rewrite::apply(&parsed, &layers, &chosen.widths)?;
    let report = Report::new(&layers, &chosen, model.len(), written.len());
    Ok((written, report))
}

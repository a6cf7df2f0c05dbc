//! Which layers are kept wider.

use crate::calibrate::Calibration;
use crate::layers::Layer;
use crate::{Options, QuantizeError, Width};

/// The widths, and what is known of them.
pub(crate) struct Choice {
    /// One for each layer.
    pub(crate) widths: Vec<Width>,
    /// Relative output error with only this layer in its width, where measured.
    pub(crate) alone: Vec<Option<f64>>,
    /// Relative output error of all together, where measured.
    pub(crate) together: Option<f64>,
}

fn narrowest(layers: &[Layer]) -> Vec<Width> {
    let width = |layer: &Layer| if layer.kept.is_some() { Width::Unchanged } else { layer.narrowest };
    layers.iter().map(width).collect()
}

/// A type to widen to must still be smaller than what the file has.
fn widen(layer: &Layer, width: Width) -> Width {
    let wider = width.wider();
    if layer.bytes(wider) < layer.bytes(Width::Unchanged) { wider } else { Width::Unchanged }
}

/// Each layer in the narrowest type whose weight error is within the tolerance.
pub(crate) fn by_weights(layers: &[Layer], options: &Options) -> Choice {
    let mut widths = narrowest(layers);
    for (layer, width) in layers.iter().zip(&mut widths) {
        let within = |width: Width| layer.error(width) <= options.tolerance.unwrap_or(width.weight_tolerance());
        while !within(*width) {
            *width = widen(layer, *width);
        }
    }
    Choice { alone: vec![None; widths.len()], widths, together: None }
}

/// Widens the layer that costs the outputs most until all together are within the tolerance.
///
/// Each layer's cost is measured with all others unchanged. Independent errors add in squares, so the sum
/// of squares tells when it is worth measuring the whole.
pub(crate) fn by_outputs(
    layers: &[Layer],
    options: &Options,
    calibration: &mut Calibration<'_>,
) -> Result<Choice, QuantizeError> {
    let tolerance = options.tolerance.unwrap_or(options.weights.output_tolerance());
    let mut widths = narrowest(layers);
    let mut alone = vec![0.0; layers.len()];
    for (index, &width) in widths.iter().enumerate() {
        alone[index] = cost(calibration, layers.len(), index, width)?;
    }
    loop {
        let predicted = alone.iter().map(|error| error * error).sum::<f64>().sqrt();
        if predicted <= tolerance {
            let together = calibration.error(&widths)?;
            if together <= tolerance {
                let alone =
                    alone.iter().zip(layers).map(|(&error, layer)| layer.kept.is_none().then_some(error)).collect();
                return Ok(Choice { widths, alone, together: Some(together) });
            }
        }
        let open = (0..layers.len()).filter(|&index| widths[index] != Width::Unchanged);
        let Some(worst) = open.max_by(|&a, &b| alone[a].total_cmp(&alone[b])) else {
            // Nothing is left to widen: the model differs from itself.
            return Err(QuantizeError::Calibration("two runs of the same model give different results".to_owned()));
        };
        widths[worst] = widen(&layers[worst], widths[worst]);
        alone[worst] = cost(calibration, layers.len(), worst, widths[worst])?;
    }
}

/// The relative output error when only one of `count` layers changes.
fn cost(calibration: &mut Calibration<'_>, count: usize, index: usize, width: Width) -> Result<f64, QuantizeError> {
    if width == Width::Unchanged {
        return Ok(0.0);
    }
    let mut widths = vec![Width::Unchanged; count];
    widths[index] = width;
    calibration.error(&widths)
}

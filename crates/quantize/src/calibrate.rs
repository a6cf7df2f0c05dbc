//! What narrow weights do to the outputs, measured on calibration inputs.

use crate::{QuantizeError, Width, scheme};

/// A way to run models.
pub trait Runs {
    /// Every output of `model`, an ONNX file, for every calibration input, always in the same order.
    ///
    /// # Errors
    /// A sentence.
    fn run(&mut self, model: &[u8]) -> Result<Vec<Vec<f32>>, String>;
}

/// Writes the model with these widths.
type Write<'a> = dyn Fn(&[Width]) -> Result<Vec<u8>, QuantizeError> + 'a;

/// Measures outputs against those of the model as it came.
pub(crate) struct Calibration<'a> {
    reference: Vec<Vec<f32>>,
    write: &'a Write<'a>,
    runs: &'a mut dyn Runs,
}

impl<'a> Calibration<'a> {
    pub(crate) fn new(model: &[u8], write: &'a Write<'a>, runs: &'a mut dyn Runs) -> Result<Self, QuantizeError> {
        let reference = runs.run(model).map_err(QuantizeError::Calibration)?;
        if reference.iter().flatten().any(|value| !value.is_finite()) {
            return Err(QuantizeError::Calibration("the model gives values that are not finite".to_owned()));
        }
        Ok(Self { reference, write, runs })
    }

    /// The largest relative error of an output when the weights have these widths.
    pub(crate) fn error(&mut self, widths: &[Width]) -> Result<f64, QuantizeError> {
        let outputs = self.runs.run(&(self.write)(widths)?).map_err(QuantizeError::Calibration)?;
        let errors = self.reference.iter().zip(&outputs).map(|(wanted, got)| scheme::relative_error(wanted, got));
        // A NaN must not pass for the smallest.
        Ok(errors.fold(0.0, |largest, error| if error.is_nan() { f64::INFINITY } else { error.max(largest) }))
    }
}

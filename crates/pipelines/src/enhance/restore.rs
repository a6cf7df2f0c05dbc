//! After the network: its result in the input's unit, with the input's means and its lesions' contrast kept.

use darkroom_imaging::{Volume, VolumeError, gaussian, recover_contrast};

use super::{Enhancer, damaged};
use crate::PipelineError;
use crate::manifest::{MeanPreservation, PipelineKind};
use crate::scaling::Scaling;

impl Enhancer {
    /// The network's result in the input's unit, with the steps behind it that the model asks for.
    pub(super) fn restored(
        &self,
        input: &Volume,
        network: Vec<f32>,
        scaling: Scaling,
    ) -> Result<Volume, PipelineError> {
        let PipelineKind::OnePass { mean_preservation, contrast_recovery, .. } = self.package.manifest.pipeline;
        let data = network.into_iter().map(|value| scaling.restore(value)).collect();
        let mut volume = input.with_data(data).map_err(wrap)?;
        if let Some(keep) = mean_preservation {
            volume = with_means(input, &volume, keep, scaling)?;
        }
        if let Some(recovery) = contrast_recovery {
            let data = recover_contrast(input, &volume, scaling.scale, &recovery).map_err(wrap)?;
            volume = input.with_data(data).map_err(wrap)?;
        }
        Ok(volume)
    }
}

/// y + G * (x - y).
fn with_means(
    input: &Volume,
    result: &Volume,
    keep: MeanPreservation,
    scaling: Scaling,
) -> Result<Volume, PipelineError> {
    let taken = input.data.iter().zip(&result.data).map(|(before, after)| before - after).collect();
    let wide = gaussian(&input.with_data(taken).map_err(wrap)?, keep.sigma_mm);
    let data = result.data.iter().zip(wide).map(|(value, back)| scaling.floor(value + back)).collect();
    input.with_data(data).map_err(wrap)
}

fn wrap(error: VolumeError) -> PipelineError {
    damaged(&error.to_string())
}

//! The probe of a diffusion package: one evaluation of each of its networks, whose result is known.

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use super::generator::{Generator, Given};
use super::parts::{Parts, Shape};
use crate::PipelineError;
use crate::probe::{compare, image};

/// A small computation with a known result.
///
/// The pseudo-random image of `seed`, in \[0, 1), is the slices given, at a dose code of 1/2; x is 4u - 2 with u the image
/// of `seed` + 1, the random vector that of `seed` + 2, the numbers that of `seed` + 3 as the network is told them, the class the first. The result is the denoiser's output and,
/// behind it, what the decoder makes of x and what the image encoder makes of that image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DiffusionProbe {
    /// Height and width of the slices given; of x where the model is given none and says nothing of x.
    pub edges: [usize; 2],
    /// The seed.
    pub seed: u32,
    /// The noise level as the denoiser is told it.
    pub time: f32,
    /// Places in the result and the values there.
    pub samples: Vec<(usize, f32)>,
    /// Largest difference that is still right.
    pub tolerance: f32,
}

/// Pixels that a probe may have.
const LARGEST: usize = 1 << 20;

impl DiffusionProbe {
    /// Whether there is something to compute and to compare.
    pub(super) fn sensible(&self) -> bool {
        let [height, width] = self.edges;
        (1..=LARGEST).contains(&height.saturating_mul(width)) && !self.samples.is_empty()
    }
}

impl Generator {
    /// Runs the package's probe, if it has one.
    pub(super) async fn probe(&self) -> Result<(), PipelineError> {
        let manifest = self.manifest();
        let Some(probe) = &manifest.probe else { return Ok(()) };
        let (pipeline, seed) = (&manifest.pipeline, probe.seed);
        let [height, width] = probe.edges;
        let slices = pipeline.condition.as_ref().map_or(0, |condition| condition.slices);
        let dims = if slices > 0 { [slices, height, width] } else { [0; 3] };
        let shape = Shape { given: dims, edges: pipeline.sample.edges.unwrap_or(probe.edges), batch: 1, start: true };
        let mut parts = Parts::plan(self.package(), shape, self.backend()).await?;
        let given = Given { values: image(seed, dims.iter().product()), dims, dose: 0.5 };
        let condition = if slices > 0 { parts.encode(pipeline, &given).await? } else { Vec::new() };
        let len = pipeline.sample.channels * shape.edges[0] * shape.edges[1];
        let x: Vec<f32> = image(seed.wrapping_add(1), len).into_iter().map(|u| 4.0 * u - 2.0).collect();
        let latent = image(seed.wrapping_add(2), pipeline.diffusion.latent);
        let numbers = pipeline.numbers.as_ref().map_or(0, |numbers| numbers.entries.len());
        let numbers = image(seed.wrapping_add(3), numbers);
        let names = &pipeline.denoiser;
        let (time, class) = ([probe.time], [0.0]);
        let mut inputs = vec![(names.x.as_str(), x.as_slice()), (names.time.as_str(), time.as_slice())];
        inputs.extend(names.class.as_deref().map(|name| (name, class.as_slice())));
        inputs.extend(names.numbers.as_deref().map(|name| (name, numbers.as_slice())));
        inputs.extend(names.condition.as_deref().map(|name| (name, condition.as_slice())));
        inputs.extend(names.latent.as_deref().map(|name| (name, latent.as_slice())));
        let mut watch = |_| ControlFlow::Continue(());
        let mut result = parts.denoiser.run(&inputs, &mut watch).await?;
        if let Some(decoder) = &mut parts.decoder {
            let image = decoder.run(&x, &condition).await?;
            result.extend(&image);
            if let Some((stage, names)) = parts.image_encoder.as_mut().zip(pipeline.image_encoder.as_ref()) {
                let mut inputs = vec![(names.image.as_str(), image.as_slice())];
                inputs.extend(names.condition.as_deref().map(|name| (name, condition.as_slice())));
                result.extend(stage.run(&inputs, &mut watch).await?);
            }
        }
        compare(&result, &probe.samples, probe.tolerance, self.backend())
    }
}

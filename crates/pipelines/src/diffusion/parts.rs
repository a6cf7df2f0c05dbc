//! The networks of a pipeline, planned for one shape, and what goes into them before the first step.

use std::ops::ControlFlow;

use super::DiffusionPackage;
use super::decoding::{self, Decoding, MOST_BYTES};
use super::generator::Given;
use super::manifest::{DiffusionPipeline, OutputScale};
use super::stage::{Stage, single};
use super::start::StartImage;
use crate::PipelineError;
use crate::runner::Backend;

/// What the plans depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// Slices, height and width of the condition; zeros without one.
    pub(super) given: [usize; 3],
    /// Height and width of x.
    pub(super) edges: [usize; 2],
    /// Items that the denoiser runs at once.
    pub(super) batch: usize,
    /// Whether an image is started from.
    pub(super) start: bool,
}

/// The pipeline's networks, planned.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) encoder: Option<Stage>,
    pub(super) denoiser: Stage,
    pub(super) decoder: Option<Decoding>,
    /// What turns an image to start from into x; there only where one is given.
    pub(super) image_encoder: Option<Stage>,
}

impl Parts {
    pub(super) async fn plan(
        package: &DiffusionPackage,
        shape: Shape,
        backend: &Backend,
    ) -> Result<Self, PipelineError> {
        let DiffusionPackage { manifest, denoiser, encoder, decoder, image_encoder, .. } = package;
        let DiffusionPipeline { diffusion, denoiser: names, sample, .. } = &manifest.pipeline;
        let [slices, height, width] = shape.given;
        let encoder = match encoder.as_ref().zip(manifest.pipeline.encoder.as_ref()) {
            Some((graph, names)) => {
                let image = (names.image.as_str(), vec![1, slices, height, width]);
                let dose = names.dose.as_deref().map(|name| (name, single(graph, name, 1)));
                let dims: Vec<_> = std::iter::once(image).chain(dose).collect();
                Some(Stage::new(graph, &dims, backend).await?)
            }
            None => None,
        };
        let condition = encoder.as_ref().map_or(vec![1, slices, height, width], |stage| stage.output_dims().to_vec());
        let x = |batch| vec![batch, sample.channels, shape.edges[0], shape.edges[1]];
        let repeated = |batch: usize| [&[batch], &condition[1..]].concat();
        let mut dims = vec![(names.x.as_str(), x(shape.batch))];
        for name in [Some(&names.time), names.class.as_ref()].into_iter().flatten() {
            dims.push((name, single(denoiser, name, shape.batch)));
        }
        if let Some((numbers, name)) = manifest.pipeline.numbers.as_ref().zip(names.numbers.as_deref()) {
            dims.push((name, numbers.dims(denoiser, name, shape.batch)?));
        }
        dims.extend(names.condition.as_deref().map(|name| (name, repeated(shape.batch))));
        dims.extend(names.latent.as_deref().map(|name| (name, vec![shape.batch, diffusion.latent])));
        let denoiser = Stage::new(denoiser, &dims, backend).await?;
        let decoder = match decoder.as_ref().zip(manifest.pipeline.decoder.as_ref()) {
            Some((graph, names)) => {
                let condition = names.condition.as_ref().map(|_| repeated(1));
                let given = decoding::Given { x: x(1), condition };
                Some(Decoding::plan(graph, names, &given, backend, MOST_BYTES).await?)
            }
            None => None,
        };
        let mut parts = Self { encoder, denoiser, decoder, image_encoder: None };
        if let (true, Some(graph), Some(names)) = (shape.start, image_encoder, &manifest.pipeline.image_encoder) {
            let [height, width] = parts.image_edges(shape.edges);
            let condition = names.condition.as_deref().map(|name| (name, repeated(1)));
            let image = (names.image.as_str(), vec![1, 1, height, width]);
            let dims: Vec<_> = std::iter::once(image).chain(condition).collect();
            parts.image_encoder = Some(Stage::new(graph, &dims, backend).await?);
        }
        Ok(parts)
    }

    /// Height and width of the images that the pipeline makes of an x of these.
    pub(super) fn image_edges(&self, x: [usize; 2]) -> [usize; 2] {
        self.decoder.as_ref().map_or(x, Decoding::edges)
    }

    /// The condition of an image.
    pub(super) async fn encode(
        &mut self,
        pipeline: &DiffusionPipeline,
        given: &Given,
    ) -> Result<Vec<f32>, PipelineError> {
        let Some((stage, names)) = self.encoder.as_mut().zip(pipeline.encoder.as_ref()) else {
            return Ok(given.values.clone());
        };
        let dose = [given.dose];
        let dose = names.dose.as_deref().map(|name| (name, dose.as_slice()));
        let inputs: Vec<_> = std::iter::once((names.image.as_str(), given.values.as_slice())).chain(dose).collect();
        stage.run(&inputs, &mut |_| ControlFlow::Continue(())).await
    }

    /// The x that an image to start from stands for.
    ///
    /// # Errors
    /// A model with a decoder and no way back, an image of another size than the model makes.
    pub(super) async fn enter(
        &mut self,
        package: &DiffusionPackage,
        start: &StartImage,
        condition: &[f32],
        edges: [usize; 2],
    ) -> Result<Vec<f32>, PipelineError> {
        let pipeline = &package.manifest.pipeline;
        let mut image = start.values.clone();
        if matches!(package.manifest.output.scale, OutputScale::Range { .. }) {
            // The network knows nothing beyond its range; outside the mask the image is put back as it was.
            image.iter_mut().for_each(|value| *value = value.clamp(-1.0, 1.0));
        }
        let len = pipeline.sample.channels * edges[0] * edges[1];
        let Some((stage, names)) = self.image_encoder.as_mut().zip(pipeline.image_encoder.as_ref()) else {
            let own = pipeline.decoder.is_none() && image.len() == len;
            let no_way_in = "this model cannot start from an image: its package has a decoder but no image encoder";
            return if own { Ok(image) } else { Err(PipelineError::Order(no_way_in)) };
        };
        let mut inputs = vec![(names.image.as_str(), image.as_slice())];
        inputs.extend(names.condition.as_deref().map(|name| (name, condition)));
        let x = stage.run(&inputs, &mut |_| ControlFlow::Continue(())).await?;
        if x.len() == len {
            return Ok(x);
        }
        let reason = format!("its image encoder gives {} values where x has {len}", x.len());
        Err(PipelineError::Manifest(reason))
    }
}

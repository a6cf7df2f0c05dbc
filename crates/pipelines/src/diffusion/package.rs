//! A diffusion package: the manifest and its graphs, checked before anything is done with them.

use darkroom_graph::Graph;
use darkroom_imaging::NamedBytes;

use super::manifest::{Denoiser, DiffusionManifest};
use crate::PipelineError;
use crate::identity::kind;
use crate::package::verified;

/// A manifest and the graphs it names.
#[derive(Clone, Debug)]
pub struct DiffusionPackage {
    /// What `model.json` says.
    pub manifest: DiffusionManifest,
    /// The network of every step.
    pub denoiser: Graph,
    /// What makes the condition.
    pub encoder: Option<Graph>,
    /// What makes the image.
    pub decoder: Option<Graph>,
    /// What turns an image into x.
    pub image_encoder: Option<Graph>,
    /// SHA-256 of the denoiser's file, lower-case hex.
    pub weights_sha256: String,
}

impl DiffusionPackage {
    /// Reads a package from the bytes of `model.json` and of the files it names.
    ///
    /// # Errors
    /// A manifest that cannot be read or contradicts itself, a file that is missing or whose SHA-256 differs, a graph
    /// that cannot be read or whose inputs are not the ones the manifest names.
    pub fn read(model_json: &[u8], files: &[NamedBytes]) -> Result<Self, PipelineError> {
        if kind(model_json).is_some_and(|kind| kind == "one-pass") {
            return Err(PipelineError::NotDiffusion);
        }
        let manifest: DiffusionManifest =
            serde_json::from_slice(model_json).map_err(|error| PipelineError::Manifest(error.to_string()))?;
        manifest.check()?;
        let files = verified(&manifest.model.files, files)?;
        let graph = |name: &str, inputs: &[Option<&String>]| {
            let bytes = files.iter().find(|(entry, _)| entry.name == name);
            let (_, bytes) = bytes.ok_or_else(|| PipelineError::MissingFile(name.to_owned()))?;
            let graph = Graph::read(bytes)?;
            names(&graph, name, inputs)?;
            Ok::<_, PipelineError>(graph)
        };
        let pipeline = &manifest.pipeline;
        let denoiser = &pipeline.denoiser;
        let Denoiser { class, numbers, condition, latent, .. } = denoiser;
        let more = [class.as_ref(), numbers.as_ref(), condition.as_ref(), latent.as_ref()];
        let wanted = [&[Some(&denoiser.x), Some(&denoiser.time)][..], &more].concat();
        let network = graph(&denoiser.file, &wanted)?;
        if let Some((numbers, name)) = pipeline.numbers.as_ref().zip(denoiser.numbers.as_ref()) {
            numbers.dims(&network, name, 1)?;
        }
        let encoder = pipeline.encoder.as_ref();
        let encoder = encoder.map(|part| graph(&part.file, &[Some(&part.image), part.dose.as_ref()])).transpose()?;
        let decoder = pipeline.decoder.as_ref();
        let decoder = decoder.map(|part| graph(&part.file, &[Some(&part.x), part.condition.as_ref()])).transpose()?;
        let image_encoder = pipeline.image_encoder.as_ref();
        let image_encoder =
            image_encoder.map(|part| graph(&part.file, &[Some(&part.image), part.condition.as_ref()])).transpose()?;
        let sha256 =
            |name: &str| manifest.model.files.iter().find(|entry| entry.name == name).map(|entry| &entry.sha256);
        let weights_sha256 = sha256(&denoiser.file).cloned().unwrap_or_default();
        Ok(Self { denoiser: network, encoder, decoder, image_encoder, weights_sha256, manifest })
    }

    /// Height and width of the images that a model of one size makes.
    ///
    /// # Errors
    /// A model whose images are as large as what it is given, a decoder that gives no image.
    pub fn image_edges(&self) -> Result<[usize; 2], PipelineError> {
        let pipeline = &self.manifest.pipeline;
        let any = PipelineError::Order("the images of this model are as large as what it is given");
        let [height, width] = pipeline.sample.edges.ok_or(any)?;
        let Some((graph, names)) = self.decoder.as_ref().zip(pipeline.decoder.as_ref()) else {
            return Ok([height, width]);
        };
        let fixed = graph.specialise(&[(names.x.as_str(), &[1, pipeline.sample.channels, height, width])])?;
        match fixed.outputs.first().map(|&output| fixed.dims[output].as_slice()) {
            Some(&[.., height, width]) => Ok([height, width]),
            _ => Err(PipelineError::Manifest("its decoder gives no image".to_owned())),
        }
    }

    /// Whether `model.json` describes a diffusion model and not a one-pass network.
    #[must_use]
    pub fn is(model_json: &[u8]) -> bool {
        kind(model_json).is_some_and(|kind| kind == "diffusion")
    }
}

/// Whether the graph's inputs are exactly those the manifest names.
fn names(graph: &Graph, file: &str, wanted: &[Option<&String>]) -> Result<(), PipelineError> {
    let has: Vec<&str> = graph.inputs.iter().map(|input| graph.names[input.value].as_str()).collect();
    let wanted: Vec<&str> = wanted.iter().flatten().map(|name| name.as_str()).collect();
    let missing = wanted.iter().find(|name| !has.contains(*name));
    let spare = has.iter().find(|name| !wanted.contains(*name));
    match (missing, spare) {
        (Some(name), _) => Err(PipelineError::Manifest(format!("{file} has no input {name}"))),
        (_, Some(name)) => Err(PipelineError::Manifest(format!("nothing is known of the input {name} of {file}"))),
        (None, None) => Ok(()),
    }
}

//! A model package: the manifest and its files, checked before anything is done with them.

use darkroom_graph::Graph;
use darkroom_imaging::NamedBytes;
use sha2::{Digest, Sha256};

use crate::diffusion::DiffusionPackage;
use crate::manifest::Manifest;
use crate::{FileEntry, PipelineError, Segmenter};

/// A manifest and the graph it describes.
#[derive(Clone, Debug)]
pub struct Package {
    /// What `model.json` says.
    pub manifest: Manifest,
    /// The network.
    pub graph: Graph,
    /// SHA-256 of the network's file, lower-case hex.
    pub weights_sha256: String,
    /// The network that estimates a mask, if the package has one.
    pub segmenter: Option<Segmenter>,
}

impl Package {
    /// Reads a package from the bytes of `model.json` and of the files it names.
    ///
    /// # Errors
    /// A manifest that cannot be read or contradicts itself, a file that is missing or whose SHA-256
    /// differs, a graph that cannot be read or lacks the inputs the manifest names.
    pub fn read(model_json: &[u8], files: &[NamedBytes]) -> Result<Self, PipelineError> {
        if DiffusionPackage::is(model_json) {
            return Err(PipelineError::NotOnePass);
        }
        let manifest: Manifest =
            serde_json::from_slice(model_json).map_err(|error| PipelineError::Manifest(error.to_string()))?;
        manifest.check()?;
        let files = verified(&manifest.model.files, files)?;
        let (graph, weights_sha256) = network(&files, &manifest.graph)?;
        let segmenter = segmenter(&files, &manifest)?;
        let regions = manifest.regions.as_ref().map(|regions| &regions.name);
        for name in [&manifest.input.name].into_iter().chain(regions) {
            if graph.input(name).is_none() {
                return Err(PipelineError::Manifest(format!("the network has no input {name}")));
            }
        }
        let spare = graph.inputs.iter().map(|input| &graph.names[input.value]);
        if let Some(name) = spare.into_iter().find(|name| **name != manifest.input.name && Some(*name) != regions) {
            return Err(PipelineError::Manifest(format!("nothing is known of the network's input {name}")));
        }
        Ok(Self { manifest, graph, weights_sha256, segmenter })
    }

    /// The dimensions of each input over a window (D, H, W).
    #[must_use]
    pub fn input_dims(&self, window: [usize; 3]) -> Vec<(&str, Vec<usize>)> {
        let Manifest { input, regions, .. } = &self.manifest;
        let regions = regions.as_ref().map(|regions| (regions.name.as_str(), regions.channels()));
        let all = std::iter::once((input.name.as_str(), 1)).chain(regions);
        all.map(|(name, channels)| (name, input.axes.shape(channels, window))).collect()
    }
}

/// The network of that name, with its hash.
fn network(files: &[(&FileEntry, &[u8])], name: &str) -> Result<(Graph, String), PipelineError> {
    let found = files.iter().find(|(entry, _)| entry.name == name);
    let (entry, bytes) = found.ok_or_else(|| PipelineError::MissingFile(name.to_owned()))?;
    Ok((Graph::read(bytes)?, entry.sha256.clone()))
}

/// The segmenter, if the manifest names one.
fn segmenter(files: &[(&FileEntry, &[u8])], manifest: &Manifest) -> Result<Option<Segmenter>, PipelineError> {
    let Some(regions) = &manifest.regions else { return Ok(None) };
    let Some(spec) = regions.segmenter.clone() else { return Ok(None) };
    let (graph, sha256) = network(files, &spec.graph)?;
    Segmenter::new(spec, graph, sha256, regions.classes.len()).map(Some)
}

/// The files that a manifest names, each with the hash it should have.
///
/// # Errors
/// A file that is missing or whose SHA-256 differs.
pub(crate) fn verified<'a>(
    entries: &'a [FileEntry],
    files: &'a [NamedBytes],
) -> Result<Vec<(&'a FileEntry, &'a [u8])>, PipelineError> {
    let check = |entry: &'a FileEntry| {
        let file = files.iter().find(|file| file.name == entry.name);
        let bytes = &file.ok_or_else(|| PipelineError::MissingFile(entry.name.clone()))?.bytes;
        let got = hex(&Sha256::digest(bytes));
        if got != entry.sha256 {
            return Err(PipelineError::Checksum { name: entry.name.clone(), got, wanted: entry.sha256.clone() });
        }
        Ok((entry, bytes.as_slice()))
    };
    entries.iter().map(check).collect()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SHA-256 of values as little-endian float32, lower-case hex.
pub(crate) fn sha256_of(values: &[f32]) -> String {
    let mut hash = Sha256::new();
    for value in values {
        hash.update(value.to_le_bytes());
    }
    hex(&hash.finalize())
}

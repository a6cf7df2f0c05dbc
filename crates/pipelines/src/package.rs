//! A model package: the manifest and its files, checked before anything is done with them.

use darkroom_graph::Graph;
use darkroom_imaging::NamedBytes;
use sha2::{Digest, Sha256};

use crate::PipelineError;
use crate::manifest::{FORMAT, Manifest, PipelineKind};

/// A manifest and the graph it describes.
#[derive(Clone, Debug)]
pub struct Package {
    /// What `model.json` says.
    pub manifest: Manifest,
    /// The network.
    pub graph: Graph,
    /// SHA-256 of the network's file, lower-case hex.
    pub weights_sha256: String,
}

impl Package {
    /// Reads a package from the bytes of `model.json` and of the files it names.
    ///
    /// # Errors
    /// A manifest that cannot be read or contradicts itself, a file that is missing or whose SHA-256
    /// differs, a graph that cannot be read or lacks the inputs the manifest names.
    pub fn read(model_json: &[u8], files: &[NamedBytes]) -> Result<Self, PipelineError> {
        let manifest: Manifest =
            serde_json::from_slice(model_json).map_err(|error| PipelineError::Manifest(error.to_string()))?;
        check(&manifest)?;
        let mut graph = None;
        for entry in &manifest.files {
            let file = files.iter().find(|file| file.name == entry.name);
            let bytes = &file.ok_or_else(|| PipelineError::MissingFile(entry.name.clone()))?.bytes;
            let got = hex(&Sha256::digest(bytes));
            if got != entry.sha256 {
                return Err(PipelineError::Checksum { name: entry.name.clone(), got, wanted: entry.sha256.clone() });
            }
            if entry.name == manifest.graph {
                graph = Some((Graph::read(bytes)?, got));
            }
        }
        let (graph, weights_sha256) = graph.ok_or_else(|| PipelineError::MissingFile(manifest.graph.clone()))?;
        for name in [&manifest.input.name, &manifest.regions.name] {
            if graph.input(name).is_none() {
                return Err(PipelineError::Manifest(format!("the network has no input {name}")));
            }
        }
        Ok(Self { manifest, graph, weights_sha256 })
    }

    /// Number of channels of the region input.
    #[must_use]
    pub fn region_channels(&self) -> usize {
        let regions = &self.manifest.regions;
        regions.classes.len().max(regions.unknown + 1).max(regions.dose + 1)
    }
}

fn check(manifest: &Manifest) -> Result<(), PipelineError> {
    let refuse = |reason: &str| Err(PipelineError::Manifest(reason.to_owned()));
    if manifest.format != FORMAT {
        return refuse(&format!("it has format {}, this version of Darkroom reads format {FORMAT}", manifest.format));
    }
    if manifest.input.normalisation != "foreground-mean" {
        return refuse(&format!("the normalisation {} is not known", manifest.input.normalisation));
    }
    let PipelineKind::OnePass { tile, mean_preservation } = manifest.pipeline;
    if tile.inner == 0 || tile.multiple == 0 {
        return refuse("a tile needs an inner size and a multiple above 0");
    }
    if mean_preservation.is_some_and(|keep| !(1.0..=100.0).contains(&keep.sigma_mm)) {
        return refuse("the Gaussian that keeps means is not between 1 and 100 mm wide");
    }
    let dose = &manifest.dose;
    if !(dose.min > 0.0 && dose.min <= dose.max && dose.max <= 1.0) {
        return refuse("its dose range is not between 0 and 1");
    }
    let probe = &manifest.probe;
    let voxels: usize = probe.dims.iter().product();
    if voxels > 1 << 20 || probe.samples.is_empty() || probe.samples.iter().any(|&(index, _)| index >= voxels) {
        return refuse("its probe is empty or larger than 2^20 voxels, or samples outside itself");
    }
    Ok(())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

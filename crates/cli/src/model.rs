//! Where a model comes from: the one built in, or a folder.

use std::path::Path;

use darkroom_imaging::NamedBytes;
use darkroom_pipelines::{Manifest, Package, PipelineError};

use crate::error::{CliError, read};

/// The package in `folder`, or the built-in `pet-enhance`.
pub(crate) fn open(folder: Option<&Path>) -> Result<Package, CliError> {
    let Some(folder) = folder else { return builtin() };
    let json = read(&folder.join("model.json"))?;
    let manifest: Manifest =
        serde_json::from_slice(&json).map_err(|error| PipelineError::Manifest(error.to_string()))?;
    let files = manifest
        .files
        .iter()
        // Only the file's own name counts, so that a manifest cannot reach outside its folder.
        .filter_map(|entry| Path::new(&entry.name).file_name())
        .map(|name| Ok(NamedBytes { name: name.to_string_lossy().into_owned(), bytes: read(&folder.join(name))? }))
        .collect::<Result<Vec<_>, CliError>>()?;
    Ok(Package::read(&json, &files)?)
}

fn builtin() -> Result<Package, CliError> {
    let json = include_bytes!("../../../weights/pet-enhance/model.json");
    let graph = include_bytes!("../../../weights/pet-enhance/pet-enhance.onnx");
    let files = [NamedBytes { name: "pet-enhance.onnx".to_owned(), bytes: graph.to_vec() }];
    Ok(Package::read(json, &files)?)
}

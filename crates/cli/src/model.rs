//! Where a model comes from: the one built in, a folder, a zip of it, or a bare network.

use std::path::Path;

use darkroom_graph::Graph;
use darkroom_imaging::NamedBytes;
use darkroom_pipelines::diffusion::DiffusionPackage;
use darkroom_pipelines::{Description, FileEntry, Package, PipelineError};

use crate::error::{CliError, read};

/// The package at `path`, or the built-in `pet-enhance`. What had to be guessed of a bare network is said on stderr.
pub(crate) fn open(path: Option<&Path>) -> Result<Package, CliError> {
    let Some(path) = path else { return builtin() };
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    match extension.as_deref() {
        Some("onnx") => bare(path),
        Some("zip") => {
            let (json, files) = zipped(path)?;
            Ok(Package::read(&json, &files)?)
        }
        _ => {
            let (json, files) = folder(path)?;
            Ok(Package::read(&json, &files)?)
        }
    }
}

/// The diffusion package at `path`, a folder or a zip.
pub(crate) fn diffusion(path: &Path) -> Result<DiffusionPackage, CliError> {
    let zip = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip"));
    let (json, files) = if zip { zipped(path)? } else { folder(path)? };
    Ok(DiffusionPackage::read(&json, &files)?)
}

/// `model.json` and the other files of a zip: of the folder, or of what is in it.
fn zipped(path: &Path) -> Result<(Vec<u8>, Vec<NamedBytes>), CliError> {
    let own = |name: &str| name.rsplit('/').next().unwrap_or(name).to_owned();
    let files = darkroom_formats::unpack(&read(path)?)?.into_iter();
    let files: Vec<NamedBytes> = files.map(|file| NamedBytes { name: own(&file.name), bytes: file.bytes }).collect();
    let json = files.iter().find(|file| file.name == "model.json").map(|file| file.bytes.clone());
    Ok((json.ok_or_else(|| PipelineError::MissingFile("model.json".to_owned()))?, files))
}

/// The part of every kind of manifest that names files.
#[derive(serde::Deserialize)]
struct Listed {
    files: Vec<FileEntry>,
}

/// `model.json` of a folder and the files that it names.
fn folder(folder: &Path) -> Result<(Vec<u8>, Vec<NamedBytes>), CliError> {
    let json = read(&folder.join("model.json"))?;
    let listed: Listed = serde_json::from_slice(&json).map_err(|error| PipelineError::Manifest(error.to_string()))?;
    let files = listed
        .files
        .iter()
        // Only the file's own name counts, so that a manifest cannot reach outside its folder.
        .filter_map(|entry| Path::new(&entry.name).file_name())
        .map(|name| Ok(NamedBytes { name: name.to_string_lossy().into_owned(), bytes: read(&folder.join(name))? }))
        .collect::<Result<Vec<_>, CliError>>()?;
    Ok((json, files))
}

fn bare(path: &Path) -> Result<Package, CliError> {
    let bytes = read(path)?;
    let graph = Graph::read(&bytes).map_err(PipelineError::from)?;
    let guess = Description::guess(&graph, &path.to_string_lossy())?;
    eprintln!(
        "{} says nothing of its images; taken as {:?} normalised by {:?}. `darkroom package` writes down what is right.",
        path.display(),
        guess.axes,
        guess.normalisation
    );
    Ok(pollster::block_on(guess.package(&bytes))?.1)
}

fn builtin() -> Result<Package, CliError> {
    let json = include_bytes!("../../../weights/pet-enhance/model.json");
    let graph = include_bytes!("../../../weights/pet-enhance/pet-enhance.onnx");
    let files = [NamedBytes { name: "pet-enhance.onnx".to_owned(), bytes: graph.to_vec() }];
    Ok(Package::read(json, &files)?)
}

//! Where a model comes from: the one built in, a folder, a zip of it, or a bare network.

use std::path::Path;

use darkroom_graph::Graph;
use darkroom_imaging::NamedBytes;
use darkroom_pipelines::diffusion::DiffusionPackage;
use darkroom_pipelines::{Description, FileEntry, Package, PackageFiles, PipelineError};

use crate::error::{CliError, read};

/// The package at `path`, or the built-in `pet-enhance`. What had to be guessed of a bare network is said on stderr.
pub(crate) fn open(path: Option<&Path>) -> Result<Package, CliError> {
    let Some(path) = path else { return builtin() };
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    match extension.as_deref() {
        Some("onnx") => bare(path),
        _ => {
            let files = files(path)?;
            Ok(Package::read(files.manifest()?, files.all())?)
        }
    }
}

/// The diffusion package at `path`, a folder or a zip.
pub(crate) fn diffusion(path: &Path) -> Result<DiffusionPackage, CliError> {
    let files = files(path)?;
    Ok(DiffusionPackage::read(files.manifest()?, files.all())?)
}

/// The files of a package, a folder or a zip.
fn files(path: &Path) -> Result<PackageFiles, CliError> {
    let zip = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip"));
    let files = if zip { darkroom_formats::unpack(&read(path)?)? } else { folder(path)? };
    Ok(files.into())
}

/// The part of every kind of manifest that names files.
#[derive(serde::Deserialize)]
struct Listed {
    files: Vec<FileEntry>,
}

/// `model.json` of a folder and the files that it names.
fn folder(folder: &Path) -> Result<Vec<NamedBytes>, CliError> {
    let json = read(&folder.join("model.json"))?;
    let listed: Listed = serde_json::from_slice(&json).map_err(|error| PipelineError::Manifest(error.to_string()))?;
    let named = listed
        .files
        .iter()
        // Only the file's own name counts, so that a manifest cannot reach outside its folder.
        .filter_map(|entry| Path::new(&entry.name).file_name())
        .map(|name| Ok(NamedBytes { name: name.to_string_lossy().into_owned(), bytes: read(&folder.join(name))? }));
    let manifest = NamedBytes { name: "model.json".to_owned(), bytes: json.clone() };
    std::iter::once(Ok(manifest)).chain(named).collect()
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
    let segmenter = include_bytes!("../../../weights/pet-enhance/segmenter.onnx");
    let named = |name: &str, bytes: &[u8]| NamedBytes { name: name.to_owned(), bytes: bytes.to_vec() };
    let files = [named("pet-enhance.onnx", graph), named("segmenter.onnx", segmenter)];
    Ok(Package::read(json, &files)?)
}

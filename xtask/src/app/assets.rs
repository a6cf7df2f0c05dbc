//! What lies beside the modules: the page's own files, the samples, the weights.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::index;
use crate::error::TaskError;
use crate::workspace::Workspace;

/// Puts the page together in `dist/`: exactly the files it is made of, whatever lay there before.
///
/// # Errors
/// A file cannot be read or written.
pub(super) fn gather(workspace: &Workspace, modules: &[PathBuf]) -> Result<(), TaskError> {
    let mut wanted = library_files(workspace, modules)?;
    wanted.insert(PathBuf::from("index.html"), workspace.root.join("index.html"));
    collect(&workspace.root.join("web"), Path::new("web"), &mut wanted)?;
    let samples: Vec<_> = wanted.keys().filter(|target| target.starts_with("web/samples")).cloned().collect();
    for sample in samples {
        if let (Some(source), Some(name)) = (wanted.remove(&sample), sample.file_name()) {
            wanted.insert(Path::new("samples").join(name), source);
        }
    }
    collect(&workspace.root.join("weights"), Path::new("weights"), &mut wanted)?;
    let models = index::of(&wanted)?;
    fill(&workspace.dist(), &wanted)?;
    let file = workspace.dist().join(index::PATH);
    std::fs::write(&file, models).map_err(TaskError::file("write", &file))
}

/// Puts the ES module together in `folder`.
///
/// # Errors
/// A file cannot be read or written.
pub(super) fn gather_library(workspace: &Workspace, modules: &[PathBuf], folder: &Path) -> Result<(), TaskError> {
    fill(folder, &library_files(workspace, modules)?)
}

/// Puts the page of the ONNX project's node tests together in `folder`, with the package `wheel` that carries them.
///
/// # Errors
/// A file cannot be read or written.
pub(super) fn gather_conformance(
    workspace: &Workspace,
    modules: &[PathBuf],
    wheel: &Path,
    folder: &Path,
) -> Result<(), TaskError> {
    let mut wanted = module_files(modules)?;
    wanted.insert(PathBuf::from("index.html"), workspace.root.join("tests/conformance-web/index.html"));
    wanted.insert(PathBuf::from("onnx.whl"), wheel.to_owned());
    fill(folder, &wanted)
}

/// The files of `modules`, and the ES module's own.
fn library_files(workspace: &Workspace, modules: &[PathBuf]) -> Result<BTreeMap<PathBuf, PathBuf>, TaskError> {
    let mut files = module_files(modules)?;
    collect(&workspace.root.join("crates/module/js"), Path::new(""), &mut files)?;
    Ok(files)
}

fn module_files(modules: &[PathBuf]) -> Result<BTreeMap<PathBuf, PathBuf>, TaskError> {
    let mut files = BTreeMap::new();
    for module in modules {
        collect(module, Path::new(""), &mut files)?;
    }
    // The mark that a module is made is no file of its own.
    files.retain(|target, _| target.extension().is_some());
    Ok(files)
}

/// Makes `folder` hold exactly the files `wanted`: target below it to source.
fn fill(folder: &Path, wanted: &BTreeMap<PathBuf, PathBuf>) -> Result<(), TaskError> {
    let mut present = BTreeMap::new();
    collect(folder, Path::new(""), &mut present)?;
    for (target, file) in &present {
        if !wanted.contains_key(target) {
            std::fs::remove_file(file).map_err(TaskError::file("remove", file))?;
        }
    }
    wanted.iter().try_for_each(|(target, source)| copy(source, &folder.join(target)))
}

/// Every file below `folder`, by its path below `prefix`; a folder that is not there holds none.
fn collect(folder: &Path, prefix: &Path, files: &mut BTreeMap<PathBuf, PathBuf>) -> Result<(), TaskError> {
    let entries = match folder.read_dir() {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(TaskError::file("read", folder)(error)),
    };
    for entry in entries {
        let entry = entry.map_err(TaskError::file("read", folder))?;
        let (path, target) = (entry.path(), prefix.join(entry.file_name()));
        if path.is_dir() {
            collect(&path, &target, files)?;
        } else {
            files.insert(target, path);
        }
    }
    Ok(())
}

fn copy(source: &Path, target: &Path) -> Result<(), TaskError> {
    if let Some(folder) = target.parent() {
        std::fs::create_dir_all(folder).map_err(TaskError::file("make", folder))?;
    }
    std::fs::copy(source, target).map(drop).map_err(TaskError::file("copy", source))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dist_holds_exactly_the_page() {
        let root = std::env::temp_dir().join(format!("darkroom-assets-{}", std::process::id()));
        let write = |path: &str| {
            let file = root.join(path);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, path).unwrap();
        };
        let sources = [
            "index.html",
            "web/style.css",
            "web/samples/torso.nii.gz",
            "weights/pet/model.json",
            "crates/module/js/darkroom.js",
            "glue/app.js",
        ];
        sources.into_iter().for_each(write);
        std::fs::write(root.join("weights/pet/model.json"), "{}").unwrap();
        write("glue/made-with-nothing");
        write("dist/stale.js");

        let workspace = Workspace { root: root.clone(), target: root.join("target") };
        gather(&workspace, &[root.join("glue")]).unwrap();

        let mut files = BTreeMap::new();
        collect(&root.join("dist"), Path::new(""), &mut files).unwrap();
        let names: Vec<_> = files.keys().map(|path| path.to_string_lossy().into_owned()).collect();
        assert_eq!(
            names,
            [
                "app.js",
                "darkroom.js",
                "index.html",
                "samples/torso.nii.gz",
                "web/style.css",
                "weights/index.json",
                "weights/pet/model.json"
            ]
        );
        std::fs::remove_dir_all(&root).unwrap();
    }
}

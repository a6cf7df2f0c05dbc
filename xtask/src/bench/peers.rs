//! `cargo xtask bench peers`: Darkroom's ES module and onnxruntime-web on the same ONNX files in one Chromium.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::arguments::PeersOptions;
use crate::error::TaskError;
use crate::workspace::Workspace;
use crate::{app, command, setup};

/// The environment variable that names a Python with the packages of `bench/peers/requirements.txt`.
const PYTHON: &str = "DARKROOM_PYTHON";

/// Makes the models, builds the module, and measures; the table, the figures and the plot go to `docs/performance/`.
///
/// # Errors
/// Chromium, Node, a package or a Python with PyTorch is missing, or a build fails.
pub(crate) fn run(workspace: &Workspace, options: &PeersOptions) -> Result<(), TaskError> {
    let chromium = setup::chromium()?;
    let folder = workspace.root.join("bench/peers");
    setup::node_packages(&folder)?;
    let models = make_models(workspace, &options.models)?;
    let library = app::library(workspace)?;

    let names = if options.models.is_empty() { made(&models)? } else { options.models.clone() };
    let mut node = Command::new("node");
    node.arg(folder.join("run.mjs")).args([&library, &models, &workspace.root.join("docs/performance")]);
    command::run(node.arg(chromium).args([options.rounds.to_string(), options.limit.to_string()]).args(names))
}

/// Makes the named models, or all, unless they are there already, and gives their folder.
///
/// # Errors
/// There is no Python with PyTorch, or it fails.
pub(super) fn make_models(workspace: &Workspace, names: &[String]) -> Result<PathBuf, TaskError> {
    let models = workspace.target.join("peers/models");
    let mut python = Command::new(python()?);
    command::run(python.arg(workspace.root.join("bench/peers/models.py")).arg(&models).args(names))?;
    Ok(models)
}

pub(super) fn python() -> Result<PathBuf, TaskError> {
    std::env::var_os(PYTHON).map(PathBuf::from).ok_or_else(|| TaskError::Missing {
        what: "a Python with PyTorch and MONAI, which makes the models".to_owned(),
        remedy: format!(
            "`python3 -m venv VENV && VENV/bin/pip install -r bench/peers/requirements.txt`, \
             then set {PYTHON}=VENV/bin/python"
        ),
    })
}

/// The models that lie in `folder`, the small ones first.
fn made(folder: &Path) -> Result<Vec<String>, TaskError> {
    let entries = folder.read_dir().map_err(TaskError::file("read", folder))?;
    let mut models: Vec<(u64, String)> = entries
        .flatten()
        .filter_map(|entry| {
            let size = entry.path().join("model.onnx").metadata().ok()?.len();
            Some((size, entry.file_name().to_string_lossy().into_owned()))
        })
        .collect();
    models.sort();
    Ok(models.into_iter().map(|(_, name)| name).collect())
}

//! `cargo xtask bench denoisers`: what a step of each diffusion model costs, the network and everything else.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::{mib, peers};
use crate::command;
use crate::error::TaskError;
use crate::workspace::Workspace;

/// Measures the diffusion packages under `weights/` and MONAI's U-Net natively; table and figures go to
/// `docs/performance/`.
///
/// # Errors
/// A Python with the packages of `bench/peers/requirements.txt` is missing, or the build or a run fails.
pub(crate) fn run(workspace: &Workspace) -> Result<(), TaskError> {
    let models = peers::make_models(workspace, &["diffusion2d".to_owned()])?;
    let unet = workspace.target.join("denoisers/monai-diffusion-unet-64");
    let mut python = Command::new(peers::python()?);
    command::run(python.arg(workspace.root.join("bench/denoisers/monai_unet.py")).arg(&models).arg(&unet))?;

    let mut cargo = Command::new("cargo");
    cargo.current_dir(&workspace.root).args(["bench", "--locked", "-p", "darkroom-pipelines", "--bench", "denoisers"]);
    cargo.arg("--").args(packages(&workspace.root.join("weights"))?).arg(&unet);
    crate::setup::choose_vulkan_driver(&mut cargo);
    let answer = command::output(&mut cargo)?;
    let unreadable = |error: serde_json::Error| TaskError::Answer {
        command: command::shown(&cargo),
        reason: format!("a line of it is no JSON, {error}"),
    };
    let lines = answer.lines().filter(|line| line.starts_with('{'));
    let rows: Vec<Value> = lines.map(serde_json::from_str).collect::<Result<_, _>>().map_err(unreadable)?;

    let table = table(&rows);
    println!("{table}");
    let folder = workspace.root.join("docs/performance");
    let json = serde_json::to_string_pretty(&rows).map_err(unreadable)?;
    for (name, text) in [("denoisers.md", table), ("denoisers.json", json + "\n")] {
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(TaskError::file("write", &path))?;
    }
    Ok(())
}

/// The folders of diffusion packages, in the order of their names.
fn packages(weights: &Path) -> Result<Vec<PathBuf>, TaskError> {
    let entries = weights.read_dir().map_err(TaskError::file("read", weights))?;
    let diffusion = |folder: &PathBuf| {
        let json = std::fs::read(folder.join("model.json")).ok();
        let json: Option<Value> = json.and_then(|json| serde_json::from_slice(&json).ok());
        json.is_some_and(|json| json["pipeline"]["kind"] == "diffusion")
    };
    let mut folders: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(diffusion).collect();
    folders.sort();
    Ok(folders)
}

/// The figures as Markdown.
fn table(rows: &[Value]) -> String {
    let mut text = String::from(
        "# Steps of diffusion models\n\n\
         Written by `cargo xtask bench denoisers`. The network's time is from its first submit until its outputs can \
         be read, the rest is what a step takes beside it: making and copying inputs, reading outputs, the sampler's \
         arithmetic; medians over the steps of a run. The first preview is from the order to the first predicted image, with planning. A model \
         that takes an image was given one of 128x128.\n\n\
         | model | adapter | evaluations | network, ms a step | rest, ms a step | rest, % of the network | \
         first preview, ms | memory, MiB |\n|---|---|---|---|---|---|---|---|\n",
    );
    for row in rows {
        let number = |key: &str| row[key].as_f64().unwrap_or(f64::NAN);
        let word = |key: &str| row[key].as_str().unwrap_or("?");
        let (rest, network) = (number("rest_seconds"), number("network_seconds"));
        let guided = if row["guided"] == true { ", guided" } else { "" };
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| {} | {} ({}) | {:.0}{guided} | {:.1} | {:.2} | {:.1} | {:.0} | {:.1} |",
            word("model"),
            word("adapter"),
            word("kind"),
            number("evaluations"),
            1e3 * network,
            1e3 * rest,
            100.0 * rest / network,
            1e3 * number("preview_seconds"),
            mib(number("allocated_bytes")),
        );
    }
    text
}

//! `cargo xtask app`: the release page, built into `dist/` and served on this machine.

mod assets;
mod index;
mod module;
mod optimise;
mod serve;
mod sizes;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::arguments::AppOptions;
use crate::error::TaskError;
use crate::workspace::Workspace;
use crate::{command, setup};

pub(crate) use serve::Server;
pub(crate) use sizes::print as print_sizes;

/// Builds the page and, unless told otherwise, serves it until the program is ended.
///
/// # Errors
/// A tool is missing, the build fails, or no port is free.
pub(crate) fn run(workspace: &Workspace, options: &AppOptions) -> Result<(), TaskError> {
    build(workspace)?;
    print_sizes(&workspace.dist())?;
    if !options.serve {
        return Ok(());
    }
    let server = Server::bind(workspace.dist(), options.port)?;
    println!("\nDarkroom is on {} (Ctrl+C ends it).", server.url());
    if options.open {
        open(&server.url())?;
    }
    server.run();
    Ok(())
}

/// Builds the page into `dist/`.
///
/// # Errors
/// A tool is missing or the build fails.
pub(crate) fn build(workspace: &Workspace) -> Result<(), TaskError> {
    setup::wasm_target(workspace)?;
    let glue = module::build(workspace)?;
    assets::gather(workspace, &glue)
}

/// Builds the ES module alone into a folder of the target folder, and gives that.
///
/// # Errors
/// A tool is missing or the build fails.
pub(crate) fn library(workspace: &Workspace) -> Result<PathBuf, TaskError> {
    setup::wasm_target(workspace)?;
    let folder = workspace.target.join("library");
    assets::gather_library(workspace, &module::build_library(workspace)?, &folder)?;
    Ok(folder)
}

/// Builds the page of the ONNX project's node tests into a folder of the target folder, and gives that; `wheel` is the
/// package that carries them.
///
/// # Errors
/// A tool is missing or the build fails.
pub(crate) fn conformance(workspace: &Workspace, wheel: &Path) -> Result<PathBuf, TaskError> {
    setup::wasm_target(workspace)?;
    let folder = workspace.target.join("conformance-page");
    assets::gather_conformance(workspace, &module::build_conformance(workspace)?, wheel, &folder)?;
    Ok(folder)
}

fn open(url: &str) -> Result<(), TaskError> {
    let mut opener = if cfg!(target_os = "macos") {
        Command::new("open")
    } else if cfg!(windows) {
        let mut start = Command::new("cmd");
        start.args(["/C", "start"]);
        start
    } else {
        Command::new("xdg-open")
    };
    command::run(opener.arg(url))
}

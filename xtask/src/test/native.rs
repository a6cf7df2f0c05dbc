//! `cargo test`, with a Vulkan driver chosen.

use std::process::Command;

use super::libtest::Reader;
use super::outcome::Outcome;
use super::tools;
use crate::error::TaskError;
use crate::workspace::Workspace;
use crate::{command, setup};

/// Runs the unit, integration and documentation tests of every crate.
///
/// # Errors
/// No Vulkan driver can be had, or Cargo cannot be started.
pub(super) fn run(workspace: &Workspace) -> Result<Outcome, TaskError> {
    setup::vulkan()?;
    for outcome in [setup::dicom_checker(), setup::dicom_toolkit()] {
        // The tests that want it say so again, and are counted as skipped.
        if let Err(error) = outcome {
            println!("{error}");
        }
    }
    let mut cargo = Command::new("cargo");
    cargo.current_dir(&workspace.root).args(["test", "--workspace", "--locked", "--no-fail-fast"]);
    // A test that skips says so on its output, which is shown for failures only unless asked for.
    cargo.args(["--", "--show-output"]);
    setup::choose_vulkan_driver(&mut cargo);
    if std::env::var_os("DARKROOM_PYTHON").is_none() {
        match tools::readers(workspace) {
            Ok(python) => {
                cargo.env("DARKROOM_PYTHON", python);
            }
            Err(error) => println!("no Python to compare files with: {error}"),
        }
    }
    counted(&mut cargo)
}

/// Runs whole networks on Burn's wgpu backend besides its CPU backend, against PyTorch and the kernels' twins.
///
/// # Errors
/// No Vulkan driver can be had, or Cargo cannot be started.
pub(super) fn oracle(workspace: &Workspace) -> Result<Outcome, TaskError> {
    setup::vulkan()?;
    let mut cargo = Command::new("cargo");
    cargo.current_dir(&workspace.root).args(["test", "--locked", "-p", "darkroom-reference", "--features", "wgpu"]);
    cargo.args(["--test", "networks", "--", "--show-output"]);
    setup::choose_vulkan_driver(&mut cargo);
    counted(&mut cargo)
}

/// Runs `cargo test` and counts what it prints.
fn counted(cargo: &mut Command) -> Result<Outcome, TaskError> {
    let mut reader = Reader::default();
    let status = command::lines(cargo, |line| {
        if let Some(shown) = reader.read(line) {
            println!("{shown}");
        }
    })?;
    let mut outcome = reader.finish();
    if !status.success() && outcome.failed == 0 {
        outcome.add(&Outcome::failed("the native tests did not build, or one ended its program"));
    }
    Ok(outcome)
}

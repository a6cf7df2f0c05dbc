//! The node tests of the ONNX project: by the program in `tests/conformance`, and a third of them in Chromium.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::outcome::Outcome;
use crate::error::TaskError;
use crate::setup::choose_vulkan_driver;
use crate::workspace::Workspace;
use crate::{app, command, setup};

/// Runs the cases whose name contains `filter` on every executor.
///
/// # Errors
/// No Vulkan driver can be had, or Cargo cannot be started.
pub(super) fn run(workspace: &Workspace, filter: Option<&str>) -> Result<Outcome, TaskError> {
    setup::vulkan()?;
    let mut cargo = program(workspace);
    cargo.arg(workspace.target.join("onnx-tests")).args(filter);
    choose_vulkan_driver(&mut cargo);
    let mut outcome = Outcome::default();
    let status = command::lines(&mut cargo, |line| {
        println!("{line}");
        read(line, &mut outcome);
    })?;
    if !status.success() && outcome.failed == 0 {
        outcome.add(&Outcome::failed("the node tests of the ONNX project did not build, or ended early"));
    }
    if let Some(wheel) = wheel(&workspace.target.join("onnx-tests")) {
        outcome.add(&in_chromium(workspace, &wheel, filter)?);
    }
    Ok(outcome)
}

/// The package that the program has fetched; it has said why there is none.
fn wheel(cache: &Path) -> Option<PathBuf> {
    let entries = cache.read_dir().ok()?;
    entries.flatten().map(|entry| entry.path()).find(|path| path.extension().is_some_and(|ending| ending == "whl"))
}

/// Runs a third of the cases whose name contains `filter` on the WebGPU of a Chromium.
fn in_chromium(workspace: &Workspace, wheel: &Path, filter: Option<&str>) -> Result<Outcome, TaskError> {
    let chromium = setup::chromium()?;
    let server = app::Server::bind(app::conformance(workspace, wheel)?, 0)?;
    let url = server.url();
    std::thread::spawn(move || server.run());
    let mut node = Command::new("node");
    node.current_dir(workspace.browser_tests()).arg("conformance.mjs").args(filter);
    node.env("DARKROOM_URL", url).env("DARKROOM_CHROMIUM", chromium);
    let mut outcome = Outcome::default();
    let status = command::lines(&mut node, |line| {
        println!("{line}");
        read(line, &mut outcome);
    })?;
    if !status.success() {
        outcome.add(&Outcome::failed("the node tests of the ONNX project ended early in Chromium"));
    }
    Ok(outcome)
}

/// Writes `docs/operators.md` as the operator tables have it.
///
/// # Errors
/// The program does not build, or the page cannot be written.
pub(crate) fn operators(workspace: &Workspace) -> Result<(), TaskError> {
    let page = command::output(program(workspace).arg("--operators"))?;
    let path = workspace.root.join("docs/operators.md");
    std::fs::write(&path, page).map_err(TaskError::file("write", &path))
}

fn program(workspace: &Workspace) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(&workspace.root).args(["run", "--quiet", "--locked", "-p", "darkroom-conformance", "--"]);
    cargo
}

/// Takes the sum of all executors, and what failed or did not run.
fn read(line: &str, outcome: &mut Outcome) {
    let counts: Vec<(usize, &str)> = line
        .split(", ")
        .filter_map(|part| part.split_once(' ').and_then(|(count, word)| Some((count.parse().ok()?, word))))
        .collect();
    if let [(passed, "passed"), (failed, "failed"), (skipped, "skipped")] = *counts {
        (outcome.passed, outcome.failed, outcome.skipped) = (passed, failed, skipped);
    } else if line.starts_with("FAILED: ") || line.starts_with("SKIPPED: ") {
        outcome.notes.push(line.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_counts_and_failures_are_kept() {
        let mut outcome = Outcome::default();
        for line in [
            "on cpu   passed  failed",
            "Add           8       0",
            "FAILED: cpu: test_add: its shape is [1], wanted is [2]",
            "cpu: 9 passed, 1 failed, 3 skipped (2 unlisted)",
            "9 passed, 1 failed, 3 skipped",
        ] {
            read(line, &mut outcome);
        }
        assert_eq!((outcome.passed, outcome.failed, outcome.skipped), (9, 1, 3));
        assert_eq!(outcome.notes, ["FAILED: cpu: test_add: its shape is [1], wanted is [2]"]);
    }
}

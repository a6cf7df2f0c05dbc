//! What is wrong with the text of the program.

use std::process::Command;

use super::outcome::Outcome;
use super::tools;
use crate::workspace::Workspace;
use crate::{command, setup};

/// One check of the sources.
pub(super) struct Check {
    /// Its name in the summary.
    pub(super) name: &'static str,
    /// Runs it.
    pub(super) run: fn(&Workspace) -> Outcome,
}

/// Every check, the quick ones first.
pub(super) const CHECKS: [Check; 5] = [
    Check { name: "format", run: format },
    Check { name: "spelling", run: spelling },
    Check { name: "licences", run: licences },
    Check { name: "clippy", run: clippy },
    Check { name: "clippy (web)", run: clippy_web },
];

fn format(workspace: &Workspace) -> Outcome {
    cargo(workspace, &["fmt", "--all", "--check"], "cargo fmt --all --check")
}

fn clippy(workspace: &Workspace) -> Outcome {
    let arguments = ["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"];
    cargo(workspace, &arguments, "cargo clippy")
}

fn clippy_web(workspace: &Workspace) -> Outcome {
    if let Err(error) = setup::wasm_target(workspace) {
        return Outcome::failed(error.to_string());
    }
    let target = ["clippy", "--locked", "--target", "wasm32-unknown-unknown"];
    let packages = [
        "darkroom-app",
        "darkroom-worker",
        "darkroom-dicom",
        "darkroom-module-gpu",
        "darkroom-module-cpu",
        "darkroom-conformance-web",
    ];
    let packages = packages.into_iter().flat_map(|package| ["-p", package]);
    let arguments: Vec<&str> = target.into_iter().chain(packages).chain(["--", "-D", "warnings"]).collect();
    cargo(workspace, &arguments, "cargo clippy for wasm32-unknown-unknown")
}

/// Licences, banned crates and sources, as `deny.toml` says.
fn licences(workspace: &Workspace) -> Outcome {
    with_tool(workspace, "cargo-deny", &["--workspace", "--locked", "check", "licenses", "bans", "sources"])
}

fn spelling(workspace: &Workspace) -> Outcome {
    with_tool(workspace, "typos", &[])
}

fn cargo(workspace: &Workspace, arguments: &[&str], name: &str) -> Outcome {
    outcome(Command::new("cargo").current_dir(&workspace.root).args(arguments), name)
}

fn with_tool(workspace: &Workspace, name: &str, arguments: &[&str]) -> Outcome {
    match tools::find(workspace, name) {
        Ok(program) => outcome(Command::new(program).current_dir(&workspace.root).args(arguments), name),
        Err(reason) => {
            println!("SKIPPED: {name}: {reason}");
            Outcome::skipped(format!("{name}: {reason}"))
        }
    }
}

fn outcome(program: &mut Command, name: &str) -> Outcome {
    match command::run(program) {
        Ok(()) => Outcome::passed(),
        Err(error) => Outcome::failed(format!("{name}: {error}")),
    }
}

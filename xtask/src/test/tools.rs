//! The linters that are not part of the Rust toolchain.
//!
//! Both are Rust programs that take minutes to compile. Their PyPI packages carry the built program, so they are taken
//! from there, by hash, into a folder of Cargo's target folder.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::workspace::Workspace;
use crate::{command, find, setup};

/// The program `name`: the one on the PATH, or the locked one, installed on first use.
///
/// # Errors
/// Why it cannot be had, in a sentence.
pub(super) fn find(workspace: &Workspace, name: &str) -> Result<PathBuf, String> {
    if let Some(program) = find::program(&[name]) {
        return Ok(program);
    }
    let environment = workspace.target.join("lint-tools");
    let requirements = workspace.root.join("xtask/lint-tools.txt");
    let installed = environment.join("installed.txt");
    let up_to_date = std::fs::read(&installed).ok() == std::fs::read(&requirements).ok();
    if !up_to_date {
        install(&environment, &requirements)?;
        std::fs::copy(&requirements, &installed).map_err(|error| error.to_string())?;
    }
    let folder = environment.join(if cfg!(windows) { "Scripts" } else { "bin" });
    let program = folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    if program.is_file() { Ok(program) } else { Err(format!("its package holds no program {name}")) }
}

fn install(environment: &Path, requirements: &Path) -> Result<(), String> {
    println!("Installing the linters (pip, into {}).", environment.display());
    if let Some(parent) = environment.parent() {
        std::fs::create_dir_all(parent).map_err(|error| error.to_string())?;
    }
    if !make_environment(environment) {
        setup::apt(&["python3-venv"]).map_err(|error| error.to_string())?;
        if !make_environment(environment) {
            return Err("python3 -m venv does not work here".to_owned());
        }
    }
    let python = environment.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r"];
    command::run(Command::new(python).args(pip).arg(requirements)).map_err(|error| error.to_string())
}

fn make_environment(environment: &Path) -> bool {
    command::succeeds(Command::new("python3").args(["-m", "venv", "--clear"]).arg(environment))
}

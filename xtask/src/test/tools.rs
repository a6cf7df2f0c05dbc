//! The linters that are not part of the Rust toolchain, and the Python packages that tests compare with.
//!
//! The linters are Rust programs that take minutes to compile. Their PyPI packages carry the built program, so they are taken
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
    let environment = environment(workspace, "lint-tools", "xtask/lint-tools.txt", &["--require-hashes"])?;
    let folder = environment.join(if cfg!(windows) { "Scripts" } else { "bin" });
    let program = folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    if program.is_file() { Ok(program) } else { Err(format!("its package holds no program {name}")) }
}

/// A Python with the packages that the tests read Darkroom's files with, for comparison.
///
/// # Errors
/// Why it cannot be had, in a sentence.
pub(super) fn readers(workspace: &Workspace) -> Result<PathBuf, String> {
    environment(workspace, "readers", "tests/readers/requirements.txt", &["--only-binary=:all:"])
        .map(|folder| python(&folder))
}

/// A virtual environment in Cargo's target folder with the packages of a requirements file, installed on first use and
/// when the file changes.
fn environment(workspace: &Workspace, name: &str, requirements: &str, options: &[&str]) -> Result<PathBuf, String> {
    let environment = workspace.target.join(name);
    let requirements = workspace.root.join(requirements);
    let installed = environment.join("installed.txt");
    let up_to_date = std::fs::read(&installed).ok() == std::fs::read(&requirements).ok();
    if !up_to_date {
        install(&environment, &requirements, options)?;
        std::fs::copy(&requirements, &installed).map_err(|error| error.to_string())?;
    }
    Ok(environment)
}

fn python(environment: &Path) -> PathBuf {
    environment.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" })
}

fn install(environment: &Path, requirements: &Path, options: &[&str]) -> Result<(), String> {
    println!("Installing {} (pip, into {}).", requirements.display(), environment.display());
    if let Some(parent) = environment.parent() {
        std::fs::create_dir_all(parent).map_err(|error| error.to_string())?;
    }
    if !make_environment(environment) {
        setup::apt(&["python3-venv"]).map_err(|error| error.to_string())?;
        if !make_environment(environment) {
            return Err("python3 -m venv does not work here".to_owned());
        }
    }
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    let mut command = Command::new(python(environment));
    command::run(command.args(pip).args(options).arg("-r").arg(requirements)).map_err(|error| error.to_string())
}

fn make_environment(environment: &Path) -> bool {
    command::succeeds(Command::new("python3").args(["-m", "venv", "--clear"]).arg(environment))
}

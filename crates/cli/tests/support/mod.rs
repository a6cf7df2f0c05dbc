//! The command as a user starts it.

#![allow(clippy::unwrap_used, dead_code, reason = "each test binary uses a part of this")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub(crate) fn darkroom(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_darkroom")).current_dir(root()).args(arguments).output().unwrap()
}

/// A file of this test in the temporary folder.
pub(crate) fn scratch(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("darkroom-cli-{}-{name}", std::process::id()))
}

/// The error in which a command ended.
pub(crate) fn refusal(arguments: &[&str]) -> String {
    let output = darkroom(arguments);
    assert!(!output.status.success(), "{arguments:?} went through");
    String::from_utf8(output.stderr).unwrap()
}

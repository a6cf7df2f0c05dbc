//! wasm-opt, where it can be had.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::TaskError;
use crate::workspace::Workspace;
use crate::{command, setup};

/// What rustc's WebAssembly target emits, and the vectors that `.cargo/config.toml` turns on.
const FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--enable-simd",
];

/// The tool that makes a module small: `wasm-opt` of npm's `binaryen`, at the locked version.
///
/// Not the one on the PATH: Debian 12 has version 108, which mixes up the tables of functions and of JavaScript values
/// and so breaks what wasm-bindgen wrote.
pub(super) enum Optimiser {
    /// The script that Node runs.
    Script(PathBuf),
    /// It cannot be had.
    Absent,
}

impl Optimiser {
    /// Finds wasm-opt in the locked npm packages; says so aloud when they cannot be installed.
    pub(super) fn find(workspace: &Workspace) -> Self {
        match setup::node_modules(workspace) {
            Ok(()) => Self::Script(workspace.browser_tests().join("node_modules/binaryen/bin/wasm-opt")),
            Err(error) => {
                println!("SKIPPED: wasm-opt: {error}. The page works, and is larger than it could be.");
                Self::Absent
            }
        }
    }

    /// A word that differs between tools.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Script(_) => "wasm-opt",
            Self::Absent => "no-wasm-opt",
        }
    }

    /// Makes the module at `wasm` small, in place; one that is to be `fast` is only tidied, as LLVM has left it.
    ///
    /// # Errors
    /// wasm-opt fails.
    pub(super) fn improve(&self, wasm: &Path, fast: bool) -> Result<(), TaskError> {
        let Self::Script(script) = self else { return Ok(()) };
        let aim = if fast { "-O1" } else { "-Oz" };
        command::run(Command::new("node").arg(script).arg(aim).args(FEATURES).arg(wasm).arg("-o").arg(wasm))
    }
}

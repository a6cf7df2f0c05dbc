//! wasm-opt, where it can be had.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command;
use crate::error::TaskError;
use crate::workspace::Workspace;
use crate::{find, setup};

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

/// The tool that makes a module small.
pub(super) enum Optimiser {
    /// `wasm-opt` of Debian's `binaryen`.
    System(PathBuf),
    /// `wasm-opt` of npm's `binaryen`.
    Npm(PathBuf),
    /// Neither is there.
    None,
}

impl Optimiser {
    /// Finds wasm-opt on the PATH, else in the locked npm packages; says so aloud when there is neither.
    pub(super) fn find(workspace: &Workspace) -> Self {
        if let Some(program) = find::program(&["wasm-opt"]) {
            return Self::System(program);
        }
        let script = workspace.browser_tests().join("node_modules/binaryen/bin/wasm-opt");
        match setup::node_modules(workspace) {
            Ok(()) if script.is_file() => Self::Npm(script),
            Ok(()) => Self::absent("npm's binaryen has no bin/wasm-opt"),
            Err(error) => Self::absent(&error.to_string()),
        }
    }

    fn absent(reason: &str) -> Self {
        println!("SKIPPED: wasm-opt: {reason}. The page works, and its modules are a tenth larger than they could be.");
        Self::None
    }

    /// A word that differs between tools.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::System(_) => "system-wasm-opt",
            Self::Npm(_) => "npm-wasm-opt",
            Self::None => "no-wasm-opt",
        }
    }

    /// Makes the module at `wasm` small, in place.
    ///
    /// # Errors
    /// wasm-opt fails.
    pub(super) fn shrink(&self, wasm: &Path) -> Result<(), TaskError> {
        let mut tool = match self {
            Self::System(program) => Command::new(program),
            Self::Npm(script) => {
                let mut node = Command::new("node");
                node.arg(script);
                node
            }
            Self::None => return Ok(()),
        };
        command::run(tool.arg("-Oz").args(FEATURES).arg(wasm).arg("-o").arg(wasm))
    }
}

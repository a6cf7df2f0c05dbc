//! Where things lie.

use std::path::PathBuf;

use crate::error::TaskError;

/// The workspace's folders.
#[derive(Debug)]
pub(crate) struct Workspace {
    /// The folder of the root `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// Cargo's target folder.
    pub(crate) target: PathBuf,
}

impl Workspace {
    /// Finds the workspace that `cargo xtask` was typed in, and the target folder Cargo uses for it.
    ///
    /// # Errors
    /// The workspace is gone.
    pub(crate) fn locate() -> Result<Self, TaskError> {
        // Asked of Cargo at run time: clones that share a target folder share this program as well.
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR");
        let here = manifest.map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = here.join("..").canonicalize().map_err(TaskError::file("find the workspace above", &here))?;
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |dir| root.join(dir));
        Ok(Self { root, target })
    }

    /// Where the page is put together.
    pub(crate) fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// The browser tests, with the project's only `package.json`.
    pub(crate) fn browser_tests(&self) -> PathBuf {
        self.root.join("tests/browser")
    }

    /// The `darkroom` command line as built with Cargo's profile folder `profile` (`debug`, `release`).
    pub(crate) fn command_line(&self, profile: &str) -> PathBuf {
        self.target.join(profile).join(format!("darkroom{}", std::env::consts::EXE_SUFFIX))
    }
}

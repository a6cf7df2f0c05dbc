//! The WebAssembly modules: compiled by Cargo, given their JavaScript glue, made small.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use wasm_bindgen_cli_support::Bindgen;

use super::optimise::Optimiser;
use crate::command;
use crate::error::TaskError;
use crate::workspace::Workspace;

/// A crate that becomes a WebAssembly module.
struct Module {
    package: &'static str,
    /// The name of its files: `NAME.js` and `NAME_bg.wasm`.
    name: &'static str,
    loaded_as: Loading,
    /// Cargo's profile, one of [`PROFILES`].
    profile: &'static str,
}

/// How the page loads a module's glue.
#[derive(Clone, Copy)]
enum Loading {
    /// `import init from "./app.js"`, which finds its `.wasm` beside itself.
    EcmaScript,
    /// A classic script that sets a global of the module's name: the worker is made from a blob, where `import` would
    /// have to fetch and is refused, so the glue is text there and the `.wasm` is handed over as bytes.
    Global,
}

/// What the page loads.
const PAGE: [Module; 4] = [
    Module { package: "darkroom-app", name: "app", loaded_as: Loading::EcmaScript, profile: "web" },
    Module { package: "darkroom-worker", name: "engine", loaded_as: Loading::Global, profile: "web" },
    Module { package: "darkroom-dicom", name: "dicom", loaded_as: Loading::Global, profile: "web" },
    // The same code as the ES module's CPU half, with the glue of a worker.
    Module { package: "darkroom-module-cpu", name: "cpu", loaded_as: Loading::Global, profile: "web-cpu" },
];

/// The halves of the ES module, which `crates/module/js/darkroom.js` loads.
const LIBRARY: [Module; 2] = [
    Module { package: "darkroom-module-gpu", name: "darkroom-gpu", loaded_as: Loading::EcmaScript, profile: "web" },
    Module { package: "darkroom-module-cpu", name: "darkroom-cpu", loaded_as: Loading::EcmaScript, profile: "web-cpu" },
];

/// The node tests of the ONNX project.
const CONFORMANCE: [Module; 1] = [Module {
    package: "darkroom-conformance-web",
    name: "conformance",
    loaded_as: Loading::EcmaScript,
    profile: "web",
}];

/// Cargo's profiles of the modules.
const PROFILES: [&str; 2] = ["web", "web-cpu"];

/// Builds every module and gives the folders that hold their glue and optimised WebAssembly.
///
/// # Errors
/// The compiler, wasm-bindgen or wasm-opt fails.
pub(super) fn build(workspace: &Workspace) -> Result<Vec<PathBuf>, TaskError> {
    make(workspace, &PAGE.iter().chain(&LIBRARY).collect::<Vec<_>>())
}

/// As [`build`], for the ES module alone.
///
/// # Errors
/// As [`build`].
pub(super) fn build_library(workspace: &Workspace) -> Result<Vec<PathBuf>, TaskError> {
    make(workspace, &LIBRARY.iter().collect::<Vec<_>>())
}

/// As [`build`], for the node tests of the ONNX project alone.
///
/// # Errors
/// As [`build`].
pub(super) fn build_conformance(workspace: &Workspace) -> Result<Vec<PathBuf>, TaskError> {
    make(workspace, &CONFORMANCE.iter().collect::<Vec<_>>())
}

fn make(workspace: &Workspace, modules: &[&Module]) -> Result<Vec<PathBuf>, TaskError> {
    for profile in PROFILES {
        let packages = modules.iter().filter(|module| module.profile == profile);
        let packages: Vec<_> = packages.flat_map(|module| ["--package", module.package]).collect();
        if packages.is_empty() {
            continue;
        }
        let mut cargo = Command::new("cargo");
        cargo.current_dir(&workspace.root).args(["build", "--lib", "--locked", "--profile", profile]);
        command::run(cargo.args(["--target", "wasm32-unknown-unknown"]).args(packages))?;
    }
    let optimiser = Optimiser::find(workspace);
    modules.iter().map(|module| module.finish(workspace, &optimiser)).collect()
}

impl Module {
    /// Writes the glue and the small WebAssembly into a folder of the module's own, unless they are there already.
    fn finish(&self, workspace: &Workspace, optimiser: &Optimiser) -> Result<PathBuf, TaskError> {
        let file = format!("{}.wasm", self.package.replace('-', "_"));
        let compiled = workspace.target.join("wasm32-unknown-unknown").join(self.profile).join(file);
        let made = modified(&compiled).ok_or(TaskError::NoModule { package: self.package })?;
        let folder = workspace.target.join("page").join(self.name);
        let mark = folder.join(format!("made-with-{}", optimiser.name()));
        let tool = std::env::current_exe().ok().and_then(|path| modified(&path));
        if modified(&mark).is_some_and(|done| done > made && tool.is_none_or(|tool| done > tool)) {
            return Ok(folder);
        }
        if folder.exists() {
            std::fs::remove_dir_all(&folder).map_err(TaskError::file("empty", &folder))?;
        }
        self.write_glue(&compiled, &folder)?;
        optimiser.improve(&folder.join(format!("{}_bg.wasm", self.name)), self.profile == "web-cpu")?;
        std::fs::write(&mark, "").map_err(TaskError::file("write", &mark))?;
        Ok(folder)
    }

    fn write_glue(&self, compiled: &Path, folder: &Path) -> Result<(), TaskError> {
        let mut bindgen = Bindgen::new();
        bindgen.input_path(compiled).out_name(self.name).remove_name_section(true).remove_producers_section(true);
        let configured = match self.loaded_as {
            Loading::EcmaScript => bindgen.omit_default_module_path(false).web(true),
            Loading::Global => bindgen.no_modules(true).and_then(|bindgen| bindgen.no_modules_global(self.name)),
        };
        configured
            .and_then(|bindgen| bindgen.generate(folder))
            .map_err(|error| TaskError::Glue { package: self.package, reason: format!("{error:#}") })
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|data| data.modified()).ok()
}

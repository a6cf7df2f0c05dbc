//! `cargo xtask bench gpu`: the command line beside ONNX Runtime's WebGPU kernels and PyTorch on a real GPU.

use std::process::Command;

use crate::arguments::GpuOptions;
use crate::bench::peers;
use crate::command;
use crate::error::TaskError;
use crate::workspace::Workspace;

/// Makes the models of `bench/peers`, builds the command line, and measures; table and figures go to
/// `docs/performance/`. Where there is no GPU a sentence says so and nothing is written.
///
/// # Errors
/// A Python with the packages of `bench/gpu/requirements.txt` is missing, or the build or an engine's start fails.
pub(crate) fn run(workspace: &Workspace, options: &GpuOptions) -> Result<(), TaskError> {
    let mut cargo = Command::new("cargo");
    command::run(cargo.current_dir(&workspace.root).args(["build", "--locked", "--release", "-p", "darkroom-cli"]))?;
    let models = peers::make_models(workspace, &options.models)?;
    let mut python = Command::new(peers::python()?);
    python.arg(workspace.root.join("bench/gpu/measure.py"));
    python.arg(workspace.command_line("release")).arg(models).arg(workspace.root.join("docs/performance"));
    python.args(&options.models).args(["--rounds", &options.rounds.to_string()]);
    if options.allow_software {
        python.arg("--allow-software");
    }
    command::run(&mut python)
}

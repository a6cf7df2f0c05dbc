//! `cargo xtask bench`: what the sample costs in time, in GPU memory and in bytes sent.

pub(crate) mod denoisers;
pub(crate) mod gpu;
pub(crate) mod peers;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::arguments::BenchOptions;
use crate::error::TaskError;
use crate::workspace::Workspace;
use crate::{app, command};

/// Enhances the sample natively and prints its times and memory, then the page's downloads.
///
/// # Errors
/// A build fails, there is no sample, or the run fails.
pub(crate) fn run(workspace: &Workspace, options: &BenchOptions) -> Result<(), TaskError> {
    let mut cargo = Command::new("cargo");
    command::run(cargo.current_dir(&workspace.root).args(["build", "--locked", "--release", "-p", "darkroom-cli"]))?;
    let input = options.input.clone().map_or_else(|| sample(workspace), Ok)?;
    let result = std::env::temp_dir().join(format!("darkroom-bench-{}.nii.gz", std::process::id()));
    let mut darkroom = Command::new(workspace.command_line("release"));
    darkroom.current_dir(&workspace.root).arg("enhance").arg(&input).arg("-o").arg(&result).arg("--json");
    if let Some(backend) = &options.backend {
        darkroom.args(["--backend", backend]);
    }
    println!("{}", command::shown(&darkroom));
    let answer = command::output(&mut darkroom)?;
    // Nothing depends on the image itself; a leftover in the temporary folder does no harm.
    drop(std::fs::remove_file(&result));
    print_run(&answer).map_err(|reason| TaskError::Answer { command: command::shown(&darkroom), reason })?;

    app::build(workspace)?;
    app::print_sizes(&workspace.dist())
}

/// The low-dose sample that the page carries.
fn sample(workspace: &Workspace) -> Result<PathBuf, TaskError> {
    let folder = workspace.root.join("web/samples");
    let entries = folder.read_dir().map_err(TaskError::file("read", &folder))?;
    let mut samples: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(|path| is_image(path)).collect();
    samples.sort();
    samples
        .into_iter()
        .next()
        .ok_or_else(|| TaskError::Usage(format!("{} holds no sample; name a volume with --input", folder.display())))
}

/// Region maps lie beside the images and are no input.
fn is_image(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.ends_with(".nii.gz") && !name.contains("regions")
}

/// Prints the stages and the memory that `darkroom enhance --json` reported.
fn print_run(answer: &str) -> Result<(), String> {
    let report: Value = serde_json::from_str(answer).map_err(|error| error.to_string())?;
    let word = |path: &str| report.pointer(path).and_then(Value::as_str).ok_or_else(|| format!("it has no {path}"));
    let bytes = |path: &str| report.pointer(path).and_then(Value::as_f64).ok_or_else(|| format!("it has no {path}"));
    println!("\n{} ({})", word("/provenance/adapter")?, word("/provenance/backend")?);
    println!("{:<32} {:>10}", "stage", "seconds");
    let stages = report.pointer("/provenance/seconds").and_then(Value::as_array).ok_or("it has no stages")?;
    for stage in stages {
        let (name, seconds) = (stage.get(0).and_then(Value::as_str), stage.get(1).and_then(Value::as_f64));
        println!("{:<32} {:>10.3}", name.ok_or("a stage has no name")?, seconds.ok_or("a stage has no seconds")?);
    }
    let planned = bytes("/provenance/memory/activations")? + bytes("/provenance/memory/constants")?;
    let used = bytes("/provenance/memory/allocated")?;
    let over = if planned > 0.0 { 100.0 * (used - planned) / planned } else { 0.0 };
    println!("memory planned {:.1} MiB, used {:.1} MiB ({over:+.1} %)", mib(planned), mib(used));
    Ok(())
}

pub(super) fn mib(bytes: f64) -> f64 {
    bytes / (1024.0 * 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_without_its_parts_is_refused_by_name() {
        assert!(print_run("{}").unwrap_err().contains("/provenance/adapter"));
        let untimed = r#"{"provenance":{"adapter":"llvmpipe","backend":"software gpu","seconds":[["read"]]}}"#;
        assert!(print_run(untimed).unwrap_err().contains("seconds"));
        let whole = r#"{"provenance":{"adapter":"llvmpipe","backend":"software gpu","seconds":[["read",0.1]],
            "memory":{"activations":10,"constants":1,"allocated":12}}}"#;
        assert_eq!(print_run(whole), Ok(()));
    }

    #[test]
    fn region_maps_are_no_samples() {
        assert!(is_image(Path::new("web/samples/torso.nii.gz")));
        assert!(!is_image(Path::new("web/samples/torso-regions.nii.gz")));
    }
}

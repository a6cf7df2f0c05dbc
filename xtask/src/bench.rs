//! `cargo xtask bench`: what the sample costs in time, in GPU memory and in bytes sent.

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
    let field = |name: &str| report.get(name).ok_or_else(|| format!("it has no {name:?}"));
    println!("\nbackend          {}", field("backend")?.as_str().unwrap_or("unknown"));
    println!("{:<24} {:>10}", "stage", "seconds");
    for stage in field("stages")?.as_array().ok_or("\"stages\" is no list")? {
        let name = stage.get("name").and_then(Value::as_str).ok_or("a stage has no name")?;
        let seconds = stage.get("seconds").and_then(Value::as_f64).ok_or("a stage has no seconds")?;
        println!("{name:<24} {seconds:>10.3}");
    }
    let memory = field("memory")?;
    let bytes = |name: &str| memory.get(name).and_then(Value::as_f64).ok_or_else(|| format!("memory has no {name:?}"));
    let (planned, used) = (bytes("planned_bytes")?, bytes("used_bytes")?);
    println!(
        "GPU memory planned {:.1} MiB, used {:.1} MiB ({:+.1} %)",
        mib(planned),
        mib(used),
        percent(planned, used)
    );
    Ok(())
}

fn mib(bytes: f64) -> f64 {
    bytes / (1024.0 * 1024.0)
}

fn percent(planned: f64, used: f64) -> f64 {
    if planned > 0.0 { 100.0 * (used - planned) / planned } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_without_its_parts_is_refused_by_name() {
        assert!(print_run("{}").unwrap_err().contains("backend"));
        assert!(print_run(r#"{"backend":"gpu","stages":[{"name":"read"}]}"#).unwrap_err().contains("seconds"));
        let whole = r#"{"backend":"gpu","stages":[{"name":"read","seconds":0.1}],
            "memory":{"planned_bytes":10,"used_bytes":11}}"#;
        assert_eq!(print_run(whole), Ok(()));
    }

    #[test]
    fn region_maps_are_no_samples() {
        assert!(is_image(Path::new("web/samples/torso.nii.gz")));
        assert!(!is_image(Path::new("web/samples/torso-regions.nii.gz")));
    }
}

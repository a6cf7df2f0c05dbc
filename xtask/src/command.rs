//! Running other programs.

use std::io::{BufRead, BufReader};
use std::process::{Command, ExitStatus, Stdio};

use crate::error::TaskError;

/// Runs `command` with the terminal as its own and fails when it does.
///
/// # Errors
/// The program cannot be started, or ends with a failure.
pub(crate) fn run(command: &mut Command) -> Result<(), TaskError> {
    let status = command.status().map_err(start_error(command))?;
    check(command, status)
}

/// Runs `command` and gives its standard output; standard error goes to the terminal.
///
/// # Errors
/// The program cannot be started, or ends with a failure.
pub(crate) fn output(command: &mut Command) -> Result<String, TaskError> {
    let output = command.stderr(Stdio::inherit()).output().map_err(start_error(command))?;
    check(command, output.status)?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether `command` runs and succeeds, with nothing shown.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|s| s.success())
}

/// Runs `command`, hands each line of its standard output to `on_line` as it comes, and gives its exit status.
///
/// # Errors
/// The program cannot be started or waited for.
pub(crate) fn lines(command: &mut Command, mut on_line: impl FnMut(&str)) -> Result<ExitStatus, TaskError> {
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(start_error(command))?;
    if let Some(stdout) = child.stdout.take() {
        let mut reader = BufReader::new(stdout);
        let mut line = Vec::new();
        // Lines are read as bytes: a test may print what is not UTF-8.
        while reader.read_until(b'\n', &mut line).map_err(start_error(command))? > 0 {
            on_line(String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']));
            line.clear();
        }
    }
    child.wait().map_err(start_error(command))
}

/// The command line as a person would type it.
pub(crate) fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

fn check(command: &Command, status: ExitStatus) -> Result<(), TaskError> {
    if status.success() { Ok(()) } else { Err(TaskError::Command { command: shown(command) }) }
}

fn start_error(command: &Command) -> impl FnOnce(std::io::Error) -> TaskError + use<> {
    let program = command.get_program().to_string_lossy().into_owned();
    move |source| TaskError::Start { program, source }
}

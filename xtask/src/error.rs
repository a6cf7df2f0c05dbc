//! Why a task stopped, in sentences.

use std::path::{Path, PathBuf};

use crate::arguments::USAGE;

/// What stops a task.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TaskError {
    /// The command line was not understood.
    #[error("{0}. Usage:\n{USAGE}")]
    Usage(String),
    /// A file or folder could not be read or written.
    #[error("could not {action} {}: {source}", path.display())]
    File {
        /// What was tried, as a verb.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// Something this task needs is not installed.
    #[error("{what} is missing. To install it: {remedy}")]
    Missing {
        /// What is missing.
        what: String,
        /// The command to type.
        remedy: String,
    },
    /// A program could not be started.
    #[error("could not start {program}: {source}")]
    Start {
        /// The program.
        program: String,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A program ended with a failure; it has already said why.
    #[error("`{command}` failed; its message is above")]
    Command {
        /// The command line.
        command: String,
    },
    /// A package was built and made no WebAssembly file.
    #[error("{package} made no WebAssembly module; its Cargo.toml needs `crate-type = [\"cdylib\", \"rlib\"]`")]
    NoModule {
        /// The Cargo package.
        package: &'static str,
    },
    /// The JavaScript glue could not be made.
    #[error("wasm-bindgen could not write the glue of {package}: {reason}")]
    Glue {
        /// The Cargo package.
        package: &'static str,
        /// wasm-bindgen's reason.
        reason: String,
    },
    /// No port was free.
    #[error("none of the ports {first} to {last} is free; name another with --port")]
    NoPort {
        /// The first port tried.
        first: u16,
        /// The last port tried.
        last: u16,
    },
    /// A program's answer was not what this task reads.
    #[error("could not read the answer of `{command}`: {reason}")]
    Answer {
        /// The command line.
        command: String,
        /// What was wrong with it.
        reason: String,
    },
    /// Tests failed; the summary has said which.
    #[error("{0} of the tests failed; the summary above says where")]
    Tests(usize),
}

impl TaskError {
    /// Gives a file error its verb and path, for `map_err`.
    pub(crate) fn file(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { action, path, source }
    }
}

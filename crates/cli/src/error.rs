//! What the command line says when it cannot go on.

use std::path::{Path, PathBuf};

use darkroom_pipelines::PipelineError;

/// A failure of a command.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The arguments do not fit together.
    #[error("{0}")]
    Usage(String),
    /// No usable series.
    #[error("{what}")]
    Refused {
        /// What is wrong.
        what: String,
        /// What to do next.
        next: String,
    },
    /// An image cannot be measured or thinned.
    #[error("{}", .0.what)]
    Image(#[from] darkroom_imaging::Refusal),
    /// A pipeline refused or failed.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    /// A file's contents are wrong.
    #[error("{0}")]
    Format(#[from] darkroom_formats::FormatError),
    /// A DICOM series cannot be written.
    #[error("{0}")]
    Dicom(#[from] darkroom_dicom::DicomError),
    /// A network cannot be quantised.
    #[error(transparent)]
    Quantize(#[from] darkroom_quantize::QuantizeError),
    /// A report cannot be written as JSON.
    #[error("the report cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl CliError {
    /// What the user can do next, if there is more to say.
    pub(crate) fn next(&self) -> Option<String> {
        match self {
            Self::Pipeline(error) => Some(error.next()),
            Self::Refused { next, .. } => Some(next.clone()),
            Self::Image(refusal) => Some(refusal.next.clone()),
            Self::Format(error) => Some(error.next().to_owned()),
            Self::Dicom(error) => Some(error.next().to_owned()),
            _ => None,
        }
    }
}

/// Reads a whole file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, CliError> {
    std::fs::read(path).map_err(|source| CliError::File { path: path.to_owned(), source })
}

/// Writes a whole file, making the folders it lies in.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    let wrap = |source| CliError::File { path: path.to_owned(), source };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(wrap)?;
    }
    std::fs::write(path, bytes).map_err(wrap)
}

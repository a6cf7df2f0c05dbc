//! What every `model.json` says of its model, however it is run.

use serde::{Deserialize, Serialize};

use crate::PipelineError;

/// The version of the manifest that this build reads.
pub(crate) const FORMAT: u32 = 1;

/// What a model is, who may use it and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Version of the manifest itself.
    pub format: u32,
    /// Short name, also the folder's.
    pub name: String,
    /// Version of the weights.
    pub version: String,
    /// Name for people.
    pub title: String,
    /// Licence of the weights.
    pub licence: String,
    /// How the weights are stored, in words.
    pub quantisation: String,
    /// What it was trained on, in a sentence.
    pub training_data: String,
    /// Where it is known to fail, a sentence each.
    pub known_failures: Vec<String>,
    /// Every file with its hash.
    pub files: Vec<FileEntry>,
}

/// A file of the package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Its name.
    pub name: String,
    /// Its size.
    pub bytes: usize,
    /// Its SHA-256, lower-case hex.
    pub sha256: String,
}

/// How a model is run, as its `model.json` says: "one-pass" or "diffusion"; `None` where it cannot be read.
pub(crate) fn kind(model_json: &[u8]) -> Option<String> {
    let json: serde_json::Value = serde_json::from_slice(model_json).ok()?;
    json["pipeline"]["kind"].as_str().map(str::to_owned)
}

impl Identity {
    /// Bytes of all files together.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// Whether this build reads the manifest.
    ///
    /// # Errors
    /// Another format, in a sentence.
    pub(crate) fn check(&self) -> Result<(), PipelineError> {
        if self.format == FORMAT {
            return Ok(());
        }
        let Self { format, .. } = self;
        Err(PipelineError::Manifest(format!("it has format {format}, this version of Darkroom reads format {FORMAT}")))
    }
}

//! What was found in a set of files: one entry a series, usable or not.

use serde::{Deserialize, Serialize};

/// A series as the list on the page and the command line show it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeriesInfo {
    /// What a reader would call it: the series description, or the file's name.
    pub title: String,
    /// "DICOM" or "NIfTI".
    pub format: String,
    /// DICOM modality such as "PT"; empty when the file does not say.
    pub modality: String,
    /// Voxels along i, j, k; zeros when unknown.
    pub dims: [usize; 3],
    /// Voxel edge lengths in millimetres.
    pub spacing: [f64; 3],
    /// DICOM Frame of Reference UID: series that share it lie in one space; empty when the file does not say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub frame: String,
    /// What the values measure, as shown beside numbers.
    pub unit: String,
    /// Number of files it came from.
    pub files: usize,
    /// Whether it can be used.
    pub verdict: Verdict,
    /// Things a user should know though they do not stop anything: uneven spacing, SUV not possible and why.
    pub notes: Vec<String>,
    /// Those of the notes that put any result in doubt, so that they are to be seen before a run.
    pub warnings: Vec<String>,
}

/// How a note begins that names a file which could not be read: a file's name may be a patient's.
pub const UNREAD: &str = "Not read:";

/// What the warning says of a series whose files say that it was computed and not measured.
pub const SYNTHETIC: &str = "synthetic already";

impl SeriesInfo {
    /// Whether its files say that it was computed and not measured.
    #[must_use]
    pub fn is_synthetic(&self) -> bool {
        self.warnings.iter().any(|warning| warning.contains(SYNTHETIC))
    }

    /// Notes something that puts any result in doubt.
    pub fn warn(&mut self, warning: String) {
        self.notes.push(warning.clone());
        self.warnings.push(warning);
    }

    /// Refuses the series. Edges that are no numbers are forgotten: a list that goes to the page as JSON cannot hold them.
    pub fn refuse(&mut self, refusal: crate::Refusal) {
        self.spacing = self.spacing.map(|edge| if edge.is_finite() { edge } else { 0.0 });
        self.verdict = refusal.into();
    }
}

/// Whether a series can be enhanced, and what to do if not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Verdict {
    /// It can.
    Usable,
    /// It cannot.
    Refused {
        /// What is wrong, in a sentence.
        what: String,
        /// What the user can do next, in a sentence.
        next: String,
    },
}

/// A file as dropped, before anyone has looked into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedBytes {
    /// Its name, with folders if it came from one.
    pub name: String,
    /// Its contents.
    pub bytes: Vec<u8>,
}

/// A series with its voxels, if it could be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What to show.
    pub info: SeriesInfo,
    /// The voxels; `None` when refused.
    pub volume: Option<crate::Volume>,
}

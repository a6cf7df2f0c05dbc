//! A model as the page shows it.

use serde::{Deserialize, Serialize};

/// What the page shows of every model, however it is run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelFacts {
    /// What it does, in a few words.
    pub title: String,
    /// Its name, as in file names and provenance.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Licence of the weights.
    pub licence: String,
    /// How the weights are stored, such as "int8".
    pub precision: String,
    /// Size of the weights in bytes.
    pub bytes: usize,
    /// The model card, as Markdown.
    pub card: String,
}

/// A one-pass model as the page shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelSummary {
    /// What every model has.
    pub facts: ModelFacts,
    /// DICOM modality of the images it takes; "OT" takes any.
    pub modality: String,
    /// Whether it is told the dose.
    pub takes_dose: bool,
    /// Whether it is told regions.
    pub takes_regions: bool,
    /// Whether it can estimate regions from the image.
    pub estimates_regions: bool,
}

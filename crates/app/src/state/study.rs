//! What is open, what runs, what came out.

use std::sync::Arc;

use darkroom_imaging::Volume;
use darkroom_imaging::statistics::Comparison;
use darkroom_imaging::suv::Record;
use darkroom_messages::Backend;

use super::Standard;

/// Whether and where the network can run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Engine {
    /// The worker is checking weights and adapter.
    #[default]
    Starting,
    /// It can run.
    Ready(Backend),
    /// No GPU can be used; the CPU is on offer.
    NoGpu {
        /// What is missing.
        what: String,
        /// What the user can do.
        next: String,
    },
    /// It cannot run at all.
    Broken {
        /// What is wrong.
        what: String,
        /// What the user can do.
        next: String,
    },
}

/// A volume shared without copying. Two are equal when they are the same one, so that asking costs nothing.
#[derive(Clone, Debug)]
pub struct Shared(Arc<Volume>);

impl PartialEq for Shared {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl std::ops::Deref for Shared {
    type Target = Volume;

    fn deref(&self) -> &Volume {
        &self.0
    }
}

impl From<Volume> for Shared {
    fn from(volume: Volume) -> Self {
        Self(Arc::new(volume))
    }
}

/// An open series.
#[derive(Clone, Debug, PartialEq)]
pub struct Study {
    /// Its place in the list.
    pub series: usize,
    /// Its title.
    pub title: String,
    /// Whether it came from DICOM, so that DICOM can be written.
    pub dicom: bool,
    /// Its voxels; where a lower dose was simulated, those of the lower dose.
    pub volume: Shared,
    /// How its values became SUV, or what is missing for it; PET series of DICOM files only.
    pub suv: Option<Box<Record>>,
    /// What it was thinned from.
    pub standard: Option<Standard>,
}

/// A run that goes on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Run {
    /// What is being done.
    pub stage: String,
    /// Share done, 0 to 1.
    pub done: f64,
    /// Seconds left, when known.
    pub seconds_left: Option<f64>,
    /// Tile under work, from 1; 0 when none.
    pub tile: usize,
    /// How many tiles.
    pub tiles: usize,
    /// Whether the user asked for its end.
    pub cancelling: bool,
    /// Whether it keeps what it has when it is ended, so that it is waited for.
    pub keeps: bool,
}

/// A result, next to what made it.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The enhanced voxels on the input's grid.
    pub volume: Shared,
    /// The standard deviation over the samples it is the mean of, where there are several.
    pub spread: Option<Spread>,
    /// How it was made, as JSON.
    pub provenance: String,
    /// The dose assumed, as a share of the standard dose; `None` where the model takes none.
    pub dose: Option<f64>,
    /// Whether the dose was estimated from the image.
    pub estimated: bool,
    /// Input against result in a uniform region, if one was found.
    pub comparison: Option<Comparison>,
    /// What a user should know about this run.
    pub notes: Vec<String>,
    /// The run's time.
    pub seconds: f64,
}

/// How far the samples of a result differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Spread {
    /// The standard deviation over the samples.
    pub volume: Shared,
    /// What the colours end at: the value that 99.5 % of those above zero stay below.
    pub top: f32,
}

/// Something that went wrong, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// What.
    pub what: String,
    /// What next.
    pub next: String,
    /// What a bug report needs; nothing for a user to read.
    pub detail: Option<String>,
}

impl Alert {
    /// An alert from its two sentences.
    pub fn new(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self { what: what.into(), next: next.into(), detail: None }
    }
}

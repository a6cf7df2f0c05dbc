//! Volumes and what is done to them before and after a network.

mod series;
mod volume;

pub use series::{Finding, NamedBytes, SeriesInfo, Verdict};
pub use volume::{Affine, LabelMap, Unit, Volume, VolumeError};

//! Volumes and what is done to them before and after a network.

mod axial;
mod box_mean;
mod cells;
pub mod checks;
pub mod colour;
mod gaussian;
pub mod geometry;
mod homogeneous;
mod lesions;
pub mod mask_fit;
pub mod moment;
mod neighbours;
pub mod normalise;
pub mod orientation;
pub mod quality;
mod recovery;
mod refusal;
pub mod resample;
pub mod roi;
mod series;
pub mod statistics;
pub mod suv;
pub mod thin;
pub mod tiling;
mod volume;
pub mod windowing;

pub use axial::Axial;
pub use cells::Cells;
pub use gaussian::gaussian;
pub use homogeneous::homogeneous_region;
pub use lesions::{LesionCounts, LesionDetector};
pub use recovery::{Recovery, recover_contrast};
pub use refusal::Refusal;
pub use series::{Finding, NamedBytes, SeriesInfo, Verdict};
pub use volume::{Affine, LabelMap, Unit, Volume, VolumeError};

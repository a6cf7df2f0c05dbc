//! Regions of interest and what is measured in them, in one image or in two of one grid.
//!
//! [`Region`] is a set of voxels: a sphere, a box, what stands out at a share of the maximum, or a label. [`Measures`] are
//! its numbers, [`compare`] puts two images' numbers beside each other, and [`BlandAltman`] and [`Profile`] are the data of
//! two plots. Nothing here reads or writes files.

mod agreement;
mod compare;
mod measures;
mod peak;
mod profile;
mod region;

pub use agreement::BlandAltman;
pub use compare::{Change, Changes, Compared, LIMIT, compare};
pub use measures::Measures;
pub use peak::peak;
pub use profile::{Axis, Profile};
pub use region::{Cuboid, Region};

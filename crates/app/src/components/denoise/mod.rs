//! *Generate* and *Translate*: images from noise, watched as they come.

pub mod bench;
pub mod form;
pub mod gallery;
pub mod made;
pub mod model;
pub mod origin;
pub mod redo;
pub mod region;
pub mod snapshot;
pub mod start;
pub mod strip;
pub mod tabs;

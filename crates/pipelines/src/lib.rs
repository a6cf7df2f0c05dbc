//! Model packages and the pipelines that run them on volumes.
//!
//! A [`Package`] is a manifest and a graph, checked against their checksums. [`Runner`] runs a graph
//! on the GPU or on the CPU twins. [`Enhancer`] is the one-pass pipeline: check, normalise, tile,
//! run, blend, undo. The page and the command line are two thin faces on this crate.

mod enhance;
mod error;
pub mod inspection;
mod manifest;
mod memory_picture;
mod own_model;
mod package;
mod probe;
mod provenance;
mod runner;
mod scaling;

pub use enhance::{EnhanceOptions, Enhanced, Enhancer, Progress};
pub use error::PipelineError;
pub use manifest::{
    Axes, DoseRange, Manifest, MeanPreservation, Normalisation, PipelineKind, Probe, Quality, TileSize,
};
pub use own_model::Description;
pub use package::Package;
pub use provenance::{Dose, Provenance};
pub use runner::{Backend, Memory, Runner};

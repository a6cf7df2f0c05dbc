//! Model packages and the pipelines that run them on volumes.
//!
//! A [`Package`] is a manifest and a graph, checked against their checksums. [`Runner`] runs a graph
//! on the GPU or on the CPU. [`Enhancer`] is the one-pass pipeline: check, normalise, tile,
//! run, blend, undo. The page and the command line are two thin faces on this crate.

#[cfg(not(target_arch = "wasm32"))]
mod burn;
pub mod diffusion;
mod enhance;
mod error;
mod identity;
pub mod inspection;
mod manifest;
mod memory_picture;
mod own_model;
mod package;
mod package_files;
mod probe;
mod processor;
mod provenance;
mod runner;
mod scaling;
mod segmenter;
mod tile_size;
mod twins;

#[cfg(not(target_arch = "wasm32"))]
pub use burn::Burn;
pub use enhance::{EnhanceOptions, Enhanced, Enhancer, Mask, MaskSource, Progress};
pub use error::PipelineError;
pub use identity::{FileEntry, Identity};
pub use manifest::{Axes, DoseRange, Manifest, MeanPreservation, Normalisation, PipelineKind, Quality};
pub use own_model::Description;
pub use package::Package;
pub use package_files::PackageFiles;
pub use probe::Probe;
pub use processor::{Network, Processor, Step};
pub use provenance::{Dose, InputRecord, Maker, Origin, Provenance, Thinning, as_typed};
pub use runner::{Backend, Memory, Runner};
pub use segmenter::{Segmenter, SegmenterSpec};
pub use tile_size::TileSize;

//! DICOM series in, derived series out. A WebAssembly module of its own, loaded when the first DICOM file is met.

mod attributes;
mod charset;
mod codecs;
mod conflicts;
mod derivation;
mod derive;
mod entered;
mod error;
mod identifiers;
mod jpeg;
mod jpeg2000;
mod kept;
mod kind;
mod laterality;
mod lengths;
mod listing;
mod numbers;
#[cfg(test)]
mod odd_files;
mod open;
mod patients;
mod pixels;
mod quantise;
mod rescale;
mod series;
mod slice;
mod stack;
mod suv;
mod unknown;
#[cfg(target_arch = "wasm32")]
mod web;

pub use derivation::{Derivation, Dose, Thinning, Work};
pub use derive::derive;
pub use error::DicomError;
pub use kind::Kind;
pub use numbers::clipped;
pub use series::{Series, read, read_only};
#[cfg(target_arch = "wasm32")]
pub use web::DicomReader;

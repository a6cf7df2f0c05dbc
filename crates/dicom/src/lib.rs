//! DICOM series in, derived series out. A WebAssembly module of its own, loaded when the first DICOM file is met.

mod attributes;
mod error;
mod kind;
mod lengths;
mod moment;
mod open;
mod pixels;
mod series;
mod slice;
mod stack;
mod suv;

pub use error::DicomError;
pub use series::{Series, read};

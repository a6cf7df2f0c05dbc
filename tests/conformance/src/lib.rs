//! The node tests of the ONNX project, run by every executor Darkroom has.
//!
//! The PyPI package `onnx` carries a folder for each case: a model of one operator (or of the
//! operators that define it), inputs and outputs. [`wheel`] takes them out, [`bake`] makes constants
//! of the inputs that Darkroom must know before a run, [`Executor`]s run the rest, [`compare`] holds
//! the results to the outputs with the tolerances of `onnx.backend.test`, and [`known`] holds what
//! does not pass to a checked-in list.

pub mod bake;
// In a browser only the GPU is tested, and Burn is long to build.
#[cfg(not(target_arch = "wasm32"))]
mod burn;
mod case;
pub mod compare;
mod error;
mod executor;
pub mod known;
mod model;
#[cfg(not(target_arch = "wasm32"))]
pub mod operators;
mod prepared;
mod report;
mod value;
pub mod wheel;

#[cfg(not(target_arch = "wasm32"))]
pub use burn::Burn;
pub use case::{Verdict, judge};
pub use error::ConformanceError;
pub use executor::{CpuTwins, Executor, Gpu};
pub use model::Model;
pub use report::{Report, operator_of};
pub use value::{Numbers, Value};

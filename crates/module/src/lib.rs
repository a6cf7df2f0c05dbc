//! What the two halves of the ES module share.
//!
//! [`plan`] reads a model and fixes its shapes, an [`Engine`] runs it, [`Values`] stand between the
//! typed arrays of JavaScript and the 32-bit elements of a run; [`web`] is the class `Session` over
//! them. `js/darkroom.js` is what other pages import: it loads `darkroom-module-gpu` or
//! `darkroom-module-cpu`, so that nobody downloads the half they do not use. `docs/es-module.md` shows
//! it at work.

mod element;
mod engine;
mod error;
mod plan;
#[cfg(target_arch = "wasm32")]
pub mod web;

pub use element::{ArrayKind, Values};
pub use engine::{Engine, Pending, Timing};
pub use error::ModuleError;
pub use plan::{Constant, Plan, Port, plan};

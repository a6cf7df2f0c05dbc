//! The half of the ES module that runs networks on WebGPU: a [`create`] for `js/darkroom.js` to call.

#[cfg(target_arch = "wasm32")]
mod create;
#[cfg(target_arch = "wasm32")]
mod device;
#[cfg(target_arch = "wasm32")]
mod engine;

#[cfg(target_arch = "wasm32")]
pub use create::{create, start};

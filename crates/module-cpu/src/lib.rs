//! The half of the ES module that runs networks on the CPU: a `create` for `js/darkroom.js` to call.

#[cfg(target_arch = "wasm32")]
mod create;
mod engine;

pub use engine::Cpu;

#[cfg(target_arch = "wasm32")]
pub use create::{create, start};

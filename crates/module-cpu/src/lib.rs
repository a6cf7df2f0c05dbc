//! The half of the ES module that runs networks on the CPU: a `create` for `js/darkroom.js` to call.
//! The page's worker loads the same code, for its own `prepare`.

#[cfg(target_arch = "wasm32")]
mod create;
mod engine;
#[cfg(target_arch = "wasm32")]
mod steps;

pub use engine::Cpu;

#[cfg(target_arch = "wasm32")]
pub use create::{create, start};
#[cfg(target_arch = "wasm32")]
pub use steps::{CpuNetwork, prepare};

//! Messages in, pipelines out; runs in a Web Worker made from a blob after the room was sealed.
//!
//! `web/worker.js` makes one [`Engine`] and hands it every message. The engine posts its answers itself.

pub mod channels;
pub mod clock;
pub mod names;

#[cfg(target_arch = "wasm32")]
mod cpu;
#[cfg(target_arch = "wasm32")]
mod denoise;
#[cfg(target_arch = "wasm32")]
mod dicom;
#[cfg(target_arch = "wasm32")]
mod engine;
#[cfg(target_arch = "wasm32")]
mod export;
#[cfg(target_arch = "wasm32")]
mod files;
#[cfg(target_arch = "wasm32")]
mod labels;
#[cfg(target_arch = "wasm32")]
mod mask;
#[cfg(target_arch = "wasm32")]
mod network;
#[cfg(target_arch = "wasm32")]
mod network_report;
#[cfg(target_arch = "wasm32")]
mod post;
#[cfg(target_arch = "wasm32")]
mod prepare;
#[cfg(target_arch = "wasm32")]
mod progress;
#[cfg(target_arch = "wasm32")]
mod run;
#[cfg(target_arch = "wasm32")]
mod thinning;
#[cfg(target_arch = "wasm32")]
mod trouble;

#[cfg(target_arch = "wasm32")]
pub use engine::Engine;

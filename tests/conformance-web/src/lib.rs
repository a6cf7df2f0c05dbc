//! A fixed third of the ONNX project's node tests on a browser's WebGPU: `index.html` hands over the package that carries them.

#[cfg(target_arch = "wasm32")]
mod third;

#[cfg(target_arch = "wasm32")]
pub use third::run_third;

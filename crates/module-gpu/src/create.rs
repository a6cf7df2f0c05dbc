//! What `js/darkroom.js` calls.

use darkroom_module::ModuleError;
use darkroom_module::web::{Computes, Request, Session};
use wasm_bindgen::prelude::*;

use crate::device;
use crate::engine::Gpu;

/// Runs when the module is loaded.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
}

/// `Session.create` of `js/darkroom.d.ts`.
///
/// # Errors
/// A `DarkroomError`.
#[wasm_bindgen]
pub async fn create(onnx: JsValue, options: JsValue) -> Result<Session, ModuleError> {
    let Request { plan, software, tier } = Request::read(&onnx, &options)?;
    let device = device::open(software, tier).await.map_err(ModuleError::engine)?;
    let program = |tier| Ok::<_, Refusal>(darkroom_compile::compile_for(&plan.graph, tier)?);
    let session = darkroom_gpu::Session::fitting(&device, program).await.map_err(ModuleError::engine)?;
    let info = device.info();
    let computes = Computes {
        backend: if info.software { "software gpu" } else { "gpu" },
        adapter: info.name.clone(),
        tier: session.tier().name(),
        narrowed: session.narrowed().unwrap_or_default().to_owned(),
    };
    Ok(Session::new(&plan, Box::new(Gpu(session)), computes))
}

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error(transparent)]
    Compile(#[from] darkroom_compile::CompileError),
    #[error(transparent)]
    Gpu(#[from] darkroom_gpu::GpuError),
}

//! What `js/darkroom.js` calls.

use darkroom_module::ModuleError;
use darkroom_module::web::{Request, Session};
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
    let Request { plan, software } = Request::read(&onnx, &options)?;
    let program = darkroom_compile::compile(&plan.graph).map_err(ModuleError::engine)?;
    let device = device::open(software).await.map_err(ModuleError::engine)?;
    let session = darkroom_gpu::Session::new(&device, program).await.map_err(ModuleError::engine)?;
    let info = device.info();
    let backend = if info.software { "software gpu" } else { "gpu" };
    Ok(Session::new(&plan, Box::new(Gpu(session)), backend, info.name.clone()))
}

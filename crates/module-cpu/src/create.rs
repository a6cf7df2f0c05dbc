//! What `js/darkroom.js` calls.

use darkroom_module::ModuleError;
use darkroom_module::web::{Computes, Request, Session};
use wasm_bindgen::prelude::*;

use crate::Cpu;

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
    let Request { plan, .. } = Request::read(&onnx, &options)?;
    let engine = Cpu::new(&plan.graph)?;
    let computes =
        Computes { backend: "cpu", adapter: "one thread".to_owned(), tier: "baseline", narrowed: String::new() };
    Ok(Session::new(&plan, Box::new(engine), computes))
}

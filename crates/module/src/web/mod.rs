//! The class `Session` and what it takes from JavaScript.

mod options;
mod session;
mod tensor;

pub use options::Request;
pub use session::{Computes, Session};

use js_sys::Error;
use wasm_bindgen::JsValue;

use crate::ModuleError;

/// An error's sentence as an `Error` of JavaScript, by the name of `DarkroomError`.
impl From<ModuleError> for JsValue {
    fn from(error: ModuleError) -> Self {
        let thrown = Error::new(&error.to_string());
        thrown.set_name("DarkroomError");
        thrown.into()
    }
}

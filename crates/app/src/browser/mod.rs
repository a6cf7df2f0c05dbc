//! The page's dealings with the browser: worker, files, canvas, downloads.

pub mod files;
pub mod link;
pub mod paint;
pub mod resize;
pub mod room;
pub mod save;
pub mod store;

use leptos::prelude::*;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::components::Page;

/// Shows the page inside an element of the document.
#[wasm_bindgen]
pub fn start(parent: web_sys::HtmlElement, room: room::Room) {
    console_error_panic_hook::set_once();
    mount_to(parent, move || view! { <Page store=store::Store::new(room) /> }).forget();
}

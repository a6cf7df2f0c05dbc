//! Handing the user a file.

use darkroom_imaging::windowing::Picture;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, CanvasRenderingContext2d, HtmlAnchorElement, HtmlCanvasElement, Url};

use super::paint::{Frame, put};

/// Has the browser save bytes under a name. The bytes go to disk, not over a network.
pub fn save(name: &str, bytes: &[u8]) {
    // A failure here means that the browser refuses downloads, which it says itself.
    let _ = try_save(name, bytes);
}

/// Has the browser save a picture as PNG, below it a line that says what it is.
pub fn save_picture(name: &str, picture: &Picture) {
    // The same: what refuses the canvas or the download says so itself.
    let _ = try_save_picture(name, picture);
}

/// The line below every picture.
const MARK: &str = "Synthetic. Research and teaching only. Not for diagnosis.";
/// Pictures are enlarged to at least so many pixels across, so that the line can be read.
const LEAST_WIDTH: f64 = 512.0;
/// Height of the line.
const LINE: f64 = 28.0;

fn try_save_picture(name: &str, picture: &Picture) -> Result<(), JsValue> {
    let size = [picture.width as f64 * picture.pixel[0], picture.height as f64 * picture.pixel[1]];
    // Square pixels, each of the picture's at least one of them.
    let scale = (LEAST_WIDTH / size[0]).max(picture.width as f64 / size[0]);
    let [width, height] = size.map(|length| (length * scale).round());
    let document = web_sys::window().and_then(|window| window.document()).ok_or(JsValue::NULL)?;
    let canvas: HtmlCanvasElement = document.create_element("canvas")?.unchecked_into();
    canvas.set_width(width as u32);
    canvas.set_height((height + LINE) as u32);
    let context: CanvasRenderingContext2d = canvas.get_context("2d")?.ok_or(JsValue::NULL)?.unchecked_into();
    put(&context, picture, &Frame { left: 0.0, top: 0.0, width, height })?;
    context.set_fill_style_str("#000");
    context.fill_rect(0.0, height, width, LINE);
    context.set_fill_style_str("#fff");
    context.set_font("14px system-ui, sans-serif");
    context.set_text_align("center");
    context.set_text_baseline("middle");
    context.fill_text_with_max_width(MARK, width / 2.0, height + LINE / 2.0, width - 8.0)?;
    let name = name.to_owned();
    let done = Closure::once_into_js(move |blob: Blob| {
        let _ = offer(&name, &blob);
    });
    canvas.to_blob(done.unchecked_ref())
}

fn try_save(name: &str, bytes: &[u8]) -> Result<(), JsValue> {
    offer(name, &Blob::new_with_u8_array_sequence(&Array::of1(&Uint8Array::from(bytes)))?)
}

/// Has the browser save a blob under a name.
fn offer(name: &str, blob: &Blob) -> Result<(), JsValue> {
    let url = Url::create_object_url_with_blob(blob)?;
    let document = web_sys::window().and_then(|window| window.document()).ok_or(JsValue::NULL)?;
    let anchor: HtmlAnchorElement = document.create_element("a")?.unchecked_into();
    anchor.set_href(&url);
    anchor.set_download(name);
    anchor.click();
    // The click has taken hold of the blob; a minute is for browsers that ask where to put it.
    gloo_timers::callback::Timeout::new(60_000, move || {
        let _ = Url::revoke_object_url(&url);
    })
    .forget();
    Ok(())
}

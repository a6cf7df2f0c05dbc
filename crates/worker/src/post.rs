//! Answers to the page.

use darkroom_imaging::Volume;
use darkroom_messages::{FromWorker, Header, encode};
use js_sys::{Array, Float32Array, Object, Uint8Array};
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::DedicatedWorkerGlobalScope;

use crate::trouble::Trouble;

/// Posts a report that carries nothing.
pub(crate) fn post(report: &FromWorker) {
    send(report, None);
}

/// Posts a report with the values of a volume.
pub(crate) fn post_values(report: &FromWorker, values: &[f32]) {
    let values = Float32Array::from(values);
    let buffer = values.buffer();
    send(report, Some((values.into(), buffer.into())));
}

/// Posts a report with the contents of a file.
pub(crate) fn post_bytes(report: &FromWorker, bytes: &Uint8Array) {
    send(report, Some((bytes.clone().into(), bytes.buffer().into())));
}

/// Posts a refusal.
pub(crate) fn refuse(what: impl Into<String>, next: impl Into<String>) {
    post(&FromWorker::Refused { what: what.into(), next: next.into() });
}

/// The grid and unit of a volume whose values are sent along.
pub(crate) fn header(volume: &Volume) -> Header {
    Header { dims: volume.dims, affine: volume.affine, unit: volume.unit.clone() }
}

/// A run's record as the page keeps it.
pub(crate) fn record(of: &impl Serialize) -> Result<String, Trouble> {
    serde_json::to_string_pretty(of)
        .map_err(|error| Trouble::new(format!("The run's record could not be written ({error})."), "Run again."))
}

fn send(report: &FromWorker, carried: Option<(Object, Object)>) {
    let text = encode(report).unwrap_or_else(|_| {
        r#"{"refused":{"what":"The engine's answer holds a number that is not finite.","next":"Try another file."}}"#
            .to_owned()
    });
    let envelope = Array::of1(&text.into());
    let transfer = Array::new();
    if let Some((value, buffer)) = carried {
        envelope.push(&value);
        transfer.push(&buffer);
    }
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    if let Err(error) = scope.post_message_with_transfer(&envelope, &transfer) {
        // The page is out of memory for this answer; without it, it must at least hear that much.
        let what = "The browser has no memory left for the engine's answer.";
        let next = "Close other tabs, or use a smaller volume.";
        let report = FromWorker::Refused { what: what.to_owned(), next: next.to_owned() };
        let text = encode(&report).unwrap_or_default();
        let _ = scope.post_message(&Array::of2(&JsValue::from(text), &error));
    }
}

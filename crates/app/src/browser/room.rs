//! What `web/boot.js` hands over: the sealed room and what lies in it.

use js_sys::{Array, Function, Promise};
use wasm_bindgen::prelude::*;
use web_sys::{File, Worker};

#[wasm_bindgen]
extern "C" {
    /// The sealed room.
    #[derive(Clone)]
    pub type Room;

    /// A new worker, made from bytes fetched before the seal.
    #[wasm_bindgen(method)]
    pub fn worker(this: &Room) -> Worker;

    /// Whether the CPU path came along.
    #[wasm_bindgen(method, js_name = hasCpu)]
    pub fn has_cpu(this: &Room) -> bool;

    /// The sample that the page carries.
    #[wasm_bindgen(method)]
    pub fn sample(this: &Room) -> File;

    /// The models that this build of the page offers, as JSON.
    #[wasm_bindgen(method)]
    pub fn offered(this: &Room) -> String;

    /// The address of the page loaded anew with a model, which the sealed page cannot fetch.
    #[wasm_bindgen(method, js_name = addressWith)]
    pub fn address_with(this: &Room, model: &str) -> String;

    /// The ways out that were removed from this browser, as a list in words.
    #[wasm_bindgen(method)]
    pub fn locked(this: &Room) -> String;

    /// The policy in force.
    #[wasm_bindgen(method)]
    pub fn policy(this: &Room) -> String;

    /// Requests that left the page since it was sealed.
    #[wasm_bindgen(method)]
    pub fn sent(this: &Room) -> usize;

    /// Attempts that the policy refused.
    #[wasm_bindgen(method)]
    pub fn refused(this: &Room) -> usize;

    /// Calls back whenever one of the two counts changes.
    #[wasm_bindgen(method)]
    pub fn listen(this: &Room, listener: &Function);

    /// Tries each way out; rows of name, verdict and how.
    #[wasm_bindgen(method, js_name = selfTest)]
    fn self_test_promise(this: &Room) -> Promise;
}

/// One row of the self-test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// What was tried.
    pub name: String,
    /// "refused", or "ESCAPED".
    pub verdict: String,
    /// How it ended.
    pub how: String,
}

impl Room {
    /// Tries each way out of the room.
    pub async fn self_test(&self) -> Vec<Attempt> {
        let Ok(rows) = wasm_bindgen_futures::JsFuture::from(self.self_test_promise()).await else { return Vec::new() };
        let text = |row: &Array, column| row.get(column).as_string().unwrap_or_default();
        Array::from(&rows)
            .iter()
            .map(|row| Array::from(&row))
            .map(|row| Attempt { name: text(&row, 0), verdict: text(&row, 1), how: text(&row, 2) })
            .collect()
    }
}

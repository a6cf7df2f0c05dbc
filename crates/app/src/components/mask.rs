//! The label map that may go with a series.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

use crate::browser::store::Store;
use crate::state::Event;

/// The choice of a label map, or the one in use.
#[component]
pub fn MaskField(store: Store) -> impl IntoView {
    let mask = store.part(|state| state.mask.clone());
    let open = store.part(|state| state.study.is_some());
    let chosen = move |event: web_sys::Event| {
        let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        let file = input.as_ref().and_then(|input| input.files()).and_then(|files| files.get(0));
        if let Some(file) = file {
            store.mask(file);
        }
        if let Some(input) = input {
            input.set_value("");
        }
    };
    view! {
        <Show when=move || open.get()>
            <div class="field">
                <span>"Regions"</span>
                {move || match mask.get() {
                    Some(mask) => view! {
                        <span class="mask">{mask.name}" ("{mask.regions}")"</span>
                        <button class="link" on:click=move |_| store.send(Event::NoMask)>"remove"</button>
                    }
                    .into_any(),
                    None => view! {
                        <label class="button small">
                            "Add a label map"
                            <input type="file" accept=".nii,.gz,.dcm" data-testid="mask" on:change=chosen />
                        </label>
                        <span class="hint">"optional, NIfTI"</span>
                    }
                    .into_any(),
                }}
            </div>
        </Show>
    }
}

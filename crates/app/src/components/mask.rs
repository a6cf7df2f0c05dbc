//! The label map that may go with a series.

use leptos::prelude::*;

use crate::browser::files::first_chosen;
use crate::browser::store::Store;
use crate::state::Event;

/// The choice of a label map, or the one in use.
#[component]
pub fn MaskField(store: Store) -> impl IntoView {
    let mask = store.part(|state| state.mask.clone());
    let open = store.part(|state| state.study.is_some());
    let chosen = move |event: web_sys::Event| {
        if let Some(file) = first_chosen(&event) {
            store.mask(file);
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
                        {mask.note.map(|note| view! { <span class="hint">{note}</span> })}
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

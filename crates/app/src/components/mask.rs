//! The label map that may go with a series: from a file, or estimated from the image.

use leptos::prelude::*;

use crate::browser::files::first_chosen;
use crate::browser::store::Store;
use crate::state::{Event, Mask};

/// The choice of a label map, or the one in use.
#[component]
pub fn MaskField(store: Store) -> impl IntoView {
    let mask = store.part(|state| state.mask.clone());
    let open = store.part(|state| state.study.is_some());
    view! {
        <Show when=move || open.get()>
            <div class="field">
                <span>"Regions"</span>
                {move || match mask.get() {
                    Some(mask) => view! { <Used store mask /> }.into_any(),
                    None => view! { <Choice store /> }.into_any(),
                }}
            </div>
        </Show>
    }
}

/// The label map in use.
#[component]
fn Used(store: Store, mask: Mask) -> impl IntoView {
    let Mask { name, regions, note } = mask;
    let estimated = name.is_none();
    view! {
        <span class="mask" data-testid="mask-in-use">
            {name.unwrap_or_else(|| "estimated from the image".to_owned())}" ("{regions}")"
        </span>
        <Show when=move || estimated>
            <button class="link" data-testid="save-mask" on:click=move |_| store.send(Event::SaveMask)>"save"</button>
        </Show>
        <button class="link" on:click=move |_| store.send(Event::NoMask)>"remove"</button>
        {note.map(|note| view! { <span class="hint">{note}</span> })}
    }
}

/// The ways to one.
#[component]
fn Choice(store: Store) -> impl IntoView {
    let estimates = store.part(|state| state.model.as_ref().is_some_and(|model| model.estimates_regions));
    let estimating = store.part(|state| state.estimating);
    let idle = store.part(|state| state.can_enhance());
    let chosen = move |event: web_sys::Event| {
        if let Some(file) = first_chosen(&event) {
            store.mask(file);
        }
    };
    view! {
        <label class="button small">
            "Add a label map"
            <input type="file" accept=".nii,.gz,.dcm" data-testid="mask" on:change=chosen />
        </label>
        <Show when=move || estimates.get()>
            <button
                class="small"
                data-testid="estimate-mask"
                disabled=move || !idle.get()
                on:click=move |_| store.send(Event::EstimateMask)
            >
                {move || if estimating.get() { "Estimating…" } else { "Estimate" }}
            </button>
        </Show>
        <span class="hint">"optional, NIfTI"</span>
    }
}

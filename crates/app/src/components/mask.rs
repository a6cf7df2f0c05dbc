//! The regions that the model is told: from a label map, from a CT, or estimated from the image.

use darkroom_messages::MaskSource;
use leptos::prelude::*;

use crate::browser::files::chosen;
use crate::browser::store::Store;
use crate::state::Event;

/// The choice of a mask, or the one in use.
#[component]
pub fn MaskField(store: Store) -> impl IntoView {
    let used = store.part(|state| state.mask.is_some());
    let open = store.part(|state| state.study.is_some());
    view! {
        <Show when=move || open.get()>
            <div class="field">
                <span>"Regions"</span>
                <Show when=move || used.get() fallback=move || view! { <Choice store /> }>
                    <Used store />
                </Show>
            </div>
        </Show>
    }
}

/// The mask in use.
#[component]
fn Used(store: Store) -> impl IntoView {
    let words = store.part(|state| state.mask_words());
    let note = store.part(|state| state.mask.as_ref().and_then(|mask| mask.note.clone()));
    let made = store.part(|state| {
        let source = state.mask.as_ref().map(|mask| &mask.source);
        !matches!(source, None | Some(MaskSource::Files { ct: false, .. }))
    });
    view! {
        <span class="mask" data-testid="mask-in-use">{move || words.get()}</span>
        <Show when=move || made.get()>
            <button class="link" data-testid="save-mask" on:click=move |_| store.send(Event::SaveMask)>"save"</button>
        </Show>
        <button class="link" data-testid="remove-mask" on:click=move |_| store.send(Event::NoMask)>"remove"</button>
        {move || note.get().map(|note| view! { <span class="hint" data-testid="mask-note">{note}</span> })}
    }
}

/// The ways to one.
#[component]
fn Choice(store: Store) -> impl IntoView {
    let estimates = store.part(|state| state.model.as_ref().is_some_and(|model| model.estimates_regions));
    let beside = store.part(|state| state.ct_beside().is_some());
    let sought = store.part(|state| state.seeking_mask.clone());
    let idle = store.part(|state| state.can_enhance());
    let take = move |event: web_sys::Event| {
        let files = chosen(&event);
        if !files.is_empty() {
            store.mask(files);
        }
    };
    let words = move |idle: &'static str, busy: &'static str, of: fn(&MaskSource) -> bool| {
        move || if sought.get().as_ref().is_some_and(of) { busy } else { idle }
    };
    let of_files = |source: &MaskSource| matches!(source, MaskSource::Files { .. });
    let of_series = |source: &MaskSource| matches!(source, MaskSource::Series { .. });
    view! {
        <Show when=move || beside.get()>
            <button
                class="small"
                data-testid="mask-from-ct"
                title="Lungs, spine and ribs, as the CT of this study shows them"
                disabled=move || sought.get().is_some()
                on:click=move |_| store.send(Event::MaskFromCt)
            >
                {words("From the CT", "Reading the CT…", of_series)}
            </button>
        </Show>
        <label class="button small">
            {words("Add a label map or a CT", "Reading…", of_files)}
            <input type="file" multiple data-testid="mask" on:change=take />
        </label>
        <Show when=move || estimates.get()>
            <button
                class="small"
                data-testid="estimate-mask"
                disabled=move || !idle.get()
                on:click=move |_| store.send(Event::EstimateMask)
            >
                {words("Estimate", "Estimating…", |source| *source == MaskSource::Estimated)}
            </button>
        </Show>
        <span class="hint">"optional; label maps as NIfTI, a CT as NIfTI, DICOM files or a zip"</span>
    }
}

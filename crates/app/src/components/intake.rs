//! Where files come in: dropped, chosen, pasted, or the sample.

use leptos::ev;
use leptos::prelude::*;
use web_sys::DragEvent;

use crate::browser::files::{chosen, dropped, listed};
use crate::browser::store::Store;
use crate::state::{Kind, State};

/// The invitation, large while the page is empty.
#[component]
pub fn Intake(store: Store, compact: bool) -> impl IntoView {
    let over = RwSignal::new(false);
    let opening = store.part(|state| state.opening.clone());
    let invitation = store.part(State::invitation);
    // The sample is a PET, so it is offered where one is taken.
    let pet = store.part(|state| matches!(state.takes(), Some(Kind::Pet | Kind::Other)));
    let sample = move || {
        let file = store.room().sample();
        store.open(vec![(file.name(), file)]);
    };
    view! {
        <section
            class="intake"
            class:compact=compact
            class:over=move || over.get()
            data-testid="drop"
            aria-label="Open files"
            on:dragover=move |event: DragEvent| { event.prevent_default(); over.set(true); }
            on:dragleave=move |_| over.set(false)
            on:drop=move |event: DragEvent| { over.set(false); take_drop(store, &event); }
        >
            <Show when=move || !compact>
                <h2>{move || invitation.get()}</h2>
                <p class="hint">"DICOM files, their folder or a zip, or NIfTI (.nii, .nii.gz)"</p>
            </Show>
            <div class="intake-buttons">
                <label class="button" class:primary=!compact>
                    {if compact { "Open files" } else { "Choose files" }}
                    <input type="file" multiple data-testid="choose" on:change=move |event| take_chosen(store, &event) />
                </label>
                <label class="button">
                    {if compact { "Folder" } else { "Choose a folder" }}
                    <input
                        type="file"
                        data-testid="choose-folder"
                        prop:webkitdirectory=true
                        on:change=move |event| take_chosen(store, &event)
                    />
                </label>
                <Show when=move || pet.get()>
                    <button
                        data-testid="sample"
                        title="A simulated low-dose torso that the page carries"
                        on:click=move |_| sample()
                    >
                        "Sample"
                    </button>
                </Show>
            </div>
            <p class="hint" role="status">
                {move || match opening.get() {
                    Some(what) => format!("Reading {what}…"),
                    None if compact => "or drop them anywhere".to_owned(),
                    None => "It stays on this computer: the page is sealed and can send nothing.".to_owned(),
                }}
            </p>
        </section>
    }
}

/// Takes files dropped or pasted anywhere on the page, so that a near miss does not leave it.
#[component]
pub fn PageDrops(store: Store) -> impl IntoView {
    let handles = [
        window_event_listener(ev::dragover, |event| event.prevent_default()),
        window_event_listener(ev::drop, move |event| take_drop(store, &event)),
        window_event_listener(ev::paste, move |event| {
            let files = listed(event.clipboard_data().and_then(|data| data.files()));
            if !files.is_empty() {
                store.open(files);
            }
        }),
    ];
    on_cleanup(move || handles.into_iter().for_each(|handle| handle.remove()));
}

fn take_drop(store: Store, event: &DragEvent) {
    event.prevent_default();
    event.stop_propagation();
    if let Some(transfer) = event.data_transfer() {
        let files = dropped(&transfer);
        leptos::task::spawn_local(async move { store.open(files.await) });
    }
}

fn take_chosen(store: Store, event: &web_sys::Event) {
    let files = chosen(event);
    if !files.is_empty() {
        store.open(files);
    }
}

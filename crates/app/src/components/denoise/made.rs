//! What was made, as files.

use leptos::prelude::*;

use crate::browser::store::Store;
use crate::state::{DenoiseEvent, Event, Piece};

/// The panel, once there is a sample.
#[component]
pub fn MadePanel(store: Store) -> impl IntoView {
    let count = store.part(|state| state.denoising.gallery.len());
    let unfinished = store.part(|state| state.denoising.gallery.iter().any(|sample| sample.unfinished));
    let maps = store.part(|state| state.denoising.maps.is_some());
    let button = move |piece: Piece, id: &'static str, name: &'static str| {
        view! {
            <button data-testid=id on:click=move |_| store.send(Event::Denoise(DenoiseEvent::Save(piece)))>{name}</button>
        }
    };
    view! {
        <Show when=move || { count.get() > 0 }>
            <section class="panel" aria-labelledby="made-title">
                <h2 id="made-title">"Download"</h2>
                <div class="downloads" data-testid="made">
                    <button
                        class="primary wide"
                        data-testid="save-image"
                        on:click=move |_| store.send(Event::Denoise(DenoiseEvent::Save(Piece::Image)))
                    >
                        "Download NIfTI"
                    </button>
                    {button(Piece::Picture, "save-picture", "PNG")}
                    <Show when=move || { count.get() > 1 }>
                        {button(Piece::Samples, "save-samples", "All samples")}
                    </Show>
                    <Show when=move || maps.get()>
                        {button(Piece::Mean, "save-mean", "Mean")}
                        {button(Piece::Spread, "save-spread", "Spread")}
                    </Show>
                    {button(Piece::Record, "save-record", "Run manifest")}
                </div>
                <Show when=move || unfinished.get()>
                    <p class="hint">"A sample was ended before its last step; the manifest says so."</p>
                </Show>
                <p class="synthetic">"Synthetic. Research and teaching. Not for diagnosis."</p>
            </section>
        </Show>
    }
}

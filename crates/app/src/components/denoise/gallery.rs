//! The samples made, each with its seed; of several also their mean and spread.

use leptos::prelude::*;

use super::snapshot::Snapshot;
use crate::browser::store::Store;
use crate::state::{DenoiseEvent, Event, Sample, Shown, image_picture, map_picture};

/// The gallery, once there is a sample.
#[component]
pub fn Gallery(store: Store) -> impl IntoView {
    let samples = store.part(|state| state.denoising.gallery.iter().cloned().enumerate().collect::<Vec<_>>());
    let several = store.part(|state| state.denoising.gallery.len() > 1);
    let key = |(_, sample): &(usize, Sample)| (sample.seed, std::ptr::from_ref(&*sample.image) as usize);
    view! {
        <Show when=move || !samples.with(Vec::is_empty)>
            <h2 id="gallery-title">"Samples"</h2>
            <ul class="gallery" aria-labelledby="gallery-title" data-testid="gallery">
                <For each=move || samples.get() key=key let((at, sample))>
                    <Thumbnail store at sample />
                </For>
                <Show when=move || several.get()>
                    <MapThumbnail store shown=Shown::Mean name="Mean" which=0 />
                    <MapThumbnail store shown=Shown::Spread name="Spread" which=1 />
                </Show>
            </ul>
        </Show>
    }
}

#[component]
fn Thumbnail(store: Store, at: usize, sample: Sample) -> impl IntoView {
    let style = store.part(|state| (state.denoising.window, state.view.window, state.view.inverted));
    let shown = store.part(move |state| state.denoising.shown == Shown::Sample(at));
    let Sample { seed, unfinished, image, .. } = sample;
    let words = format!("Seed {seed}{}", if unfinished { ", unfinished" } else { "" });
    view! {
        <li>
            <button
                class="frame"
                data-testid="sample-made"
                aria-pressed=move || shown.get().to_string()
                on:click=move |_| store.send(Event::Denoise(DenoiseEvent::Show(Shown::Sample(at))))
            >
                <Snapshot store when=style of=move |state| Some(image_picture(state, &image)) label=String::new() bare=true />
                <span>{words}</span>
            </button>
        </li>
    }
}

#[component]
fn MapThumbnail(store: Store, shown: Shown, name: &'static str, which: usize) -> impl IntoView {
    let when = store.part(|state| (state.denoising.maps.clone(), state.denoising.window, state.view.window));
    let current = store.part(move |state| state.denoising.shown == shown);
    view! {
        <li>
            <button
                class="frame"
                data-testid=format!("show-{}", name.to_lowercase())
                aria-pressed=move || current.get().to_string()
                on:click=move |_| store.send(Event::Denoise(DenoiseEvent::Show(shown)))
            >
                <Snapshot store when of=move |state| map_picture(state, which) label=String::new() bare=true />
                <span>{name}</span>
            </button>
        </li>
    }
}

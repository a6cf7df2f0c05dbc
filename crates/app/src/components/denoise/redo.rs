//! What of an image to start from is made anew: all of it, a rectangle, what a mask marks.

use leptos::prelude::*;

use super::region::RegionPicture;
use crate::browser::files::first_chosen;
use crate::browser::store::Store;
use crate::components::choices::choices;
use crate::state::{DenoiseEvent, Event, Field, Redo};

/// The names of a rectangle's edges, and the ids of their fields.
const EDGES: [(&str, &str); 4] =
    [("Left %", "region-left"), ("Top %", "region-top"), ("Right %", "region-right"), ("Bottom %", "region-bottom")];

/// The choice, the picture in which it is marked, and its fields.
#[component]
pub fn RedoFields(store: Store) -> impl IntoView {
    let redo = store.part(|state| state.denoising.start.redo.clone());
    let choose = move |event: web_sys::Event| {
        let value = event_target_value(&event);
        if let Some((kind, ..)) = Redo::kinds().into_iter().find(|(_, name, _)| *name == value) {
            store.send(Event::Denoise(DenoiseEvent::Redo(kind)));
        }
    };
    let now = move || {
        let kind = Redo::kinds().into_iter().find(|(kind, ..)| kind.is_like(&redo.get()));
        kind.map(|(_, value, _)| value.to_owned()).unwrap_or_default()
    };
    let options = Redo::kinds().map(|(_, value, name)| (value.to_owned(), name.to_owned()));
    // Only the kind decides which fields there are, so that typing in one does not take it away.
    let kind = Memo::new(move |_| now());
    view! {
        <label class="field">
            <span>"Make anew"</span>
            <select data-testid="redo" on:change=choose>{choices(options, now)}</select>
        </label>
        <RegionPicture store />
        {move || match kind.get().as_str() {
            "rectangle" => view! { <Rectangle store /> }.into_any(),
            "mask" => view! { <Mask store /> }.into_any(),
            _ => ().into_any(),
        }}
    }
}

/// The edges of a rectangle.
#[component]
fn Rectangle(store: Store) -> impl IntoView {
    let edges = store.part(|state| match state.denoising.start.redo {
        Redo::Rectangle(edges) => Some(edges),
        Redo::All | Redo::Mask(_) => None,
    });
    let edge = move |(at, (name, id)): (usize, (&'static str, &'static str))| {
        let percent = move || edges.get().map(|edges| (100.0 * edges[at]).round().to_string());
        view! {
            <label class="field">
                <span>{name}</span>
                <input
                    type="number" min="0" max="100" step="1" data-testid=id
                    prop:value=move || percent().unwrap_or_default()
                    on:change=move |event| {
                        store.send(Event::Denoise(DenoiseEvent::Entered(Field::Edge(at), event_target_value(&event))));
                    }
                />
            </label>
        }
    };
    view! {
        <div class="numbers-row">{EDGES.into_iter().enumerate().map(edge).collect_view()}</div>
        <p class="hint">"Drag over the picture to draw it. Outside, the image stays as it is."</p>
    }
}

/// The label map that marks, and those of its labels that count.
#[component]
fn Mask(store: Store) -> impl IntoView {
    let mask = store.part(|state| match &state.denoising.start.redo {
        Redo::Mask(mask) => mask.clone(),
        Redo::All | Redo::Rectangle(_) => None,
    });
    let in_use = store.part(|state| state.mask.is_some());
    let chosen = move |event: web_sys::Event| {
        if let Some(file) = first_chosen(&event) {
            store.start_mask(file);
        }
    };
    let enter = move |event: web_sys::Event| {
        store.send(Event::Denoise(DenoiseEvent::Entered(Field::MaskLabels, event_target_value(&event))));
    };
    let words = |labels: &[u8]| labels.iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
    let told = move || {
        mask.get().map(|mask| {
            let name = mask.name.clone().unwrap_or_else(|| "The label map in use".to_owned());
            let share = format!("{name} marks {:.1} % of the image. The rest stays as it is.", 100.0 * mask.share);
            view! {
                <label class="field">
                    <span>"Labels that count"</span>
                    <input
                        type="text" autocomplete="off" data-testid="mask-labels"
                        placeholder=format!("all: {}", words(&mask.map.present()))
                        prop:value=words(&mask.chosen)
                        on:change=enter
                    />
                </label>
                <p class="hint" data-testid="mask-told">{share}" "{mask.note}</p>
            }
        })
    };
    view! {
        <div class="downloads">
            <label class="button small">
                "Choose a label map"
                <input type="file" accept=".nii,.gz" data-testid="start-mask" on:change=chosen />
            </label>
            <Show when=move || in_use.get()>
                <button
                    class="small" data-testid="start-mask-in-use"
                    on:click=move |_| store.send(Event::Denoise(DenoiseEvent::Mask(None)))
                >
                    "Use the regions"
                </button>
            </Show>
        </div>
        {told}
    }
}

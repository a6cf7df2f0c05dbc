//! What samples start from, how far it is kept, and the region that is made anew.

use leptos::prelude::*;

use super::region::RegionPicture;
use crate::browser::store::Store;
use crate::state::{DenoiseEvent, Event, Field, MIDDLE, Origin, OriginChoice, origin_now, origins};

/// The names of a region's edges, and the ids of their fields.
const EDGES: [(&str, &str); 4] =
    [("Left %", "region-left"), ("Top %", "region-top"), ("Right %", "region-right"), ("Bottom %", "region-bottom")];

/// The fields; nothing for a model that starts from noise only.
#[component]
pub fn OriginFields(store: Store) -> impl IntoView {
    let starts = store.part(|state| state.denoising.model.as_ref().is_some_and(|model| model.starts));
    let from_image = store.part(|state| state.denoising.origin != Origin::Noise);
    view! {
        <Show when=move || starts.get()>
            <OriginChoices store />
            <Show when=move || from_image.get()>
                <Use store />
            </Show>
        </Show>
    }
}

#[component]
fn OriginChoices(store: Store) -> impl IntoView {
    let choices = store.part(|state| (origins(state), origin_now(&state.denoising.origin)));
    let choose = move |event: web_sys::Event| {
        let value = event_target_value(&event);
        if let Some((choice, _)) = OriginChoice::ALL.into_iter().find(|(_, name)| *name == value) {
            store.send(Event::Denoise(DenoiseEvent::Origin(choice)));
        }
    };
    let options = move || {
        let (choices, now) = choices.get();
        let value = |choice| OriginChoice::ALL.into_iter().find(|(other, _)| *other == choice).map(|(_, value)| value);
        let option = |(choice, name): (OriginChoice, String)| {
            view! { <option value=value(choice) selected=choice == now>{name}</option> }
        };
        choices.into_iter().map(option).collect_view()
    };
    view! {
        <label class="field">
            <span>"Start from"</span>
            <select data-testid="origin" on:change=choose>{options}</select>
        </label>
    }
}

/// Strength, and the region that is made anew.
#[component]
fn Use(store: Store) -> impl IntoView {
    let fields = store.part(|state| state.denoising.start);
    let region = store.part(|state| state.denoising.start.region.is_some());
    let enter = move |field: Field| {
        move |event: web_sys::Event| {
            store.send(Event::Denoise(DenoiseEvent::Entered(field, event_target_value(&event))));
        }
    };
    let toggle = move |event: web_sys::Event| {
        let region = event_target_checked(&event).then_some(MIDDLE);
        store.send(Event::Denoise(DenoiseEvent::Region(region)));
    };
    let edge = move |(at, (name, id)): (usize, (&'static str, &'static str))| {
        let percent = move || fields.get().region.map(|region| (100.0 * region[at]).round().to_string());
        view! {
            <label class="field">
                <span>{name}</span>
                <input
                    type="number" min="0" max="100" step="1" data-testid=id
                    prop:value=move || percent().unwrap_or_default()
                    on:change=enter(Field::Edge(at))
                />
            </label>
        }
    };
    view! {
        <div class="numbers-row">
            <label class="field" title="The share of the steps that is taken: the more, the less of the image is left">
                <span>"Strength"</span>
                <input
                    type="number" min="0.05" max="1" step="0.05" data-testid="strength"
                    placeholder=move || if region.get() { "from noise" } else { "0.5" }
                    prop:value=move || fields.get().strength.map(|strength| strength.to_string()).unwrap_or_default()
                    on:change=enter(Field::Strength)
                />
            </label>
            <Show when=move || region.get()>
                <label class="field" title="How often each step is taken, so that what is new fits what is kept">
                    <span>"Repeats"</span>
                    <input
                        type="number" min="1" max="20" step="1" data-testid="repeats" placeholder="1"
                        prop:value=move || fields.get().repeats.map(|repeats| repeats.to_string()).unwrap_or_default()
                        on:change=enter(Field::Repeats)
                    />
                </label>
            </Show>
        </div>
        <label class="check">
            <input type="checkbox" data-testid="redo-region" prop:checked=move || region.get() on:change=toggle />
            "Make only a region anew"
        </label>
        <RegionPicture store />
        <Show when=move || region.get()>
            <div class="numbers-row">{EDGES.into_iter().enumerate().map(edge).collect_view()}</div>
            <p class="hint">"Drag over the picture to draw it. Outside, the image stays as it is."</p>
        </Show>
    }
}

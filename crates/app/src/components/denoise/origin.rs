//! What samples start from, and how far it is kept.

use leptos::prelude::*;

use super::redo::RedoFields;
use crate::browser::store::Store;
use crate::state::{DenoiseEvent, Event, Field, Origin, OriginChoice, Redo, origin_now, origins};

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

/// Strength, and what is made anew.
#[component]
fn Use(store: Store) -> impl IntoView {
    let fields = store.part(|state| (state.denoising.start.strength, state.denoising.start.repeats));
    let part = store.part(|state| state.denoising.start.redo != Redo::All);
    let enter = move |field: Field| {
        move |event: web_sys::Event| {
            store.send(Event::Denoise(DenoiseEvent::Entered(field, event_target_value(&event))));
        }
    };
    view! {
        <div class="numbers-row">
            <label class="field" title="The share of the steps that is taken: the more, the less of the image is left">
                <span>"Strength"</span>
                <input
                    type="number" min="0.05" max="1" step="0.05" data-testid="strength"
                    placeholder=move || if part.get() { "from noise" } else { "0.5" }
                    prop:value=move || fields.get().0.map(|strength| strength.to_string()).unwrap_or_default()
                    on:change=enter(Field::Strength)
                />
            </label>
            <Show when=move || part.get()>
                <label class="field" title="How often each step is taken, so that what is new fits what is kept">
                    <span>"Repeats"</span>
                    <input
                        type="number" min="1" max="20" step="1" data-testid="repeats" placeholder="1"
                        prop:value=move || fields.get().1.map(|repeats| repeats.to_string()).unwrap_or_default()
                        on:change=enter(Field::Repeats)
                    />
                </label>
            </Show>
        </div>
        <RedoFields store />
    }
}

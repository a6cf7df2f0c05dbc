//! The dose the input was taken with.

use leptos::prelude::*;

use crate::browser::store::Store;
use crate::state::Event;

/// Fractions on offer, as parts of the standard dose.
pub const PARTS: [u8; 8] = [2, 3, 4, 6, 8, 10, 15, 20];

/// The choice; estimated from the image unless the user knows better.
#[component]
pub fn DoseField(store: Store) -> impl IntoView {
    let options =
        PARTS.map(|parts| view! { <option value=parts.to_string()>"1/"{parts}" of the standard dose"</option> });
    let running = store.part(|state| state.run.is_some());
    let value = store.part(|state| state.dose.map_or_else(String::new, |dose| format!("{:.0}", 1.0 / dose)));
    let chosen = move |event: web_sys::Event| {
        let parts = event_target_value(&event).parse::<f64>().ok();
        store.send(Event::Dose(parts.map(|parts| 1.0 / parts)));
    };
    view! {
        <label class="field">
            <span>"Dose"</span>
            <select data-testid="dose" disabled=move || running.get() prop:value=move || value.get() on:change=chosen>
                <option value="">"Estimated from the image"</option>
                {options}
            </select>
        </label>
    }
}

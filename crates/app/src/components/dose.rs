//! The dose the input was taken with.

use leptos::prelude::*;

use super::choices::choices;
use crate::browser::store::Store;
use crate::state::Event;

/// Fractions on offer, as parts of the standard dose.
const PARTS: [u8; 8] = [2, 3, 4, 6, 8, 10, 15, 20];

/// The doses to choose from as options, the first for when none is.
pub fn doses(first: &str, dose: impl Fn() -> Option<f64> + Clone + Send + Sync + 'static) -> impl IntoView {
    let parts = PARTS.map(|parts| (parts.to_string(), format!("1/{parts} of the standard dose")));
    let rows = std::iter::once((String::new(), first.to_owned())).chain(parts);
    choices(rows, move || dose().map_or_else(String::new, |dose| format!("{:.0}", 1.0 / dose)))
}

/// The choice; estimated from the image unless the user knows better.
#[component]
pub fn DoseField(store: Store) -> impl IntoView {
    let running = store.part(|state| state.run.is_some());
    let dose = store.part(|state| state.dose);
    let chosen = move |event: web_sys::Event| {
        let parts = event_target_value(&event).parse::<f64>().ok();
        store.send(Event::Dose(parts.map(|parts| 1.0 / parts)));
    };
    view! {
        <label class="field">
            <span>"Dose"</span>
            <select data-testid="dose" disabled=move || running.get() on:change=chosen>
                {doses("Estimated from the image", move || dose.get())}
            </select>
        </label>
    }
}

//! The model: what it is and what it is told.

use leptos::prelude::*;

use super::card::About;
use super::dose::DoseField;
use super::mask::MaskField;
use super::own_model::OwnModelField;
use crate::browser::store::Store;

/// The panel.
#[component]
pub fn ModelPanel(store: Store) -> impl IntoView {
    let model = store.part(|state| state.model.clone());
    let takes_dose = store.part(|state| state.model.as_ref().is_some_and(|model| model.takes_dose));
    let takes_regions = store.part(|state| state.model.as_ref().is_some_and(|model| model.takes_regions));
    view! {
        <section class="panel" aria-labelledby="model-title">
            <h2 id="model-title">"Model"</h2>
            {move || match model.get() {
                None => view! { <p class="hint">"Checking the weights…"</p> }.into_any(),
                Some(model) => view! { <About facts=model.facts test="model" /> }.into_any(),
            }}
            <Show when=move || takes_dose.get()><DoseField store /></Show>
            <Show when=move || takes_regions.get()><MaskField store /></Show>
            <OwnModelField store />
        </section>
    }
}

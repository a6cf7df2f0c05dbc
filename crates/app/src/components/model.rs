//! The model: what it is and what it is told.

use leptos::html::Dialog;
use leptos::prelude::*;

use super::card::Card;
use super::dose::DoseField;
use super::header::open;
use super::mask::MaskField;
use super::own_model::OwnModelField;
use crate::browser::store::Store;
use crate::state::size_words;

/// The panel.
#[component]
pub fn ModelPanel(store: Store) -> impl IntoView {
    let model = store.part(|state| state.model.clone());
    let takes_dose = store.part(|state| state.model.as_ref().is_some_and(|model| model.takes_dose));
    let takes_regions = store.part(|state| state.model.as_ref().is_some_and(|model| model.takes_regions));
    let dialog: NodeRef<Dialog> = NodeRef::new();
    view! {
        <section class="panel" aria-labelledby="model-title">
            <h2 id="model-title">"Model"</h2>
            {move || match model.get() {
                None => view! { <p class="hint">"Checking the weights…"</p> }.into_any(),
                Some(model) => view! {
                    <p class="model-name">{model.title.clone()}</p>
                    <p class="facts">
                        <span title=model.precision.clone()>{short(&model.precision)}</span>" · "{size_words(model.bytes)}" · v"{model.version.clone()}" · "
                        <button class="link" on:click=move |_| open(dialog)>"model card"</button>
                    </p>
                    <Card model dialog />
                }
                .into_any(),
            }}
            <Show when=move || takes_dose.get()><DoseField store /></Show>
            <Show when=move || takes_regions.get()><MaskField store /></Show>
            <OwnModelField store />
        </section>
    }
}

/// The precision without its particulars, which the title has.
fn short(precision: &str) -> String {
    precision.split(',').next().unwrap_or_default().to_owned()
}

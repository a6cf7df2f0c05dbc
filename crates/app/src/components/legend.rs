//! What the colours over the images mean.

use leptos::prelude::*;

use crate::browser::paint::TISSUES;
use crate::browser::store::Store;

/// The mask's tissues with their colours, while they lie over the images.
#[component]
pub fn Legend(store: Store) -> impl IntoView {
    let tissues = store.part(|state| {
        let mask = state.mask.as_ref().filter(|_| state.view.tissues);
        mask.map_or_else(Vec::new, |mask| mask.tissues.clone())
    });
    let entries = move || {
        let coloured = tissues.get().into_iter().filter(|(label, _)| *label <= TISSUES);
        let entry = |(label, name)| {
            view! { <li><span class=format!("swatch tissue-{label}") aria-hidden="true"></span>{name}</li> }
        };
        coloured.map(entry).collect_view()
    };
    view! {
        <Show when=move || !tissues.get().is_empty()>
            <ul class="legend" aria-label="Regions that the model is told" data-testid="mask-legend">{entries}</ul>
        </Show>
    }
}

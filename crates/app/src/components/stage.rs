//! The images: the large plane, the difference map beside it, the other planes.

use leptos::prelude::*;

use super::difference::Difference;
use super::legend::Legend;
use super::plane::{PlaneView, Shows};
use super::readout::Readout;
use super::toolbar::Toolbar;
use crate::browser::store::Store;
use crate::state::PLANES;

/// The images of the open series.
#[component]
pub fn Stage(store: Store) -> impl IntoView {
    let open = store.part(|state| state.study.is_some());
    let opening = store.part(|state| state.opening.clone());
    let main = store.part(|state| state.view.main);
    let mapped = store.part(|state| state.result.is_some() && state.view.difference);
    let waiting = move || match opening.get() {
        Some(what) => format!("Reading {what}…"),
        None => "Choose a usable series, or open other files.".to_owned(),
    };
    let images = move || {
        let main = main.get();
        let others = PLANES.into_iter().filter(move |&plane| plane != main);
        view! {
            <div class="images" class:with-difference=move || mapped.get()>
                <PlaneView store plane=main shows=Shows::Images large=true />
                {move || mapped.get().then(|| view! { <Difference store plane=main /> })}
                {others.map(|plane| view! { <PlaneView store plane shows=Shows::Images large=false /> }).collect_view()}
            </div>
        }
    };
    view! {
        <Show when=move || open.get() fallback=move || view! { <p class="waiting" role="status">{waiting}</p> }>
            <div class="stage" data-testid="viewer">
                <Toolbar store />
                <Legend store />
                {images}
                <Readout store />
            </div>
        </Show>
    }
}

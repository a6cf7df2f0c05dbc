//! The page as a whole.

use leptos::prelude::*;

use super::alert::AlertBar;
use super::header::Header;
use super::intake::{Intake, PageDrops};
use super::keys::page_key;
use super::model::ModelPanel;
use super::result::ResultPanel;
use super::run::RunPanel;
use super::series::SeriesList;
use super::stage::Stage;
use crate::browser::store::Store;

/// The page.
#[component]
pub fn Page(store: Store) -> impl IntoView {
    let empty = store.part(|state| state.is_empty());
    view! {
        <div class="page" class:empty=move || empty.get() on:keydown=move |event| page_key(store, &event)>
            <a class="skip" href="#viewer">"Skip to the images"</a>
            <PageDrops store />
            <Header store />
            <AlertBar store />
            <div class="columns">
                <Show when=move || !empty.get()>
                    <aside class="column" aria-label="Series">
                        <SeriesList store />
                        <Intake store compact=true />
                    </aside>
                </Show>
                <main id="viewer">
                    <Show when=move || !empty.get() fallback=move || view! { <Intake store compact=false /> }>
                        <Stage store />
                    </Show>
                </main>
                <aside class="column model-column" aria-label="Model, run and result">
                    <ModelPanel store />
                    <RunPanel store />
                    <ResultPanel store />
                </aside>
            </div>
        </div>
    }
}

//! The page as a whole.

use leptos::prelude::*;

use super::alert::AlertBar;
use super::header::Header;
use super::intake::{Intake, PageDrops};
use super::keys::page_key;
use super::measure::MeasurePanel;
use super::model::ModelPanel;
use super::result::ResultPanel;
use super::run::RunPanel;
use super::series::SeriesList;
use super::stage::Stage;
use crate::browser::store::Store;
use crate::state::State;

/// The page.
#[component]
pub fn Page(store: Store) -> impl IntoView {
    let inviting = store.part(State::is_inviting);
    let listed = store.part(|state| !state.series.is_empty());
    view! {
        <div class="page" class:empty=move || !listed.get() on:keydown=move |event| page_key(store, &event)>
            <a class="skip" href="#viewer">"Skip to the images"</a>
            <PageDrops store />
            <Header store />
            <AlertBar store />
            <div class="columns">
                <Show when=move || listed.get()>
                    <aside class="column" aria-label="Series">
                        <SeriesList store />
                        <Show when=move || !inviting.get()><Intake store compact=true /></Show>
                    </aside>
                </Show>
                <main id="viewer">
                    <Show when=move || !inviting.get() fallback=move || view! { <Intake store compact=false /> }>
                        <Stage store />
                    </Show>
                </main>
                <aside class="column model-column" aria-label="Model, run and result">
                    <ModelPanel store />
                    <RunPanel store />
                    <ResultPanel store />
                    <MeasurePanel store />
                </aside>
            </div>
        </div>
    }
}

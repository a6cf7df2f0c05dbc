//! The page as a whole.

use leptos::prelude::*;

use super::alert::AlertBar;
use super::denoise::bench::DenoiseBench;
use super::denoise::made::MadePanel;
use super::denoise::model::DenoiserPanel;
use super::denoise::start::StartPanel;
use super::header::Header;
use super::intake::{Intake, PageDrops};
use super::keys::page_key;
use super::measure::MeasurePanel;
use super::model::ModelPanel;
use super::result::ResultPanel;
use super::run::RunPanel;
use super::series::SeriesList;
use super::stage::Stage;
use super::suv::SuvPanel;
use super::thinning::ThinningPanel;
use crate::browser::store::Store;
use crate::state::{State, Task, Work, work};

/// The page.
#[component]
pub fn Page(store: Store) -> impl IntoView {
    let inviting = store.part(State::is_inviting);
    let listed = store.part(|state| !state.series.is_empty() && state.task != Task::Generate);
    let task = store.part(|state| state.task);
    let work = store.part(work);
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
                    {move || match (work.get(), inviting.get()) {
                        (Work::Bench, _) => view! { <DenoiseBench store /> }.into_any(),
                        (Work::Noise, _) => view! { <NothingYet /> }.into_any(),
                        (Work::Images, true) => view! { <Intake store compact=false /> }.into_any(),
                        (Work::Images, false) => view! { <Stage store /> }.into_any(),
                    }}
                </main>
                <aside class="column model-column" aria-label="Model, run and result">
                    {move || match task.get() {
                        Task::Enhance => view! {
                            <ModelPanel store />
                            <SuvPanel store />
                            <RunPanel store />
                            <ResultPanel store />
                            <ThinningPanel store />
                            <MeasurePanel store />
                        }
                        .into_any(),
                        Task::Translate => view! {
                            <DenoiserPanel store task=Task::Translate />
                            <StartPanel store task=Task::Translate />
                            <MadePanel store />
                            <ResultPanel store />
                            <MeasurePanel store />
                        }
                        .into_any(),
                        Task::Generate => view! {
                            <DenoiserPanel store task=Task::Generate />
                            <StartPanel store task=Task::Generate />
                            <MadePanel store />
                        }
                        .into_any(),
                    }}
                </aside>
            </div>
        </div>
    }
}

/// The invitation of *Generate*.
#[component]
fn NothingYet() -> impl IntoView {
    view! {
        <div class="intake">
            <h2>"Images from noise"</h2>
            <p class="hint">"Choose a model and press Generate. Each step of the way can be watched, paused and taken back."</p>
            <p class="hint">"What it makes shows no patient. The same seed gives the same image."</p>
        </div>
    }
}

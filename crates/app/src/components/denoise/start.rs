//! The panel that begins samples: the model's form, and the buttons of the task.

use leptos::prelude::*;

use super::form::WishForm;
use crate::browser::store::Store;
use crate::components::engine::EngineTrouble;
use crate::components::run::Progress;
use crate::state::{DenoiseEvent, Event, State, Task, start_words};

/// The panel of *Generate* or *Translate*.
#[component]
pub fn StartPanel(store: Store, task: Task) -> impl IntoView {
    let loaded = store.part(move |state| state.denoising.task() == Some(task));
    let running = store.part(|state| state.run.is_some());
    let sampling = store.part(|state| state.denoising.is_running());
    let ready = store.part(State::can_sample);
    let made = store.part(|state| !state.denoising.gallery.is_empty());
    let hint = store.part(start_words);
    let send = move |event: DenoiseEvent| move |_| store.send(Event::Denoise(event.clone()));
    let buttons = move || {
        match task {
        Task::Translate => view! {
            <button data-testid="translate-slice" disabled=move || !ready.get() on:click=send(DenoiseEvent::Start)>
                "This slice"
            </button>
            <button class="primary" data-testid="translate" disabled=move || !ready.get() on:click=send(DenoiseEvent::Volume)>
                "Whole volume"
            </button>
        }
        .into_any(),
        Task::Enhance | Task::Generate => view! {
            <button
                class="wide" class:primary=move || !made.get() data-testid="generate"
                disabled=move || !ready.get()
                on:click=send(DenoiseEvent::Start)
            >
                "Generate"
            </button>
        }
        .into_any(),
    }
    };
    view! {
        <section class="panel" aria-label="Sampling">
            <EngineTrouble store />
            <Show when=move || loaded.get()>
                <fieldset class="wish-set" disabled=move || running.get() || sampling.get()>
                    <legend class="unseen">"How images are made"</legend>
                    <WishForm store />
                </fieldset>
                <Show when=move || running.get() fallback=move || view! {
                    <div class="downloads">{buttons}</div>
                    <p class="hint">{move || hint.get()}</p>
                }>
                    <Progress store />
                </Show>
            </Show>
        </section>
    }
}

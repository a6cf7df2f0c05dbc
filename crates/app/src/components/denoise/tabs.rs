//! The tasks of the page.

use leptos::prelude::*;

use crate::browser::store::Store;
use crate::state::{DenoiseEvent, Event, Task};

/// The tasks, in the header.
#[component]
pub fn Tabs(store: Store) -> impl IntoView {
    let tab = move |task: Task, id: &'static str, name: &'static str| {
        let current = store.part(move |state| state.task == task);
        view! {
            <button
                class="tab"
                data-testid=id
                aria-current=move || if current.get() { "page" } else { "false" }
                on:click=move |_| store.send(Event::Denoise(DenoiseEvent::Task(task)))
            >
                {name}
            </button>
        }
    };
    view! {
        <nav class="tabs" aria-label="Task">
            {tab(Task::Enhance, "task-enhance", "Enhance")}
            {tab(Task::Translate, "task-translate", "Translate")}
            {tab(Task::Generate, "task-generate", "Generate")}
        </nav>
    }
}

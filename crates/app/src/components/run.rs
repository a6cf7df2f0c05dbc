//! The run: start, progress, cancel.

use leptos::html::Button;
use leptos::prelude::*;

use super::engine::EngineTrouble;
use crate::browser::store::Store;
use crate::state::{Event, Run, State, seconds_words, start_hint};

/// The panel.
#[component]
pub fn RunPanel(store: Store) -> impl IntoView {
    let running = store.part(|state| state.run.is_some());
    let ran = StoredValue::new(false);
    view! {
        <section class="panel" aria-label="Run">
            <EngineTrouble store />
            <Show when=move || running.get() fallback=move || view! { <Start store refocus=ran.get_value() /> }>
                {ran.set_value(true)}
                <Progress store />
            </Show>
        </section>
    }
}

/// The button that starts a run. After a run it takes the focus, which its Cancel button had.
#[component]
fn Start(store: Store, refocus: bool) -> impl IntoView {
    let ready = store.part(State::can_enhance);
    let done = store.part(|state| state.result.is_some());
    let hint = store.part(start_hint);
    let start: NodeRef<Button> = NodeRef::new();
    Effect::new(move |_| {
        if let Some(button) = start.get().filter(|_| refocus && ready.get() && nothing_focused()) {
            let _ = button.focus();
        }
    });
    view! {
        <button
            class="wide"
            class:primary=move || !done.get()
            node_ref=start
            data-testid="enhance"
            disabled=move || !ready.get()
            on:click=move |_| store.send(Event::Enhance)
        >
            {move || if done.get() { "Enhance again" } else { "Enhance" }}
        </button>
        <p class="hint">{move || hint.get()}</p>
    }
}

/// Stage, share and time left.
#[component]
pub fn Progress(store: Store) -> impl IntoView {
    let run = store.part(|state| state.run.clone().unwrap_or_default());
    let cancel: NodeRef<Button> = NodeRef::new();
    // The pressed button is gone: the focus goes to what can be done now.
    Effect::new(move |_| {
        if let Some(button) = cancel.get() {
            let _ = button.focus();
        }
    });
    view! {
        <div data-testid="progress">
            <div class="progress-line">
                <span class="progress-stage">{move || stage_words(&run.get())}</span>
                <span class="progress-share">{move || format!("{:.0} %", 100.0 * run.get().done)}</span>
            </div>
            <progress max="1" aria-label="Progress of the run" prop:value=move || run.get().done></progress>
            <p class="hint" role="status">{move || left_words(&run.get())}</p>
        </div>
        <button
            class="wide"
            node_ref=cancel
            data-testid="cancel"
            disabled=move || run.get().cancelling
            on:click=move |_| store.send(Event::Cancel)
        >
            {move || if run.get().cancelling { "Cancelling…" } else { "Cancel (Esc)" }}
        </button>
    }
}

fn stage_words(run: &Run) -> String {
    if run.tiles > 0 { format!("{} · tile {} of {}", run.stage, run.tile, run.tiles) } else { run.stage.clone() }
}

fn left_words(run: &Run) -> String {
    match run.seconds_left {
        Some(seconds) => format!("{} left", seconds_words(seconds)),
        None => "measuring the time".to_owned(),
    }
}

/// Whether the focus was lost with the element that had it.
fn nothing_focused() -> bool {
    let active = document().active_element();
    active.is_none_or(|element| element.tag_name().eq_ignore_ascii_case("body"))
}

//! The sample under way: its picture, what moves it on and back, its strip, the gallery.

use darkroom_messages::Look;
use leptos::html::Button;
use leptos::prelude::*;

use super::gallery::Gallery;
use super::snapshot::Snapshot;
use super::strip::Strip;
use crate::browser::store::Store;
use crate::state::{
    DenoiseEvent, Event, GreyWindow, can_leave, given_picture, look_name, now_picture, on_white, place_words,
    step_words,
};

/// The bench, once there is something on it.
#[component]
pub fn DenoiseBench(store: Store) -> impl IntoView {
    let given = store.part(|state| state.denoising.session.as_ref().and_then(|session| session.slice));
    let label = store.part(place_words);
    let shown = store.part(|state| {
        let denoising = &state.denoising;
        let now = denoising.session.as_ref().and_then(|session| session.now.clone());
        let last = denoising.gallery.last().map(|sample| sample.image.clone());
        (denoising.shown, now, last, denoising.maps.clone(), denoising.window, state.view.window, state.view.inverted)
    });
    let cut = store.part(|state| {
        let slice = state.denoising.session.as_ref().and_then(|session| session.slice);
        (slice, state.view.window, state.view.inverted)
    });
    let white = store.part(on_white);
    view! {
        <section class="bench" aria-label="Sample" data-testid="bench">
            <Looks store />
            <div class="bench-pictures">
                <Show when=move || given.get().is_some()>
                    <figure class="bench-picture" class:on-white=move || white.get()[0]>
                        <Snapshot store when=cut of=given_picture label=Signal::stored("The slice as it is".to_owned()) bare=false />
                        <figcaption>{move || format!("Slice {} as it is", given.get().unwrap_or(0) + 1)}</figcaption>
                    </figure>
                </Show>
                <figure class="bench-picture" class:on-white=move || white.get()[1]>
                    <Snapshot store when=shown of=now_picture label bare=false testid="now" />
                    <figcaption data-testid="now-words">{move || label.get()}</figcaption>
                </figure>
            </div>
            <Transport store />
            <Notes store />
            <Strip store />
            <Gallery store />
        </section>
    }
}

/// What of the sample is looked at, and how values become grey.
#[component]
fn Looks(store: Store) -> impl IntoView {
    let look = store.part(|state| state.denoising.look);
    let watching = store.part(|state| state.denoising.watching);
    let leaves = store.part(can_leave);
    let running = store.part(|state| state.denoising.is_running());
    let hounsfield = store.part(|state| {
        let image = state.denoising.gallery.last().map(|sample| &sample.image);
        let image = image.or_else(|| {
            let session = state.denoising.session.as_ref()?;
            session.now.as_ref().filter(|(look, _)| *look == Look::Clean).map(|(_, image)| image)
        });
        image.is_some_and(|image| image.unit == darkroom_imaging::Unit::Hounsfield)
            && state.denoising.session.as_ref().is_none_or(|session| session.slice.is_none())
    });
    let looks = [Look::Clean, Look::Noisy, Look::Noise].map(|of| {
        view! {
            <button
                aria-pressed=move || (look.get() == of).to_string()
                data-testid=match of { Look::Clean => "look-clean", Look::Noisy => "look-noisy", Look::Noise => "look-noise" }
                on:click=move |_| store.send(Event::Denoise(DenoiseEvent::Look(of)))
            >
                {look_name(of)}
            </button>
        }
    });
    view! {
        <div class="toolbar">
            <div class="group" role="group" aria-label="What is looked at">{looks}</div>
            <Show when=move || hounsfield.get()><Windows store /></Show>
            <label class="check" title="Off, nothing is computed for looking while the run goes on">
                <input
                    type="checkbox"
                    data-testid="watch"
                    prop:checked=move || watching.get()
                    on:change=move |event| store.send(Event::Denoise(DenoiseEvent::Watch(event_target_checked(&event))))
                />
                "Watch the steps"
            </label>
            <Show when=move || leaves.get()>
                <button
                    class="bench-close"
                    data-testid="close-bench"
                    disabled=move || running.get()
                    on:click=move |_| store.send(Event::Denoise(DenoiseEvent::Close))
                >
                    "Back to the volume"
                </button>
            </Show>
        </div>
    }
}

/// The customary windows of CT.
#[component]
fn Windows(store: Store) -> impl IntoView {
    let window = store.part(|state| state.denoising.window);
    let buttons = GreyWindow::ALL.map(|(of, name)| {
        view! {
            <button
                aria-pressed=move || (window.get() == of).to_string()
                on:click=move |_| store.send(Event::Denoise(DenoiseEvent::Window(of)))
            >
                {name}
            </button>
        }
    });
    view! { <div class="group" role="group" aria-label="Window">{buttons}</div> }
}

/// Back, play or pause, step, stop; where the sample is.
#[component]
fn Transport(store: Store) -> impl IntoView {
    let session = store.part(|state| {
        let session = state.denoising.session.as_ref();
        session.map(|session| (session.playing, session.busy, session.step, session.steps, session.has_next()))
    });
    let words = store.part(step_words);
    let begun = store.part(|state| {
        state.denoising.session.as_ref().is_some_and(|session| session.sample == 0 && session.steps == 0)
    });
    let stop: NodeRef<Button> = NodeRef::new();
    // The button that was pressed does nothing now: the focus goes to what can be done, where Esc is heard too.
    Effect::new(move |_| {
        if let Some(button) = stop.get().filter(|_| begun.get()) {
            let _ = button.focus();
        }
    });
    let send = move |event: DenoiseEvent| move |_| store.send(Event::Denoise(event.clone()));
    let at = move || session.get().unwrap_or_default();
    let playing = move || at().0;
    let busy = move || at().1;
    let finished = move || at().3 > 0 && at().2 >= at().3;
    let share = move || at().2 as f64 / at().3.max(1) as f64;
    let play = move |_| store.send(Event::Denoise(if playing() { DenoiseEvent::Pause } else { DenoiseEvent::Play }));
    view! {
        <Show when=move || session.get().is_some()>
            <div class="transport" role="group" aria-label="Steps">
                <button data-testid="back" aria-disabled=off(move || busy() || playing() || at().2 == 0) on:click=send(DenoiseEvent::Back)>
                    "Back"
                </button>
                <button data-testid="play" aria-disabled=off(move || finished() && !playing() && !at().4) on:click=play>
                    {move || if playing() { "Pause" } else { "Play" }}
                </button>
                <button data-testid="step" aria-disabled=off(move || busy() || playing() || finished()) on:click=send(DenoiseEvent::Step)>
                    "Step"
                </button>
                <button
                    node_ref=stop
                    data-testid="stop"
                    title="End the sample and keep what is predicted (Esc)"
                    aria-disabled=off(finished)
                    on:click=send(DenoiseEvent::Stop)
                >
                    "Stop"
                </button>
                <progress max="1" aria-label="Steps of the sample" prop:value=share></progress>
                <span class="step-words" role="status" data-testid="step-words">{move || words.get()}</span>
            </div>
        </Show>
    }
}

/// What is to be known of the sample under way.
#[component]
fn Notes(store: Store) -> impl IntoView {
    let notes = store.part(|state| state.denoising.session.as_ref().map(|session| session.notes.clone()));
    move || notes.get().unwrap_or_default().into_iter().map(|note| view! { <p class="hint">{note}</p> }).collect_view()
}

/// Whether a button does nothing just now, as an attribute: a button that is truly disabled would lose the focus each time.
fn off(idle: impl Fn() -> bool + Send + Sync + 'static) -> impl Fn() -> String + Send + Sync + 'static {
    move || idle().to_string()
}

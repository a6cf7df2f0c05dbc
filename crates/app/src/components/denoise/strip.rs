//! The strip: the predicted image after each step, small.

use leptos::prelude::*;

use super::snapshot::Snapshot;
use crate::browser::store::Store;
use crate::state::{DenoiseEvent, Event, Frame, image_picture};

/// The strip; a picture leads back to its step.
#[component]
pub fn Strip(store: Store) -> impl IntoView {
    let frames =
        store.part(|state| state.denoising.session.as_ref().map(|session| session.strip.clone()).unwrap_or_default());
    let key = |frame: &Frame| (frame.step, std::ptr::from_ref(&*frame.image) as usize);
    view! {
        <Show when=move || !frames.with(Vec::is_empty)>
            <ol class="strip" aria-label="Predicted image after each step" data-testid="strip">
                <For each=move || frames.get() key=key let(frame)>
                    <StripFrame store frame />
                </For>
            </ol>
        </Show>
    }
}

#[component]
fn StripFrame(store: Store, frame: Frame) -> impl IntoView {
    let Frame { step, image } = frame;
    let current = store.part(move |state| state.denoising.session.as_ref().is_some_and(|session| session.step == step));
    let waits = store.part(|state| !state.denoising.is_running());
    let style = store.part(|state| (state.denoising.window, state.view.window, state.view.inverted));
    view! {
        <li>
            <button
                class="frame"
                data-testid="frame"
                aria-label=format!("Step {step}")
                aria-current=move || if current.get() { "step" } else { "false" }
                title="Go back to this step"
                aria-disabled=move || (!waits.get() || current.get()).to_string()
                on:click=move |_| store.send(Event::Denoise(DenoiseEvent::GoTo(step)))
            >
                <Snapshot store when=style of=move |state| Some(image_picture(state, &image)) label=String::new() bare=true />
                <span aria-hidden="true">{step}</span>
            </button>
        </li>
    }
}

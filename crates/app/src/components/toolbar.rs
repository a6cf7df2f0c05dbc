//! Which plane is large and how values become grey.

use darkroom_imaging::windowing::SUV_WINDOWS;
use leptos::prelude::*;

use crate::browser::store::Store;
use crate::state::{Event, PLANES, ViewEvent, WindowPreset, plane_name, value_words};

/// The line above the images.
#[component]
pub fn Toolbar(store: Store) -> impl IntoView {
    let compared = store.part(|state| state.result.is_some());
    let shown = store.part(|state| state.view.difference);
    let spread =
        store.part(|state| (state.result.as_ref().is_some_and(|result| result.spread.is_some()), state.view.spread));
    let inverted = store.part(|state| state.view.inverted);
    let window = store.part(|state| {
        let unit = state.study.as_ref().map_or("", |study| study.volume.unit.label());
        let [low, high] = [state.view.window.low, state.view.window.high].map(|end| value_words(end.into()));
        let spread = state.result.as_ref().and_then(|result| result.spread.as_ref()).filter(|_| state.view.spread);
        let red = spread.map(|spread| format!(" \u{b7} red: \u{b1}{}", value_words(spread.top.into())));
        format!("{low} to {high} {unit}{}", red.unwrap_or_default())
    });
    let planes = PLANES.map(|plane| {
        let pressed = store.part(move |state| state.view.main == plane);
        view! {
            <button aria-pressed=move || pressed.get().to_string() on:click=move |_| store.send(Event::View(ViewEvent::Main(plane)))>
                {plane_name(plane)}
            </button>
        }
    });
    view! {
        <div class="toolbar">
            <div class="group" role="group" aria-label="Large plane">{planes}</div>
            <Presets store />
            <button
                aria-pressed=move || inverted.get().to_string()
                on:click=move |_| store.send(Event::View(ViewEvent::Invert))
            >
                "Invert"
            </button>
            <Show when=move || compared.get()>
                <button
                    aria-pressed=move || shown.get().to_string()
                    on:click=move |_| store.send(Event::View(ViewEvent::ToggleDifference))
                >
                    "Difference"
                </button>
            </Show>
            <Show when=move || spread.get().0>
                <button
                    data-testid="spread"
                    title="How far the samples differ, over the result: yellow little, red much"
                    aria-pressed=move || spread.get().1.to_string()
                    on:click=move |_| store.send(Event::View(ViewEvent::ToggleSpread))
                >
                    "Uncertainty"
                </button>
            </Show>
            <span class="window-words" title="Drag on an image to change the window">
                {move || window.get()}
            </span>
        </div>
    }
}

/// The customary windows: SUV for SUV, the percentile for everything.
#[component]
fn Presets(store: Store) -> impl IntoView {
    let suv =
        store.part(|state| state.study.as_ref().is_some_and(|study| study.volume.unit == darkroom_imaging::Unit::Suv));
    let button = move |preset: WindowPreset, words: String| {
        let pressed = store.part(move |state| {
            state.view.window == darkroom_imaging::windowing::Window::up_to(preset.top(state.view.percentile))
        });
        view! {
            <button aria-pressed=move || pressed.get().to_string() on:click=move |_| store.send(Event::View(ViewEvent::Preset(preset)))>
                {words}
            </button>
        }
    };
    view! {
        <span class="group-name">{move || if suv.get() { "SUV" } else { "Window" }}</span>
        <div class="group" role="group" aria-label="Window">
            {move || suv.get().then(|| SUV_WINDOWS.map(|top| button(WindowPreset::Suv(top as u8), format!("0\u{2013}{top:.0}"))))}
            {button(WindowPreset::Percentile, "99.5 %".to_owned())}
        </div>
    }
}

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
    let has_spread = store.part(|state| state.result.as_ref().is_some_and(|result| result.spread.is_some()));
    let spread = store.part(|state| state.view.spread);
    let has_tissues = store.part(|state| state.mask.as_ref().is_some_and(|mask| !mask.tissues.is_empty()));
    let tissues = store.part(|state| state.view.tissues);
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
            <Toggle store event=ViewEvent::Invert pressed=inverted words="Invert" />
            <Show when=move || compared.get()>
                <Toggle store event=ViewEvent::ToggleDifference pressed=shown words="Difference" />
            </Show>
            <Show when=move || has_spread.get()>
                <Toggle
                    store
                    event=ViewEvent::ToggleSpread
                    pressed=spread
                    words="Uncertainty"
                    test_id="spread"
                    title="How far the samples differ, over the result: yellow little, red much"
                />
            </Show>
            <Show when=move || has_tissues.get()>
                <Toggle
                    store
                    event=ViewEvent::ToggleTissues
                    pressed=tissues
                    words="Regions"
                    test_id="tissues"
                    title="The regions that the model is told, over the images"
                />
            </Show>
            <span class="window-words" title="Drag on an image to change the window">
                {move || window.get()}
            </span>
        </div>
    }
}

/// A button that turns a part of the view on and off.
#[component]
fn Toggle(
    store: Store,
    event: ViewEvent,
    pressed: Memo<bool>,
    words: &'static str,
    #[prop(optional)] test_id: Option<&'static str>,
    #[prop(optional)] title: Option<&'static str>,
) -> impl IntoView {
    view! {
        <button
            data-testid=test_id
            title=title
            aria-pressed=move || pressed.get().to_string()
            on:click=move |_| store.send(Event::View(event))
        >
            {words}
        </button>
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

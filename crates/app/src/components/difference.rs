//! The difference map with its colour bar.

use darkroom_imaging::colour::ColourMap;
use darkroom_imaging::orientation::Plane;
use leptos::html::Canvas;
use leptos::prelude::*;

use super::plane::{PlaneView, Shows};
use crate::browser::paint::bar;
use crate::browser::store::Store;
use crate::state::{Event, ViewEvent, signed};

/// Result minus input in the plane shown large.
#[component]
pub fn Difference(store: Store, plane: Plane) -> impl IntoView {
    view! {
        <div class="difference" data-testid="difference">
            <PlaneView store plane shows=Shows::Difference large=false />
            <ColourBar store />
        </div>
    }
}

/// The colours with their values and unit; the range is the user's.
#[component]
fn ColourBar(store: Store) -> impl IntoView {
    let range = store.part(|state| state.view.difference_range);
    let top = store.part(|state| state.view.percentile);
    let unit =
        store.part(|state| state.study.as_ref().map(|study| study.volume.unit.label().to_owned()).unwrap_or_default());
    let canvas: NodeRef<Canvas> = NodeRef::new();
    Effect::new(move |_| {
        if let Some(canvas) = canvas.get() {
            bar(&canvas, &ColourMap::Difference.palette());
        }
    });
    // The control is logarithmic: from a hundredth of the volume's range to all of it.
    let place = move || (f64::from(range.get() / top.get())).log10().clamp(-2.0, 0.0);
    let moved = move |event: web_sys::Event| {
        if let Ok(place) = event_target_value(&event).parse::<f64>() {
            let range = f64::from(top.get_untracked()) * 10_f64.powf(place);
            store.send(Event::View(ViewEvent::DifferenceRange(range as f32)));
        }
    };
    let end = move |sign: f64| signed(sign * f64::from(range.get()));
    view! {
        <div class="colour-bar">
            <canvas node_ref=canvas width="256" height="1" aria-hidden="true"></canvas>
            <div class="colour-ends">
                <span>{move || end(-1.0)}</span>
                <span>"0 "{move || unit.get()}</span>
                <span>{move || end(1.0)}</span>
            </div>
            <input
                type="range"
                min="-2"
                max="0"
                step="0.05"
                aria-label="Range of the difference map"
                aria-valuetext=move || format!("plus and minus {} {}", signed(f64::from(range.get())), unit.get())
                prop:value=move || place().to_string()
                on:input=moved
            />
        </div>
    }
}

//! One plane through the patient: canvas, labels, slice control.

use darkroom_imaging::orientation::{Plane, SliceGrid};
use leptos::html::Canvas;
use leptos::prelude::*;

use super::keys::viewer_key;
use super::pointer::Pointer;
use super::swipe::Swipe;
use crate::browser::paint::{Frame, draw};
use crate::browser::resize::on_resize;
use crate::browser::store::Store;
use crate::state::{Event, ViewEvent, plane_name, scene, slice_words};

/// What a plane shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// Input, and the result right of the swipe.
    Images,
    /// Result minus input.
    Difference,
}

/// A plane. The large one has the swipe's handle.
#[component]
pub fn PlaneView(store: Store, plane: Plane, shows: Shows, large: bool) -> impl IntoView {
    let canvas: NodeRef<Canvas> = NodeRef::new();
    let frame = RwSignal::new(Frame::default());
    let resized = RwSignal::new(0_u32);
    on_resize(canvas, move || resized.update(|count| *count += 1));
    let difference = shows == Shows::Difference;
    let parts = store.part(move |state| {
        let volume = state.beside().cloned();
        let result = state
            .result
            .as_ref()
            .map(|result| (result.volume.clone(), result.spread.as_ref().map(|spread| spread.volume.clone())));
        let measured: Vec<_> = state.measurement.regions.iter().map(|measured| measured.shape).collect();
        (volume, result, state.view, measured, state.mask.clone())
    });
    Effect::new(move |_| {
        resized.track();
        // Read, not only tracked: a memo that nobody reads never looks at the state, so it never tells of a change.
        parts.with(|_| ());
        let scene = store.peek(|state| scene(state, plane, difference));
        if let (Some(canvas), Some(scene)) = (canvas.get(), scene)
            && let Some(place) = draw(&canvas, &scene)
        {
            frame.set(place);
        }
    });
    let mouse = Pointer::new(store, plane, frame);
    let compared = store.part(|state| state.result.is_some());
    let on_white = store.part(move |state| state.view.inverted || difference);
    let name = plane_name(plane);
    let test_id = if difference { "difference-canvas".to_owned() } else { format!("plane-{}", name.to_lowercase()) };
    view! {
        <div class="plane" class:large=large class:on-white=move || on_white.get()>
            <div class="plane-image">
                <canvas
                    node_ref=canvas
                    role="img"
                    tabindex="0"
                    data-testid=test_id
                    aria-label=if difference { format!("{name} difference, result minus input") } else { format!("{name} slice") }
                    aria-describedby="readout"
                    on:pointerdown=move |event| mouse.down(&event)
                    on:pointermove=move |event| mouse.moved(&event)
                    on:pointerup=move |event| mouse.up(&event)
                    on:wheel=move |event| mouse.wheel(&event)
                    on:keydown=move |event| viewer_key(store, plane, &event)
                ></canvas>
                <span class="plane-name">{if difference { "Difference" } else { name }}</span>
                <Show when=move || large && !difference && compared.get()>
                    <Swipe store frame />
                </Show>
            </div>
            <Show when=move || !difference>
                <SliceControl store plane />
            </Show>
        </div>
    }
}

/// The slice as a range with its words, for hands and screen readers alike.
#[component]
fn SliceControl(store: Store, plane: Plane) -> impl IntoView {
    let words = store.part(move |state| slice_words(state, plane));
    let name = plane_name(plane);
    let moved = move |event: web_sys::Event| {
        let Ok(at) = event_target_value(&event).parse::<usize>() else { return };
        let to = store.peek(|state| {
            let volume = &state.study.as_ref()?.volume;
            let axis = SliceGrid::new(volume.dims, &volume.affine, plane).axis;
            let mut cursor = state.view.cursor;
            cursor[axis] = at;
            Some(cursor)
        });
        if let Some(to) = to {
            store.send(Event::View(ViewEvent::Cursor(to)));
        }
    };
    view! {
        <label class="slice">
            <input
                type="range"
                min="0"
                aria-label=format!("{name} slice")
                prop:max=move || words.get().last.to_string()
                prop:value=move || words.get().at.to_string()
                aria-valuetext=move || words.get().spoken
                on:input=moved
            />
            <span class="slice-words" aria-hidden="true">{move || words.get().shown}</span>
        </label>
    }
}

//! What the keys do. Bound on elements of the page, never on the window.

use darkroom_imaging::orientation::{Plane, SliceGrid};
use darkroom_messages::Format;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};

use crate::browser::store::Store;
use crate::state::{Event, ViewEvent};

/// Esc, wherever the focus is.
pub fn page_key(store: Store, event: &KeyboardEvent) {
    // A dialog's Esc closes the dialog and nothing else.
    if event.key() == "Escape" && !within(event, "dialog, dialog *") {
        store.send(Event::Cancel);
    }
}

/// The keys of the images; `plane` is the one in focus.
pub fn viewer_key(store: Store, plane: Plane, event: &KeyboardEvent) {
    if event.ctrl_key() || event.meta_key() || event.alt_key() || has_own_keys(event) {
        return;
    }
    let Some(done) = action(store, plane, &event.key()) else { return };
    event.prevent_default();
    done.into_iter().for_each(|event| store.send(event));
}

fn action(store: Store, plane: Plane, key: &str) -> Option<Vec<Event>> {
    let view = |event| Some(vec![Event::View(event)]);
    let grid = store.peek(|state| {
        let volume = &state.study.as_ref()?.volume;
        Some(SliceGrid::new(volume.dims, &volume.affine, plane))
    })?;
    let swipe = store.peek(|state| state.view.swipe);
    let step = |by| view(ViewEvent::Step { axis: grid.axis, by });
    match key {
        "ArrowUp" => step(1),
        "ArrowDown" => step(-1),
        "Home" => step(-(grid.count as i32)),
        "End" => step(grid.count as i32),
        "ArrowLeft" => view(ViewEvent::Swipe(swipe - 0.02)),
        "ArrowRight" => view(ViewEvent::Swipe(swipe + 0.02)),
        "1" => view(ViewEvent::Swipe(0.0)),
        "2" => view(ViewEvent::Swipe(0.5)),
        "3" => view(ViewEvent::Swipe(1.0)),
        "," => view(ViewEvent::TurnMain(-1)),
        "." => view(ViewEvent::TurnMain(1)),
        "d" => view(ViewEvent::ToggleDifference),
        "i" => view(ViewEvent::Invert),
        " " => view(ViewEvent::Reset),
        "r" => Some(vec![Event::Enhance]),
        "s" => Some(vec![Event::Export(Format::Nifti)]),
        "PageUp" => Some(vec![Event::SelectNext(-1)]),
        "PageDown" => Some(vec![Event::SelectNext(1)]),
        _ => None,
    }
}

/// Whether the focus is in something that uses keys itself.
fn has_own_keys(event: &KeyboardEvent) -> bool {
    within(event, "input, select, button, textarea, summary, [role=slider]")
}

fn within(event: &KeyboardEvent, selector: &str) -> bool {
    let element = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    element.is_some_and(|element| element.matches(selector).unwrap_or(false))
}

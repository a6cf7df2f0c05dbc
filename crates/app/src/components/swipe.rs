//! The handle between input and result.

use leptos::html::Div;
use leptos::prelude::*;
use web_sys::{KeyboardEvent, PointerEvent};

use crate::browser::paint::Frame;
use crate::browser::store::Store;
use crate::state::{Event, ViewEvent};

/// The handle, over the image that lies at `frame`.
#[component]
pub fn Swipe(store: Store, frame: RwSignal<Frame>) -> impl IntoView {
    let at = store.part(|state| state.view.swipe);
    let standard = store.part(|state| state.view.standard);
    let handle: NodeRef<Div> = NodeRef::new();
    let set = move |to: f64| store.send(Event::View(ViewEvent::Swipe(to)));
    let down = move |event: PointerEvent| {
        if let Some(handle) = handle.get_untracked() {
            // Without the capture a fast drag would lose the handle; it then just stops.
            let _ = handle.set_pointer_capture(event.pointer_id());
        }
    };
    let moved = move |event: PointerEvent| {
        let parent = handle.get_untracked().and_then(|handle| handle.parent_element());
        if let Some(parent) = parent.filter(|_| event.buttons() & 1 == 1) {
            let x = f64::from(event.client_x()) - parent.get_bounding_client_rect().left();
            set(frame.get_untracked().share(x, 0.0)[0]);
        }
    };
    let key = move |event: KeyboardEvent| {
        let now = at.get_untracked();
        let to = match event.key().as_str() {
            "ArrowLeft" | "ArrowDown" => now - 0.02,
            "ArrowRight" | "ArrowUp" => now + 0.02,
            "PageDown" => now - 0.1,
            "PageUp" => now + 0.1,
            "Home" | "1" => 0.0,
            "2" => 0.5,
            "End" | "3" => 1.0,
            _ => return,
        };
        event.prevent_default();
        set(to);
    };
    let left = move || format!("{:.1}px", frame.get().left + frame.get().width * at.get());
    view! {
        <span class="side input-side" class:gone=move || { at.get() < 0.02 }>
            {move || if standard.get() { "Standard dose" } else { "Input" }}
        </span>
        <span class="side result-side" class:gone=move || { at.get() > 0.98 }>"Result"</span>
        <div
            class="swipe"
            role="slider"
            tabindex="0"
            data-testid="swipe"
            aria-label="Swipe between input and result"
            aria-orientation="horizontal"
            aria-valuemin="0"
            aria-valuemax="100"
            aria-valuenow=move || format!("{:.0}", 100.0 * at.get())
            aria-valuetext=move || format!("{:.0} % input, {:.0} % result", 100.0 * at.get(), 100.0 - 100.0 * at.get())
            node_ref=handle
            style:left=left
            on:pointerdown=down
            on:pointermove=moved
            on:keydown=key
        >
            <span aria-hidden="true">"‹ ›"</span>
        </div>
    }
}

//! The slice that samples start from, with what is made anew marked on it.

use leptos::html::Canvas;
use leptos::prelude::*;
use web_sys::PointerEvent;

use crate::browser::paint::{Frame, draw_picture, outline, tint};
use crate::browser::resize::on_resize;
use crate::browser::store::Store;
use crate::state::{DenoiseEvent, Event, Redo, mask_picture, origin_picture};

/// The picture; dragging over it draws a rectangle where one is chosen.
#[component]
pub fn RegionPicture(store: Store) -> impl IntoView {
    let canvas: NodeRef<Canvas> = NodeRef::new();
    let resized = RwSignal::new(0_u32);
    let frame = StoredValue::new(Frame::default());
    let begun = StoredValue::new(None::<[f64; 2]>);
    on_resize(canvas, move || resized.update(|count| *count += 1));
    let redo = store.part(|state| state.denoising.start.redo.clone());
    let drawn = store.part(|state| {
        let denoising = &state.denoising;
        (denoising.origin.clone(), state.view.cursor, state.view.window, state.view.inverted, denoising.window)
    });
    Effect::new(move |_| {
        resized.track();
        drawn.with(|_| ());
        let redo = redo.get();
        let Some(canvas) = canvas.get() else { return };
        let Some(picture) = store.peek(origin_picture) else { return canvas.set_width(canvas.width()) };
        if let Some(placed) = draw_picture(&canvas, &picture, true) {
            frame.set_value(placed);
            if let Redo::Rectangle(edges) = redo {
                outline(&canvas, &placed, edges);
            }
            if let Some(marked) = store.peek(mask_picture) {
                tint(&canvas, &placed, &marked);
            }
        }
    });
    let share = move |event: &PointerEvent| {
        let share = frame.get_value().share(f64::from(event.offset_x()), f64::from(event.offset_y()));
        share.map(|share| share.clamp(0.0, 1.0))
    };
    let down = move |event: PointerEvent| {
        if matches!(redo.get_untracked(), Redo::Rectangle(_)) {
            begun.set_value(Some(share(&event)));
        }
    };
    let moved = move |event: PointerEvent| {
        let Some([x, y]) = begun.get_value() else { return };
        if event.buttons() == 0 {
            return begun.set_value(None);
        }
        let [to_x, to_y] = share(&event);
        let edges = [x.min(to_x), y.min(to_y), x.max(to_x), y.max(to_y)];
        store.send(Event::Denoise(DenoiseEvent::Rectangle(edges)));
    };
    view! {
        <canvas
            class="snapshot region-picture"
            node_ref=canvas
            role="img"
            aria-label="The slice that samples start from, with what is made anew marked"
            data-testid="region-picture"
            on:pointerdown=down
            on:pointermove=moved
            on:pointerup=move |_| begun.set_value(None)
        ></canvas>
    }
}

//! The slice that samples start from, with the region that is made anew drawn on it.

use leptos::html::Canvas;
use leptos::prelude::*;
use web_sys::PointerEvent;

use crate::browser::paint::{Frame, draw_picture, outline};
use crate::browser::resize::on_resize;
use crate::browser::store::Store;
use crate::state::{DenoiseEvent, Event, origin_picture};

/// The picture; dragging over it draws the region.
#[component]
pub fn RegionPicture(store: Store) -> impl IntoView {
    let canvas: NodeRef<Canvas> = NodeRef::new();
    let resized = RwSignal::new(0_u32);
    let frame = StoredValue::new(Frame::default());
    let begun = StoredValue::new(None::<[f64; 2]>);
    on_resize(canvas, move || resized.update(|count| *count += 1));
    let region = store.part(|state| state.denoising.start.region);
    let drawn = store.part(|state| {
        let denoising = &state.denoising;
        (denoising.origin.clone(), state.view.cursor, state.view.window, state.view.inverted, denoising.window)
    });
    Effect::new(move |_| {
        resized.track();
        drawn.with(|_| ());
        let region = region.get();
        let Some(canvas) = canvas.get() else { return };
        let Some(picture) = store.peek(origin_picture) else { return canvas.set_width(canvas.width()) };
        if let Some(placed) = draw_picture(&canvas, &picture, true) {
            frame.set_value(placed);
            if let Some(region) = region {
                outline(&canvas, &placed, region);
            }
        }
    });
    let share = move |event: &PointerEvent| {
        let share = frame.get_value().share(f64::from(event.offset_x()), f64::from(event.offset_y()));
        share.map(|share| share.clamp(0.0, 1.0))
    };
    let down = move |event: PointerEvent| {
        if region.get_untracked().is_some() {
            begun.set_value(Some(share(&event)));
        }
    };
    let moved = move |event: PointerEvent| {
        let Some([x, y]) = begun.get_value() else { return };
        if event.buttons() == 0 {
            return begun.set_value(None);
        }
        let [to_x, to_y] = share(&event);
        let region = [x.min(to_x), y.min(to_y), x.max(to_x), y.max(to_y)];
        store.send(Event::Denoise(DenoiseEvent::Region(Some(region))));
    };
    view! {
        <canvas
            class="snapshot region-picture"
            node_ref=canvas
            role="img"
            aria-label="The slice that samples start from"
            data-testid="region-picture"
            on:pointerdown=down
            on:pointermove=moved
            on:pointerup=move |_| begun.set_value(None)
        ></canvas>
    }
}

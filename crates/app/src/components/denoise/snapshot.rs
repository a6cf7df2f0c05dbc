//! A picture on a canvas that follows the state.

use darkroom_imaging::windowing::Picture;
use leptos::html::Canvas;
use leptos::prelude::*;

use crate::browser::paint::draw_picture;
use crate::browser::resize::on_resize;
use crate::browser::store::Store;
use crate::state::State;

/// A picture, drawn anew when `when` changes. Small ones are `bare`, without the patient's directions; they belong to
/// a control that says what they are.
#[component]
pub fn Snapshot<K>(
    store: Store,
    when: Memo<K>,
    of: impl Fn(&State) -> Option<Picture> + 'static,
    #[prop(into)] label: Signal<String>,
    bare: bool,
    #[prop(optional)] testid: &'static str,
) -> impl IntoView
where
    K: Clone + PartialEq + Send + Sync + 'static,
{
    let canvas: NodeRef<Canvas> = NodeRef::new();
    let resized = RwSignal::new(0_u32);
    on_resize(canvas, move || resized.update(|count| *count += 1));
    Effect::new(move |_| {
        resized.track();
        // Read, not only tracked: a memo that nobody reads never looks at the state.
        when.with(|_| ());
        let Some(canvas) = canvas.get() else { return };
        match store.peek(&of) {
            Some(picture) => drop(draw_picture(&canvas, &picture, !bare)),
            // Setting a size empties a canvas.
            None => canvas.set_width(canvas.width()),
        }
    });
    view! {
        <canvas
            class="snapshot"
            node_ref=canvas
            role=if bare { "presentation" } else { "img" }
            aria-label=move || (!bare).then(|| label.get())
            data-testid=testid
        ></canvas>
    }
}

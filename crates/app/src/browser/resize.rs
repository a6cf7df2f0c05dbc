//! Hearing when an element changes its size.

use leptos::html::Canvas;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::ResizeObserver;

/// An observer and what it calls.
type Watch = (ResizeObserver, Closure<dyn Fn()>);

/// Calls back at the first layout of a canvas and whenever its size changes.
pub fn on_resize(canvas: NodeRef<Canvas>, changed: impl Fn() + Clone + 'static) {
    let watch: StoredValue<Option<Watch>, LocalStorage> = StoredValue::new_local(None);
    Effect::new(move |_| {
        let Some(canvas) = canvas.get() else { return };
        let changed = changed.clone();
        let closure = Closure::<dyn Fn()>::new(changed);
        if let Ok(observer) = ResizeObserver::new(closure.as_ref().unchecked_ref()) {
            observer.observe(&canvas);
            watch.set_value(Some((observer, closure)));
        }
    });
    on_cleanup(move || {
        watch.try_update_value(|watch| {
            if let Some((observer, _)) = watch.take() {
                observer.disconnect();
            }
        });
    });
}

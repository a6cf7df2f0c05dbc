//! The value and the place under the crosshair.

use std::time::Duration;

use leptos::prelude::*;

use crate::browser::store::Store;
use crate::state::readout;

/// The line. A screen reader hears it once the crosshair rests, not at every voxel passed.
#[component]
pub fn Readout(store: Store) -> impl IntoView {
    let words = store.part(readout);
    let spoken = RwSignal::new(String::new());
    let pending: StoredValue<Option<TimeoutHandle>> = StoredValue::new(None);
    Effect::new(move |_| {
        let words = words.get();
        if let Some(handle) = pending.get_value() {
            handle.clear();
        }
        let heard = format!("{} {}", words.value, words.place);
        let handle = set_timeout_with_handle(move || spoken.set(heard), Duration::from_secs(1));
        pending.set_value(handle.ok());
    });
    view! {
        <p class="readout" id="readout" data-testid="readout">
            <span class="readout-value">{move || words.get().value}</span>
            <span class="readout-place">{move || words.get().place}</span>
        </p>
        <p class="unseen" role="status">{move || spoken.get()}</p>
    }
}

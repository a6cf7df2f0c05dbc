//! The last thing that went wrong: what, and what next.

use leptos::prelude::*;

use crate::browser::store::Store;
use crate::state::Event;

/// The alert, if there is one.
#[component]
pub fn AlertBar(store: Store) -> impl IntoView {
    let alert = store.part(|state| state.alert.clone());
    view! {
        <div role="alert" class="alert-place">
            {move || {
                alert.get().map(|alert| view! {
                    <div class="alert" data-testid="alert">
                        <p><strong>{alert.what}</strong>" "{alert.next}</p>
                        <button class="quiet" on:click=move |_| store.send(Event::DismissAlert)>"Dismiss"</button>
                    </div>
                })
            }}
        </div>
    }
}

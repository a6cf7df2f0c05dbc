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
                        <div class="alert-words">
                            <p><strong>{alert.what}</strong>" "{alert.next}</p>
                            {alert.detail.map(|detail| view! {
                                <details><summary>"For a bug report"</summary><code>{detail}</code></details>
                            })}
                        </div>
                        <button class="quiet" on:click=move |_| store.send(Event::DismissAlert)>"Dismiss"</button>
                    </div>
                })
            }}
        </div>
    }
}

//! Name, seal, backend, help.

use leptos::html::Dialog;
use leptos::prelude::*;

use super::denoise::tabs::Tabs;
use super::engine::BackendLine;
use super::help::Help;
use super::proof::Proof;
use crate::browser::store::Store;

/// The line at the top.
#[component]
pub fn Header(store: Store) -> impl IntoView {
    let proof: NodeRef<Dialog> = NodeRef::new();
    let help: NodeRef<Dialog> = NodeRef::new();
    let sent = sent_count(store);
    view! {
        <header class="header">
            <h1>"Darkroom"</h1>
            <Tabs store />
            <p class="tagline">"Nothing leaves this page."</p>
            <div class="header-right">
                <button
                    class="seal"
                    data-testid="sealed"
                    class:leaking=move || { sent.get() > 0 }
                    title="How this page is sealed"
                    on:click=move |_| open(proof)
                >
                    "sealed "<span class="dot" aria-hidden="true">"●"</span>" "
                    {move || requests_words(sent.get())}
                </button>
                <BackendLine store />
                <button class="quiet round" aria-label="Help" data-testid="help" on:click=move |_| open(help)>"?"</button>
            </div>
        </header>
        <Proof store sent dialog=proof />
        <Help dialog=help />
    }
}

/// Shows a dialog over the page. Its title has `autofocus`, so that a long one opens at its beginning.
pub fn open(dialog: NodeRef<Dialog>) {
    if let Some(dialog) = dialog.get() {
        // Fails only for a dialog that is open already.
        let _ = dialog.show_modal();
    }
}

/// All requests since the seal, of page and worker.
fn sent_count(store: Store) -> Signal<usize> {
    let room = store.room();
    let page = RwSignal::new(room.sent());
    let counter = room.clone();
    let listener = wasm_bindgen::closure::Closure::<dyn Fn()>::new(move || page.set(counter.sent()));
    room.listen(wasm_bindgen::JsCast::unchecked_ref(listener.as_ref()));
    listener.forget();
    let worker = store.worker_requests();
    Signal::derive(move || page.get() + worker.get())
}

fn requests_words(count: usize) -> String {
    if count == 1 { "1 request".to_owned() } else { format!("{count} requests") }
}

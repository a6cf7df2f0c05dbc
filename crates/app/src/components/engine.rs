//! Where the engine runs, or why it cannot.

use leptos::prelude::*;

use crate::browser::store::Store;
use crate::state::{Engine, Event};

/// The adapter's name in the header.
#[component]
pub fn BackendLine(store: Store) -> impl IntoView {
    let engine = store.part(|state| state.engine.clone());
    let words = move || match engine.get() {
        Engine::Starting => "preparing the engine…".to_owned(),
        Engine::Ready(backend) if !backend.gpu => "CPU".to_owned(),
        Engine::Ready(backend) if backend.slow => {
            format!("{} · {} · software adapter: slow", backend.name, backend.tier)
        }
        Engine::Ready(backend) => format!("{} · {}", backend.name, backend.tier),
        Engine::NoGpu { .. } => "no GPU".to_owned(),
        Engine::Broken { .. } => "engine stopped".to_owned(),
    };
    let tier = move || match engine.get() {
        Engine::Ready(backend) => backend.tier,
        _ => String::new(),
    };
    let ready = move || matches!(engine.get(), Engine::Ready(_));
    view! { <span class="backend" data-testid="backend" data-ready=move || ready().to_string() title=tier>{words}</span> }
}

/// What stands between the user and a run, if anything does.
#[component]
pub fn EngineTrouble(store: Store) -> impl IntoView {
    let engine = store.part(|state| state.engine.clone());
    move || {
        match engine.get() {
        Engine::NoGpu { what, next } => view! {
            <div class="trouble">
                <p><strong>{what}</strong></p>
                <p>{next}</p>
                {if store.room().has_cpu() {
                    view! {
                        <button data-testid="use-cpu" on:click=move |_| store.send(Event::UseCpu)>"Use the CPU and wait"</button>
                    }
                    .into_any()
                } else {
                    // The sealed page cannot fetch what computes on the CPU; a page loaded anew for the CPU brings it.
                    view! { <a class="button" data-testid="use-cpu" href="?backend=cpu">"Load the page for the CPU"</a> }.into_any()
                }}
            </div>
        }
        .into_any(),
        Engine::Broken { what, next } => {
            view! { <div class="trouble"><p><strong>{what}</strong></p><p>{next}</p></div> }.into_any()
        }
        Engine::Ready(backend) if !backend.why.is_empty() => {
            view! { <p class="note" data-testid="why-cpu">{backend.why}</p> }.into_any()
        }
        Engine::Starting | Engine::Ready(_) => ().into_any(),
    }
    }
}

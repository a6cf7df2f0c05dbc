//! The diffusion model: which is loaded, which there are.

use leptos::prelude::*;

use crate::browser::files::first_chosen;
use crate::browser::store::Store;
use crate::components::card::About;
use crate::state::{Offered, Task, size_words};

/// The panel: the model in use, the page's others, and one of the user's own.
#[component]
pub fn DenoiserPanel(store: Store, task: Task) -> impl IntoView {
    let model = store.part(move |state| state.denoising.model.clone().filter(|_| state.denoising.task() == Some(task)));
    let loaded = move || model.get().map(|model| view! { <About facts=model.facts test="denoiser" /> });
    let chosen = move |event: web_sys::Event| {
        if let Some(file) = first_chosen(&event) {
            store.network(file);
        }
    };
    view! {
        <section class="panel" aria-labelledby="denoiser-title">
            <h2 id="denoiser-title">"Diffusion model"</h2>
            {loaded}
            <Offers store task />
            <label class="button small">
                "Open a package"
                <input type="file" accept=".zip" data-testid="denoiser-file" on:change=chosen />
            </label>
        </section>
    }
}

/// The models that the page has for the task, each a link: a sealed page cannot fetch, so it loads itself anew.
#[component]
fn Offers(store: Store, task: Task) -> impl IntoView {
    let offers = store.part(move |state| {
        let denoising = &state.denoising;
        let loaded = denoising.model.as_ref().filter(|_| denoising.own.is_none()).map(|model| &model.facts.name);
        let others = denoising.offered.iter().filter(|offered| offered.task() == task && Some(&offered.name) != loaded);
        others.cloned().collect::<Vec<_>>()
    });
    let none = store.part(move |state| state.denoising.task() != Some(task));
    let open = store.part(|state| state.study.is_some());
    let row = move |offered: Offered| {
        let address = store.room().address_with(&offered.name);
        view! {
            <li>
                <a class="button wide" data-testid="offered" href=address>
                    {format!("Load {} ({})", offered.name, size_words(offered.bytes))}
                </a>
                <span class="hint">{offered.title}</span>
            </li>
        }
    };
    move || {
        let offers = offers.get();
        let words = match (offers.is_empty(), open.get()) {
            (true, _) if none.get() => "This page carries no model for it. Open the zip of a diffusion package.",
            (true, _) => "",
            (false, true) => "The page is sealed, so it loads itself anew to fetch a model. What is open is closed.",
            (false, false) => "The page is sealed, so it loads itself anew to fetch a model.",
        };
        let rows = offers.into_iter().map(row).collect_view();
        view! { <ul class="offers">{rows}</ul><p class="hint">{words}</p> }
    }
}

//! The diffusion model: which is loaded, which there are.

use leptos::html::Dialog;
use leptos::prelude::*;
use web_sys::HtmlInputElement;

use crate::browser::files::listed;
use crate::browser::store::Store;
use crate::components::card::Card;
use crate::components::header::open;
use crate::state::{Offered, Task, size_words};

/// The panel: the model in use, the page's others, and one of the user's own.
#[component]
pub fn DenoiserPanel(store: Store, task: Task) -> impl IntoView {
    let model = store.part(move |state| state.denoising.model.clone().filter(|_| state.denoising.task() == Some(task)));
    let dialog: NodeRef<Dialog> = NodeRef::new();
    let loaded = move || {
        model.get().map(|model| {
            let facts = format!(" \u{b7} {} \u{b7} v{} \u{b7} ", size_words(model.bytes), model.version);
            let precision = model.precision.split(',').next().unwrap_or_default().to_owned();
            view! {
                <p class="model-name" data-testid="denoiser">{model.title.clone()}</p>
                <p class="facts">
                    <span title=model.precision.clone()>{precision}</span>{facts}
                    <button class="link" on:click=move |_| open(dialog)>"model card"</button>
                </p>
                <Card model=crate::state::card_of(&model) dialog />
            }
        })
    };
    view! {
        <section class="panel" aria-labelledby="denoiser-title">
            <h2 id="denoiser-title">"Diffusion model"</h2>
            {loaded}
            <Offers store task />
            <label class="button small">
                "Open a package"
                <input type="file" accept=".zip" data-testid="denoiser-file" on:change=move |event| take(store, &event) />
            </label>
        </section>
    }
}

/// The models that the page has for the task, each a link: a sealed page cannot fetch, so it loads itself anew.
#[component]
fn Offers(store: Store, task: Task) -> impl IntoView {
    let offers = store.part(move |state| {
        let denoising = &state.denoising;
        let loaded = denoising.model.as_ref().filter(|_| denoising.own.is_none()).map(|model| &model.name);
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

fn take(store: Store, event: &web_sys::Event) {
    let target = event.target().and_then(|target| wasm_bindgen::JsCast::dyn_into::<HtmlInputElement>(target).ok());
    let Some(input) = target else { return };
    let file = listed(input.files()).into_iter().next();
    // Emptied so that choosing the same file again is a change.
    input.set_value("");
    if let Some((_, file)) = file {
        store.network(file);
    }
}

//! A network of the user's own: what it is, and the form for what it does not say.

use darkroom_messages::{NetworkReport, OwnModel};
use leptos::prelude::*;

use crate::browser::files::first_chosen;
use crate::browser::store::Store;
use crate::state::{Event, Offer, OwnEvent, count_words, size_words};

const MODALITIES: [(&str, &str); 4] = [("PT", "PET"), ("CT", "CT"), ("MR", "MR"), ("OT", "Other")];
const NORMALISATIONS: [(&str, &str); 5] = [
    ("foreground-mean", "Divide by the foreground's mean"),
    ("min-max", "Smallest 0, largest 1"),
    ("z-score", "Mean 0, deviation 1"),
    ("window", "A window becomes 0 to 1"),
    ("none", "As it is"),
];

/// The choice of a network, or the one looked into.
#[component]
pub fn OwnModelField(store: Store) -> impl IntoView {
    let shown = store.part(|state| state.own_network().map(|(offer, in_use)| (offer.clone(), in_use)));
    let chosen = move |event: web_sys::Event| {
        if let Some(file) = first_chosen(&event) {
            store.network(file);
        }
    };
    view! {
        <div class="field">
            <span>"Own model"</span>
            <label class="button small">
                "Open a network"
                <input type="file" accept=".onnx,.zip" data-testid="network" on:change=chosen />
            </label>
            <span class="hint">"ONNX, or a package (.zip)"</span>
        </div>
        {move || shown.get().map(|(offer, in_use)| view! { <Offered store offer in_use /> })}
    }
}

#[component]
fn Offered(store: Store, offer: Offer, in_use: bool) -> impl IntoView {
    let Offer { report, own } = offer;
    let refused = report.refusal.is_some();
    view! {
        <div class="own-model" data-testid="own-model">
            <Report report=*report />
            {own.map(|own| view! { <Description store own=*own in_use refused /> })}
            <button class="link" data-testid="drop-network" on:click=move |_| store.send(Event::Own(OwnEvent::Drop))>
                {if in_use { "Back to the model of this page" } else { "Close" }}
            </button>
        </div>
    }
}

/// What the network is.
#[component]
fn Report(report: NetworkReport) -> impl IntoView {
    let NetworkReport { file, inputs, outputs, parameters, operators, missing, memory, tiles, refusal } = report;
    let memory = memory.map(|[tensors, weights]| {
        let tiles = match tiles {
            Some(1) => " The open image is one tile.".to_owned(),
            Some(tiles) => format!(" The open image is {tiles} tiles."),
            None => String::new(),
        };
        format!("A tile takes {} of GPU memory, the weights {}.{tiles}", size_words(tensors), size_words(weights))
    });
    let missing = (!missing.is_empty()).then(|| format!("No kernel computes {} yet.", missing.join(", ")));
    view! {
        <p class="model-name">{file}</p>
        <p class="facts">{count_words(parameters)}" parameters"</p>
        <p class="facts">"In: "{inputs.join("; ")}</p>
        <p class="facts">"Out: "{outputs.join("; ")}</p>
        <details>
            <summary>{operators.len()}" kinds of operator"</summary>
            <p class="hint">{operators.join(", ")}</p>
        </details>
        {memory.map(|memory| view! { <p class="facts">{memory}</p> })}
        {missing.map(|missing| view! { <p class="refusal" role="alert">{missing}</p> })}
        {refusal.map(|refusal| view! { <p class="refusal" role="alert">{refusal}</p> })}
    }
}

/// What the file does not say, guessed and open to change.
#[component]
fn Description(store: Store, own: OwnModel, in_use: bool, refused: bool) -> impl IntoView {
    let change = move |edit: &dyn Fn(&mut OwnModel)| {
        let current = store.peek(|state| state.own_network().and_then(|(offer, _)| offer.own.clone()));
        if let Some(mut own) = current {
            edit(&mut own);
            store.send(Event::Own(OwnEvent::Described(own)));
        }
    };
    let options = |choices: &'static [(&str, &str)], current: String| {
        choices
            .iter()
            .map(|&(value, words)| view! { <option value=value selected=value == current>{words}</option> })
            .collect_view()
    };
    let number = move |label: &'static str, test: &'static str, value: usize, set: fn(&mut OwnModel, usize)| {
        let changed = move |event: web_sys::Event| {
            if let Ok(value) = event_target_value(&event).parse::<usize>() {
                change(&|own| set(own, value));
            }
        };
        view! {
            <label class="field">
                <span>{label}</span>
                <input type="number" min="0" data-testid=test prop:value=value.to_string() on:change=changed />
            </label>
        }
    };
    let bound = move |label: &'static str, at: usize, value: f64| {
        let changed = move |event: web_sys::Event| {
            if let Some(value) = event_target_value(&event).parse::<f64>().ok().filter(|value| value.is_finite()) {
                change(&|own| own.window[at] = value);
            }
        };
        view! {
            <label class="field">
                <span>{label}</span>
                <input type="number" step="any" prop:value=value.to_string() on:change=changed />
            </label>
        }
    };
    let title = own.title.clone();
    let window = (own.normalisation == "window").then(|| {
        view! { {bound("Becomes 0", 0, own.window[0])} {bound("Becomes 1", 1, own.window[1])} }
    });
    view! {
        <details open=!in_use>
            <summary>"What it is given"</summary>
            <div class="own-model-form">
        <p class="hint">{if own.slices { "One slice at a time." } else { "Volumes." }}</p>
        <label class="field">
            <span>"Name"</span>
            <input
                type="text"
                prop:value=title
                on:change=move |event| { let title = event_target_value(&event); change(&|own| own.title.clone_from(&title)); }
            />
        </label>
        <label class="field">
            <span>"Images"</span>
            <select on:change=move |event| { let value = event_target_value(&event); change(&|own| own.modality.clone_from(&value)); }>
                {options(&MODALITIES, own.modality.clone())}
            </select>
        </label>
        <label class="field">
            <span>"Values"</span>
            <select
                data-testid="normalisation"
                on:change=move |event| { let value = event_target_value(&event); change(&|own| own.normalisation.clone_from(&value)); }
            >
                {options(&NORMALISATIONS, own.normalisation.clone())}
            </select>
        </label>
        <div class="numbers-row">{window}</div>
        <div class="numbers-row">
        {number("Tile", "own-inner", own.inner, |own, value| own.inner = value)}
        {number("Halo", "own-halo", own.halo, |own, value| own.halo = value)}
        {number("Multiple of", "own-multiple", own.multiple, |own, value| own.multiple = value)}
        </div>
        </div>
        </details>
        <div class="downloads">
            <button
                class:primary=!in_use
                data-testid="use-network"
                disabled=in_use || refused
                on:click=move |_| store.send(Event::Own(OwnEvent::Use))
            >
                {if in_use { "In use" } else { "Use this network" }}
            </button>
            <Show when=move || in_use>
                <button data-testid="save-package" on:click=move |_| store.send(Event::Own(OwnEvent::Save))>
                    "Save as package"
                </button>
            </Show>
        </div>
    }
}

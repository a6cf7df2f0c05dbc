//! The low-dose simulator for teaching: thin a standard-dose PET, enhance it, compare with the original.

use darkroom_imaging::thin::short_of;
use darkroom_messages::Thinning;
use leptos::prelude::*;
use web_sys::HtmlInputElement;

use super::choices::choices;
use crate::browser::store::Store;
use crate::state::{Event, Standard, State, ThinEvent, dose_words};

/// Shares on offer, as parts of the dose.
const PARTS: [u8; 6] = [2, 3, 4, 10, 15, 20];

/// The panel, while a PET is open.
#[component]
pub fn ThinningPanel(store: Store) -> impl IntoView {
    let pet = store.part(is_pet);
    let standard = store.part(|state| state.study.as_ref().and_then(|study| study.standard.clone()));
    let doubts = store.part(State::standard_doubts);
    let send = move |event| store.send(Event::Thin(event));
    view! {
        <Show when=move || pet.get()>
            <details class="panel" data-testid="thin-panel">
                <summary>"Simulate a lower dose"</summary>
                {move || doubts.get().into_iter().map(|doubt| view! { <p class="warning" data-testid="thin-doubt">{doubt}</p> }).collect_view()}
                {move || match standard.get() {
                    None => view! { <Plan store /> }.into_any(),
                    Some(standard) => view! {
                        <Comparison store standard />
                        <button data-testid="thin-back" on:click=move |_| send(ThinEvent::Back)>"Back to the standard dose"</button>
                    }
                    .into_any(),
                }}
            </details>
        </Show>
    }
}

/// What is to be simulated.
#[component]
fn Plan(store: Store) -> impl IntoView {
    let plan = store.part(|state| state.thin);
    let busy = store.part(|state| state.run.is_some() || state.opening.is_some());
    let send = move |event| store.send(Event::Thin(event));
    let parts = PARTS.map(|parts| (parts.to_string(), format!("1/{parts}")));
    let options = choices(parts, move || format!("{:.0}", 1.0 / plan.get().share));
    let share = move |event: web_sys::Event| {
        if let Ok(parts) = event_target_value(&event).parse::<f64>() {
            send(ThinEvent::Share(1.0 / parts));
        }
    };
    let seed = move |event: web_sys::Event| {
        send(ThinEvent::Seed(event_target_value(&event)));
        // The field never shows a number that is not in use.
        event_target::<HtmlInputElement>(&event).set_value(&plan.get_untracked().seed.to_string());
    };
    view! {
        <p class="hint">
            "For teaching: the counts that a PET at the standard dose would have lost are taken away, enhance then shows what can be had back."
        </p>
        <div class="numbers-row">
            <label class="field">
                <span>"Keep"</span>
                <select data-testid="thin-share" on:change=share>{options}</select>
            </label>
            <label class="field">
                <span>"Seed"</span>
                <input type="number" min="0" step="1" data-testid="thin-seed" prop:value=move || plan.get().seed.to_string() on:change=seed />
            </label>
        </div>
        <button data-testid="thin" disabled=move || busy.get() on:click=move |_| send(ThinEvent::Thin)>"Simulate"</button>
    }
}

/// How far the thinned image and the result are from the standard dose.
#[component]
fn Comparison(store: Store, standard: Standard) -> impl IntoView {
    let Standard { thinning, low, enhanced, .. } = standard;
    let shown = store.part(|state| state.view.standard);
    let rows = [("Low dose", low), ("Enhanced", enhanced)].into_iter().filter_map(|(name, errors)| {
        let errors = errors?;
        Some(view! {
            <tr>
                <th scope="row">{name}</th>
                <td>{format!("{:.3}", errors.nrmse)}</td>
                <td>{format!("{:.1} dB", errors.psnr_db)}</td>
            </tr>
        })
    });
    let Thinning { share, noise_before, noise_after, .. } = thinning;
    let short = short_of(share, noise_before, noise_after).map(|sentence| format!(" {sentence}"));
    let toggled =
        move |event: web_sys::Event| store.send(Event::Thin(ThinEvent::ShowStandard(event_target_checked(&event))));
    view! {
        <p class="facts" data-testid="thin-facts">
            {format!(
                "Simulated: {} of its dose, seed {}. Noise {:.1} \u{2192} {:.1} %.",
                dose_words(thinning.share),
                thinning.seed,
                100.0 * thinning.noise_before,
                100.0 * thinning.noise_after
            )}
            {short}
        </p>
        <table class="numbers" data-testid="thin-numbers">
            <thead>
                <tr>
                    <th scope="col">"To the standard dose"</th>
                    <th scope="col">"NRMSE"</th>
                    <th scope="col">"PSNR"</th>
                </tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
        <label class="field">
            <input type="checkbox" data-testid="thin-standard" prop:checked=move || shown.get() on:change=toggled />
            <span>"Show the standard dose in the input's place"</span>
        </label>
    }
}

/// Whether what is open can be thinned: a PET, or a file that does not say what it is.
fn is_pet(state: &State) -> bool {
    state.study.is_some() && matches!(state.modality(), "" | "PT")
}

//! The series found, each with its verdict.

use darkroom_imaging::{SeriesInfo, Verdict};
use leptos::prelude::*;

use crate::browser::store::Store;
use crate::state::Event;

/// The list.
#[component]
pub fn SeriesList(store: Store) -> impl IntoView {
    let series = store.part(|state| state.series.clone());
    let rows = move || {
        let rows = series.get().into_iter().enumerate();
        rows.map(|(at, info)| view! { <SeriesRow store at info /> }).collect_view()
    };
    view! { <h2>"Series"</h2><ul class="series">{rows}</ul> }
}

/// One series.
#[component]
fn SeriesRow(store: Store, at: usize, info: SeriesInfo) -> impl IntoView {
    let selected = store.part(move |state| state.selected == Some(at));
    let facts = facts(&info);
    let guess = store.part(move |state| state.guess_words(at));
    let about = view! {
        <span class="series-title">{info.title}</span>
        <span class="series-facts">{facts}</span>
        {move || guess.get().map(|words| view! { <span class="series-facts" data-testid="shown-as">{words}</span> })}
    };
    let row = match info.verdict {
        Verdict::Usable => view! {
            <button
                class="series-button"
                aria-current=move || selected.get().to_string()
                on:click=move |_| store.send(Event::Select(at))
            >
                {about}
                <span class="verdict usable" data-testid="series-verdict">"usable"</span>
            </button>
        }
        .into_any(),
        Verdict::Refused { what, next } => view! {
            <div class="series-button refused">
                {about}
                <span class="verdict" data-testid="series-verdict">"not usable: "{what}" "{next}</span>
            </div>
        }
        .into_any(),
    };
    let SeriesInfo { mut notes, warnings, .. } = info;
    notes.retain(|note| !warnings.contains(note));
    let warnings =
        warnings.into_iter().map(|words| view! { <p class="warning" data-testid="series-warning">{words}</p> });
    let notes = (!notes.is_empty()).then(|| {
        let notes = notes.into_iter().map(|note| view! { <li>{note}</li> }).collect_view();
        view! { <details class="series-notes"><summary>"Notes"</summary><ul>{notes}</ul></details> }
    });
    view! { <li data-testid="series-row" class:selected=move || selected.get()>{row}{warnings.collect_view()}{notes}</li> }
}

/// Modality, grid and spacing in one line.
fn facts(info: &SeriesInfo) -> String {
    let kind =
        if info.modality.is_empty() { info.format.clone() } else { format!("{} {}", info.format, info.modality) };
    if info.dims.contains(&0) {
        return kind;
    }
    let [i, j, k] = info.dims;
    let [x, y, z] = info.spacing;
    let unit = if info.unit.is_empty() { String::new() } else { format!(" · {}", info.unit) };
    format!("{kind} · {i} × {j} × {k} · {x:.1} × {y:.1} × {z:.1} mm{unit}")
}

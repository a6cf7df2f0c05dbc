//! What a run gave: numbers, notes, files.

use darkroom_imaging::statistics::Comparison;
use darkroom_messages::Format;
use leptos::prelude::*;

use crate::browser::store::Store;
use crate::state::{Event, ViewEvent, change_words, dose_words, position_words, seconds_words, value_words};

/// The panel, once there is a result.
#[component]
pub fn ResultPanel(store: Store) -> impl IntoView {
    let result = store.part(|state| state.result.clone());
    let dicom = store.part(|state| state.study.as_ref().is_some_and(|study| study.dicom));
    let unit =
        store.part(|state| state.study.as_ref().map(|study| study.volume.unit.label().to_owned()).unwrap_or_default());
    move || {
        result.get().map(|result| {
            let notes = result.notes.iter().map(|note| view! { <li>{note.clone()}</li> }).collect_view();
            let kind = if result.estimated { "estimated dose" } else { "dose" };
            let dose = result.dose.map(|dose| format!("{kind} {} · ", dose_words(dose))).unwrap_or_default();
            let facts = format!("{dose}{}", seconds_words(result.seconds));
            view! {
                <section class="panel" aria-labelledby="result-title">
                    <h2 id="result-title">"Result"</h2>
                    <p class="facts">{facts}</p>
                    {result.comparison.clone().map(|comparison| view! { <Numbers store comparison unit=unit.get() /> })}
                    <ul class="notes">{notes}</ul>
                    <div class="downloads">
                        <button class="primary wide" data-testid="download-nifti" on:click=move |_| store.send(Event::Export(Format::Nifti))>
                            "Download NIfTI"
                        </button>
                        <Show when=move || dicom.get()>
                            <button data-testid="download-dicom" on:click=move |_| store.send(Event::Export(Format::Dicom))>
                                "DICOM"
                            </button>
                        </Show>
                        {result.spread.is_some().then(|| view! {
                            <button data-testid="download-spread" on:click=move |_| store.send(Event::ExportSpread)>"Spread"</button>
                        })}
                        <button data-testid="download-manifest" on:click=move |_| store.send(Event::SaveManifest)>
                            "Run manifest"
                        </button>
                    </div>
                    <p class="synthetic">"Synthetic. Research and teaching. Not for diagnosis."</p>
                </section>
            }
        })
    }
}

/// Input against result in a uniform region.
#[component]
fn Numbers(store: Store, comparison: Comparison, unit: String) -> impl IntoView {
    let Comparison { region, input, result, mean_change, max_change, noise_change } = comparison;
    let unit = if unit.is_empty() { "Value".to_owned() } else { unit };
    let noise = |noise: Option<f64>| noise.map_or_else(|| "n/a".to_owned(), |noise| format!("{:.1} %", 100.0 * noise));
    let rows = [
        ("Mean", value_words(input.mean), value_words(result.mean), mean_change),
        ("Max", value_words(input.max), value_words(result.max), max_change),
        ("Noise", noise(input.noise()), noise(result.noise()), noise_change),
    ];
    let rows = rows.map(|(name, before, after, change)| {
        view! { <tr><th scope="row">{name}</th><td>{before}</td><td>{after}</td><td>{change_words(change)}</td></tr> }
    });
    view! {
        <table class="numbers" data-testid="result-numbers">
            <thead>
                <tr>
                    <th scope="col">{unit}</th>
                    <th scope="col">"Input"</th>
                    <th scope="col">"Result"</th>
                    <th scope="col">"Change"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
        <p class="hint">
            "In a uniform sphere of "{format!("{:.0}", region.radius)}" mm at "
            <button class="link" on:click=move |_| store.send(Event::View(ViewEvent::GoTo(region.centre)))>
                {position_words(region.centre)}
            </button>
            "; noise is standard deviation over mean."
        </p>
    }
}

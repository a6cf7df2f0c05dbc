//! Measuring regions: at the crosshair, in input and result.

use darkroom_imaging::roi::{Change, Compared};
use leptos::prelude::*;
use web_sys::HtmlInputElement;

use crate::browser::files::first_chosen;
use crate::browser::store::Store;
use crate::state::{Event, MeasureEvent, MeasureField, Measured, ViewEvent, change_words, value_words};

/// The panel, once an image is open.
#[component]
pub fn MeasurePanel(store: Store) -> impl IntoView {
    let open = store.part(|state| state.study.is_some());
    let measurement = store.part(|state| state.measurement.clone());
    let unit =
        store.part(|state| state.study.as_ref().map(|study| study.volume.unit.label().to_owned()).unwrap_or_default());
    let send = move |event| store.send(Event::Measure(event));
    let number = move |field: MeasureField, test: &'static str| {
        let used = store.part(move |state| state.measured_with(field));
        let changed = move |change: web_sys::Event| {
            send(MeasureEvent::Typed(field, event_target_value(&change)));
            // The field never shows a number that is not in use.
            event_target::<HtmlInputElement>(&change).set_value(&used.get_untracked().to_string());
        };
        view! {
            <label class="field">
                <span>{field.label()}</span>
                <input type="number" min="0" step="any" data-testid=test prop:value=move || used.get().to_string() on:change=changed />
            </label>
        }
    };
    let labels = move |event: web_sys::Event| {
        if let Some(file) = first_chosen(&event) {
            store.labels(file);
        }
    };
    view! {
        <Show when=move || open.get()>
            <section class="panel" aria-labelledby="measure-title">
                <h2 id="measure-title">"Measure"</h2>
                <div class="numbers-row">
                    {number(MeasureField::Radius, "measure-radius")}
                    {number(MeasureField::Limit, "measure-limit")}
                </div>
                <div class="numbers-row">
                    {number(MeasureField::Edge(0), "measure-edge-x")}
                    {number(MeasureField::Edge(1), "measure-edge-y")}
                    {number(MeasureField::Edge(2), "measure-edge-z")}
                </div>
                <div class="downloads">
                    <button data-testid="measure-sphere" title="The sphere around the crosshair" on:click=move |_| send(MeasureEvent::Sphere)>
                        "Sphere here"
                    </button>
                    <button data-testid="measure-box" title="The box around the crosshair" on:click=move |_| send(MeasureEvent::Cuboid)>
                        "Box here"
                    </button>
                    <button
                        data-testid="measure-hot"
                        title="What reaches 41 % of the maximum, joined to it, in the sphere around the crosshair"
                        on:click=move |_| send(MeasureEvent::Hot)
                    >
                        "41 % here"
                    </button>
                </div>
                <label class="button small">
                    "Regions of a label map"
                    <input type="file" accept=".nii,.gz" data-testid="measure-labels" on:change=labels />
                </label>
                {move || measurement.get().labels.map(|(name, note)| view! {
                    <p class="hint" data-testid="measure-labels-note">{name}": "{note.unwrap_or_else(|| "on the grid of the image.".to_owned())}</p>
                })}
                {move || {
                    let regions = measurement.get().regions;
                    let some = !regions.is_empty();
                    let tables = regions.into_iter().enumerate();
                    let tables = tables.map(|(place, measured)| view! { <Numbers store place measured unit=unit.get() /> });
                    view! {
                        {tables.collect_view()}
                        {some.then(|| view! {
                            <div class="downloads">
                                <button data-testid="measure-report" on:click=move |_| send(MeasureEvent::Report)>"Save report"</button>
                                <button data-testid="measure-table" on:click=move |_| send(MeasureEvent::Table)>"Save table (CSV)"</button>
                            </div>
                            <button class="link" data-testid="measure-remove-all" on:click=move |_| send(MeasureEvent::RemoveAll)>"remove all"</button>
                        })}
                    }
                }}
            </section>
        </Show>
    }
}

/// A region's numbers.
#[component]
fn Numbers(store: Store, place: usize, measured: Measured, unit: String) -> impl IntoView {
    let Measured { numbers: Compared { region, input, result, changes }, place: at, note, .. } = measured;
    let percent =
        |share: Option<f64>| share.map_or_else(|| "n/a".to_owned(), |share| format!("{:.1} %", 100.0 * share));
    let value = |value: Option<f64>| value.map_or_else(|| "n/a".to_owned(), value_words);
    let name = |plain: &'static str, suv: &'static str| if unit == "SUV" { suv } else { plain };
    let total = if unit == "SUV" { "TLG" } else { "Mean × mL" };
    let rows = [
        (
            name("Mean", "SUVmean"),
            value(Some(input.mean)),
            result.map(|after| value(Some(after.mean))),
            changes.map(|all| all.mean),
        ),
        (
            name("Max", "SUVmax"),
            value(Some(input.max)),
            result.map(|after| value(Some(after.max))),
            changes.map(|all| all.max),
        ),
        (
            name("Peak", "SUVpeak"),
            value(input.peak),
            result.map(|after| value(after.peak)),
            changes.map(|all| all.peak),
        ),
        (total, value(Some(input.total)), result.map(|after| value(Some(after.total))), changes.map(|all| all.total)),
        ("Noise", percent(input.noise), result.map(|after| percent(after.noise)), changes.map(|all| all.noise)),
    ];
    let both = result.is_some();
    let rows = rows.map(|(name, before, after, change)| {
        let flagged = change.is_some_and(|change| change.flagged);
        let words = change.map(|Change { percent, .. }| change_words(percent));
        view! {
            <tr class:flagged=flagged>
                <th scope="row">{name}</th>
                <td>{before}</td>
                {both.then(|| view! { <td>{after}</td><td>{words}{flagged.then_some(" !")}</td> })}
            </tr>
        }
    });
    view! {
        <table class="numbers" data-testid="measured">
            <caption>
                <button class="link" on:click=move |_| store.send(Event::View(ViewEvent::GoTo(at)))>{region}</button>
                " · "{format!("{:.1} mL", input.volume_ml)}" · "
                <button class="link" on:click=move |_| store.send(Event::Measure(MeasureEvent::Remove(place)))>"remove"</button>
            </caption>
            <thead>
                <tr>
                    <td></td>
                    <th scope="col">"Input"</th>
                    {both.then(|| view! { <th scope="col">"Result"</th><th scope="col">"Change"</th> })}
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
        {note.map(|note| view! { <p class="hint" data-testid="measured-note">{note}</p> })}
    }
}

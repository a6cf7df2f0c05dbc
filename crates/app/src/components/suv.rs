//! How the open series became SUV, or what is missing for it and a field to enter it.

use darkroom_imaging::suv::{Field, Record};
use leptos::html::Input;
use leptos::prelude::*;

use crate::browser::store::Store;
use crate::state::{Event, SuvEvent};

/// The panel, for PET series of DICOM files.
#[component]
pub fn SuvPanel(store: Store) -> impl IntoView {
    let record = store.part(|state| state.study.as_ref().and_then(|study| study.suv.clone()));
    move || {
        record.get().map(|record| {
            let Record { available, rule, missing, .. } = record.as_ref();
            let said = if *available {
                format!("By the rule: {rule}.")
            } else {
                missing.as_ref().map_or_else(String::new, |missing| format!("Not available: {}.", missing.what))
            };
            let field = missing.as_ref().filter(|_| !available).and_then(|missing| missing.field);
            let entered = record.entered_sentence();
            view! {
                <section class="panel" aria-labelledby="suv-title">
                    <h2 id="suv-title">"SUV"</h2>
                    <p class="facts" data-testid="suv-said">{said}</p>
                    {field.map(|field| view! { <MissingField store field /> })}
                    {entered.map(|sentence| view! {
                        <p class="facts" data-testid="suv-entered">
                            {sentence}" "
                            <button class="link" data-testid="suv-clear" on:click=move |_| store.send(Event::Suv(SuvEvent::Clear))>
                                "take back"
                            </button>
                        </p>
                    })}
                </section>
            }
        })
    }
}

/// The field for the value that is missing. What is entered is told in every file written later.
#[component]
fn MissingField(store: Store, field: Field) -> impl IntoView {
    let input: NodeRef<Input> = NodeRef::new();
    let running = store.part(|state| state.run.is_some());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if let Some(input) = input.get_untracked() {
            store.send(Event::Suv(SuvEvent::Set(field, input.value())));
        }
    };
    view! {
        <form class="field" on:submit=submit>
            <label for="suv-field">{field.label()}</label>
            <input id="suv-field" type="text" autocomplete="off" placeholder=field.example() data-testid="suv-field" node_ref=input />
            <button data-testid="suv-enter" disabled=move || running.get()>"Enter"</button>
        </form>
        <p class="hint">"What you enter is marked in every file written from here."</p>
    }
}

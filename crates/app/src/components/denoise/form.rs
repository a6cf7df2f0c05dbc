//! How images are made: class, numbers, what they start from, seed, sampler, steps, guidance, number of samples.

use darkroom_messages::NumberField;
use leptos::prelude::*;

use super::origin::OriginFields;
use crate::browser::store::Store;
use crate::components::choices::choices;
use crate::components::dose::doses;
use crate::state::{DenoiseEvent, Event, Field, sampler_name};

/// The form; what is left empty is as the model's card says.
#[component]
pub fn WishForm(store: Store) -> impl IntoView {
    let model = store.part(|state| state.denoising.model.clone().unwrap_or_default());
    let wish = store.part(|state| state.denoising.wish.clone());
    let enter = move |field: Field| {
        move |event: web_sys::Event| {
            store.send(Event::Denoise(DenoiseEvent::Entered(field, event_target_value(&event))));
        }
    };
    let another = move |_| {
        let seed = (js_sys::Math::random() * f64::from(u32::MAX)) as u32;
        store.send(Event::Denoise(DenoiseEvent::Entered(Field::Seed, seed.to_string())));
    };
    let classes = move || {
        let names = model.get().classes;
        (!names.is_empty()).then(|| {
            let options = choices(names.into_iter().map(|name| (name.clone(), name)), move || {
                wish.get().class.unwrap_or_default()
            });
            view! {
                <label class="field">
                    <span>"Class"</span>
                    <select data-testid="class" on:change=enter(Field::Class)>{options}</select>
                </label>
            }
        })
    };
    let samplers = move || {
        let model = model.get();
        let card = format!("As the card says: {}", sampler_name(&model.card_settings.sampler));
        let kinds = model.samplers.into_iter().map(|kind| {
            let name = sampler_name(&kind).to_owned();
            (kind, name)
        });
        let rows = std::iter::once((String::new(), card)).chain(kinds);
        let options = choices(rows, move || wish.get().sampler.unwrap_or_default());
        view! {
            <label class="field">
                <span>"Sampler"</span>
                <select data-testid="sampler" on:change=enter(Field::Sampler)>{options}</select>
            </label>
        }
    };
    let guidance = move || {
        model.get().guided.then(|| {
            view! {
                <label class="field">
                    <span>"Guidance"</span>
                    <input
                        type="number" min="0" step="0.1" data-testid="guidance"
                        placeholder=move || model.get().card_settings.guidance.to_string()
                        prop:value=move || wish.get().guidance.map(|scale| scale.to_string()).unwrap_or_default()
                        on:change=enter(Field::Guidance)
                    />
                </label>
            }
        })
    };
    let numbers = move || {
        let field = |(at, number): (usize, NumberField)| {
            let NumberField { name, unit, range: [low, high], default } = number;
            let words = if unit.is_empty() { name.clone() } else { format!("{name} ({unit})") };
            view! {
                <label class="field" title=format!("{low} to {high}")>
                    <span>{words}</span>
                    <input
                        type="number" min=low.to_string() max=high.to_string() step="any"
                        data-testid=format!("number-{name}") placeholder=default.to_string()
                        prop:value=move || {
                            wish.get().numbers.get(&name).map(|value| value.to_string()).unwrap_or_default()
                        }
                        on:change=enter(Field::Number(at))
                    />
                </label>
            }
        };
        model.get().numbers.into_iter().enumerate().map(field).collect_view()
    };
    let dose = move || {
        model.get().takes_dose.then(|| {
            view! {
                <label class="field">
                    <span>"Dose of the image"</span>
                    <select data-testid="denoiser-dose" on:change=enter(Field::Dose)>
                        {doses("The standard dose", move || wish.get().dose)}
                    </select>
                </label>
            }
        })
    };
    view! {
        <div class="wish">
            {classes}
            {dose}
            {numbers}
            <OriginFields store />
            <div class="numbers-row">
                <label class="field">
                    <span>"Seed"</span>
                    <input
                        type="number" min="0" max="4294967295" step="1" data-testid="seed"
                        prop:value=move || wish.get().seed.to_string()
                        on:change=enter(Field::Seed)
                    />
                </label>
                <button class="die" aria-label="Another seed" title="Another seed" on:click=another>"\u{21bb}"</button>
                <label class="field">
                    <span>"Samples"</span>
                    <input
                        type="number" min="1" step="1" data-testid="samples"
                        prop:value=move || wish.get().samples.to_string()
                        on:change=enter(Field::Samples)
                    />
                </label>
            </div>
            {samplers}
            <div class="numbers-row">
                <label class="field">
                    <span>"Steps"</span>
                    <input
                        type="number" min="1" step="1" data-testid="steps"
                        placeholder=move || model.get().card_settings.steps.to_string()
                        prop:value=move || wish.get().steps.map(|steps| steps.to_string()).unwrap_or_default()
                        on:change=enter(Field::Steps)
                    />
                </label>
                {guidance}
            </div>
        </div>
    }
}

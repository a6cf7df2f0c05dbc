//! What the user enters about how images are made.

use darkroom_messages::NumberField;

use super::super::{Alert, State};
use super::redo::{Redo, choose_labels};

/// A field of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The class by name.
    Class,
    /// The seed of the first sample.
    Seed,
    /// How many samples.
    Samples,
    /// Noise levels visited; empty for the card's.
    Steps,
    /// Kind of sampler; empty for the card's.
    Sampler,
    /// Strength of guidance; empty for the card's.
    Guidance,
    /// The dose as parts of the standard dose; empty for the standard dose.
    Dose,
    /// The share of the steps taken from an image to start from; empty for the engine's.
    Strength,
    /// How often each step is taken where a region is made anew; empty for once.
    Repeats,
    /// An edge of the region in percent of the picture: left, top, right, bottom.
    Edge(usize),
    /// The labels of the mask that count; empty for all.
    MaskLabels,
    /// A number that the model is told, by its place; empty for the card's.
    Number(usize),
}

/// The most samples made at once: each is kept in the page.
const MOST_SAMPLES: usize = 256;

/// Takes what was entered, or says why not. What the model does not allow is said by the engine, which knows it.
pub(super) fn enter(state: &mut State, field: Field, text: &str) {
    let text = text.trim();
    let wish = &mut state.denoising.wish;
    let optional = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let taken = match field {
        Field::Class => {
            wish.class = optional(text);
            Ok(())
        }
        Field::Sampler => {
            wish.sampler = optional(text);
            Ok(())
        }
        Field::Seed => {
            number(text, "The seed must be a whole number from 0 to 4294967295.").map(|seed| wish.seed = seed)
        }
        Field::Samples => number(text, "The number of samples must be a whole number.")
            .and_then(|samples| {
                let fits = samples <= MOST_SAMPLES;
                let what = format!("{samples} samples were asked for; the page holds at most {MOST_SAMPLES}.");
                if fits { Ok(samples) } else { Err(what) }
            })
            .map(|samples| wish.samples = samples),
        Field::Steps => maybe(text, "The number of steps must be a whole number.").map(|steps| wish.steps = steps),
        Field::Guidance => maybe(text, "The guidance must be a number.").map(|guidance| wish.guidance = guidance),
        Field::Dose => maybe::<f64>(text, "The dose must be a number.")
            .map(|parts| wish.dose = parts.filter(|parts| *parts > 0.0).map(|parts| 1.0 / parts)),
        Field::Strength => maybe(text, "The strength must be a number.")
            .and_then(|strength| {
                within(strength, f64::MIN_POSITIVE, 1.0, "The strength must be above 0 and at most 1.")
            })
            .map(|strength| state.denoising.start.strength = strength),
        Field::Repeats => maybe(text, "The number of repeats must be a whole number.")
            .map(|repeats| state.denoising.start.repeats = repeats),
        Field::Edge(at) => number(text, "An edge of the region must be a number.")
            .and_then(|edge| within(Some(edge), 0.0, 100.0, "An edge of the region must be from 0 to 100 %."))
            .map(|edge| {
                if let (Redo::Rectangle(edges), Some(edge)) = (&mut state.denoising.start.redo, edge)
                    && let Some(own) = edges.get_mut(at)
                {
                    *own = edge / 100.0;
                }
            }),
        Field::MaskLabels => choose_labels(state, text),
        Field::Number(at) => told(state, at, text),
    };
    state.alert = taken.err().map(|what| Alert::new(what, "Enter another; until then the last one counts."));
}

fn number<T: std::str::FromStr>(text: &str, what: &str) -> Result<T, String> {
    text.parse().map_err(|_| what.to_owned())
}

/// A number, or nothing where nothing was entered.
fn maybe<T: std::str::FromStr>(text: &str, what: &str) -> Result<Option<T>, String> {
    if text.is_empty() { Ok(None) } else { number(text, what).map(Some) }
}

/// A number within its bounds, or none.
fn within(value: Option<f64>, low: f64, high: f64, what: &str) -> Result<Option<f64>, String> {
    if value.is_none_or(|value| (low..=high).contains(&value)) { Ok(value) } else { Err(what.to_owned()) }
}

/// Takes a number that the model is told.
fn told(state: &mut State, at: usize, text: &str) -> Result<(), String> {
    let Some(field) = state.denoising.model.as_ref().and_then(|model| model.numbers.get(at)).cloned() else {
        return Ok(());
    };
    let NumberField { name, unit, range: [low, high], .. } = field;
    let what = format!("{name} must be from {low} to {high} {unit}").trim_end().to_owned() + ".";
    let value = within(maybe(text, &what)?, low, high, &what)?;
    match value {
        Some(value) => state.denoising.wish.numbers.insert(name, value),
        None => state.denoising.wish.numbers.remove(&name),
    };
    Ok(())
}

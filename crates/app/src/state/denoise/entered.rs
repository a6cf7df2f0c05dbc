//! What the user enters about how images are made.

use super::super::{Alert, State};

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

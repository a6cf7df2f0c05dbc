//! What cannot be done and what to do next, on its way to the page.

use darkroom_formats::FormatError;
use darkroom_imaging::Refusal;
use darkroom_pipelines::PipelineError;

use crate::post::refuse;

/// Two sentences for the user.
pub(crate) struct Trouble {
    /// What is wrong.
    pub(crate) what: String,
    /// What to do next.
    pub(crate) next: String,
}

impl Trouble {
    /// Trouble from its two sentences.
    pub(crate) fn new(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self { what: what.into(), next: next.into() }
    }

    /// Tells the page.
    pub(crate) fn post(self) {
        refuse(self.what, self.next);
    }
}

impl From<PipelineError> for Trouble {
    fn from(error: PipelineError) -> Self {
        Self { what: sentence(&error.to_string()), next: error.next() }
    }
}

impl From<FormatError> for Trouble {
    fn from(error: FormatError) -> Self {
        error.refusal().into()
    }
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        Self { what: refusal.what, next: refusal.next }
    }
}

/// An error's words with a capital and a full stop.
pub(crate) fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    let stop = if words.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{stop}", letters.as_str())
}

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
    /// Whether a GPU opened anew may do what this one did not.
    pub(crate) needs_another_gpu: bool,
}

impl Trouble {
    /// Trouble from its two sentences.
    pub(crate) fn new(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self { what: what.into(), next: next.into(), needs_another_gpu: false }
    }

    /// Tells the page.
    pub(crate) fn post(self) {
        refuse(self.what, self.next);
    }
}

impl From<PipelineError> for Trouble {
    fn from(error: PipelineError) -> Self {
        let needs_another_gpu = error.needs_another_gpu();
        Self { what: sentence(&error.to_string()), next: error.next(), needs_another_gpu }
    }
}

impl From<FormatError> for Trouble {
    fn from(error: FormatError) -> Self {
        error.refusal().into()
    }
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        Self::new(refusal.what, refusal.next)
    }
}

/// An error's words with a capital and a full stop.
pub(crate) fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    let stop = if words.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{stop}", letters.as_str())
}

//! The record of how SUV was reached, or why not.

use serde::{Deserialize, Serialize};

use super::Field;

/// How the sentence on entered values begins, by which it is found again in a derived series.
pub const ENTERED: &str = "Entered by hand:";

/// How the values of a series became SUV, for people and for files.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Whether the values are SUV by body weight now.
    pub available: bool,
    /// The rule that was followed, in words.
    pub rule: String,
    /// Units (0054,1001) of the file.
    pub units: String,
    /// Decay Correction (0054,1102), of the file or entered; empty where the rule does not ask for it.
    pub decay_correction: String,
    /// Smallest and largest factor that rescaled values were multiplied with; they differ where slices differ in time
    /// or in the scanner's own factors.
    pub factor: Option<[f64; 2]>,
    /// Body weight in kilograms, if it was used.
    pub weight_kg: Option<f64>,
    /// Injected activity in megabecquerel, if it was used.
    pub dose_mbq: Option<f64>,
    /// Half-life in seconds, if it was used.
    pub half_life_s: Option<f64>,
    /// When and how long, if time was used.
    pub times: Option<Times>,
    /// What the slices have each for themselves.
    pub slices: SliceCheck,
    /// What is missing for SUV.
    pub missing: Option<Missing>,
    /// Values entered by hand that were used.
    pub entered: Vec<EnteredValue>,
    /// Values entered by hand for a series that this one was made of, in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inherited: Option<String>,
    /// What a user should know.
    pub notes: Vec<String>,
    /// Those of the notes that put the values in doubt, so that they are to be seen before a run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<String>,
}

impl Record {
    /// The entered values in one sentence; `None` where there are none.
    #[must_use]
    pub fn entered_sentence(&self) -> Option<String> {
        let one = |value: &EnteredValue| format!("{} {}", value.name, value.value);
        let all: Vec<String> = self.entered.iter().map(one).collect();
        (!all.is_empty()).then(|| format!("{ENTERED} {}.", all.join(", ")))
    }

    /// The sentences on what was entered, for this series and for those it was made of.
    pub fn entered_sentences(&self) -> impl Iterator<Item = String> {
        self.inherited.clone().into_iter().chain(self.entered_sentence())
    }
}

/// The times between injection and scan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Times {
    /// The moment that the values are corrected to, or the first acquisition where they are not.
    pub reference: String,
    /// Where that moment was found.
    pub reference_source: String,
    /// When the tracer was injected.
    pub injection: String,
    /// Minutes between the two.
    pub elapsed_minutes: f64,
    /// Injection and reference in seconds since 1970-01-01, local time, see [`crate::moment`].
    #[serde(skip)]
    pub moments: [f64; 2],
    /// Seconds by which an entered start moved the acquisitions, each of which has its own time.
    #[serde(skip)]
    pub shift: f64,
}

/// What the slices say, slice by slice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SliceCheck {
    /// How many there are.
    pub count: usize,
    /// Smallest and largest rescale slope.
    pub slope: [f64; 2],
    /// How many different slopes there are.
    pub different_slopes: usize,
    /// Slices with an intercept, which PET must not have.
    pub with_intercept: usize,
}

/// Why SUV is not available.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Missing {
    /// The attribute, as (gggg,eeee).
    pub tag: String,
    /// What is wrong with it, a half sentence that names the tag.
    pub what: String,
    /// The value that can be entered instead; `None` where nothing entered helps.
    pub field: Option<Field>,
}

/// A value entered by hand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EnteredValue {
    /// The field.
    pub field: Field,
    /// The attribute it stands for, name and tag.
    pub name: String,
    /// The value with its unit.
    pub value: String,
}

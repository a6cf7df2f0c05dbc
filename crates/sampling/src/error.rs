//! Why sampling cannot begin or go on, in sentences.

/// A refusal of the sampling crate.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SamplingError {
    /// The card's schedule contradicts itself, its prediction or what the model was trained with.
    #[error("the model's schedule cannot be used: {0}")]
    Schedule(String),
    /// The sampler and the model do not go together.
    #[error("this sampler cannot be used with this model: {0}")]
    Sampler(String),
    /// No step at all.
    #[error("0 steps were asked for; choose 1 or more")]
    ZeroSteps,
    /// More steps than the model was trained with.
    #[error("{steps} steps were asked for, but the model was trained with {timesteps}; choose at most {timesteps}")]
    TooManySteps {
        /// Steps asked for.
        steps: usize,
        /// Timesteps of the schedule.
        timesteps: usize,
    },
    /// A setting outside its range.
    #[error("{name} is {value}; it must be {range}")]
    Setting {
        /// Which setting.
        name: &'static str,
        /// What was given.
        value: f64,
        /// What is possible, in words.
        range: &'static str,
    },
    /// Values of another length than the image.
    #[error("{what} has {got} values, {wanted} are needed")]
    Length {
        /// What was given.
        what: &'static str,
        /// Its values.
        got: usize,
        /// Values needed.
        wanted: usize,
    },
    /// Something that the settings ask for was not given.
    #[error("the settings ask for {0}, which was not given")]
    Missing(&'static str),
    /// Something was given that the settings make no use of.
    #[error("{0} was given, but the settings make no use of it")]
    Unused(&'static str),
    /// A class that the model does not know.
    #[error("class {class} is not one of the model's {classes} classes; choose 0 to {}: {names}", classes - 1)]
    Class {
        /// The class asked for.
        class: usize,
        /// How many there are.
        classes: usize,
        /// Their names.
        names: String,
    },
    /// A class that the model does not know, by name.
    #[error("\"{name}\" is not one of the model's classes; choose one of {names}")]
    ClassName {
        /// The name asked for.
        name: String,
        /// The names there are.
        names: String,
    },
    /// Guidance of a model that knows no unconditional case.
    #[error(
        "guidance needs a model that was also trained without its condition; this one was not, so use a scale of 1"
    )]
    NoUnconditional,
    /// The network or the caller gave something that is not a number.
    #[error("{what} at step {step} holds {count} values that are not numbers; the run can go on from this step")]
    NotFinite {
        /// What holds them.
        what: &'static str,
        /// The step, counted from 0.
        step: usize,
        /// How many values.
        count: usize,
    },
    /// A result was supplied though none was asked for.
    #[error("the run is finished, no further result of the network is wanted")]
    Finished,
    /// A step that was not reached yet.
    #[error("step {wanted} has not been reached; the run is at step {at}")]
    NotReached {
        /// The step asked for.
        wanted: usize,
        /// The step the run is at.
        at: usize,
    },
    /// A step that was not kept.
    #[error("step {wanted} was not kept; the earliest one to go back to is {earliest}")]
    NotKept {
        /// The step asked for.
        wanted: usize,
        /// The earliest kept.
        earliest: usize,
    },
    /// A saved state that does not belong to its plan.
    #[error("the saved run cannot be resumed: {0}")]
    State(String),
}

/// Refuses values that are not finite.
pub(crate) fn finite(what: &'static str, step: usize, values: &[f32]) -> Result<(), SamplingError> {
    let count = values.iter().filter(|value| !value.is_finite()).count();
    if count == 0 { Ok(()) } else { Err(SamplingError::NotFinite { what, step, count }) }
}

/// Refuses values of another number than `wanted`.
pub(crate) fn length(what: &'static str, got: usize, wanted: usize) -> Result<(), SamplingError> {
    if got == wanted { Ok(()) } else { Err(SamplingError::Length { what, got, wanted }) }
}

/// Refuses a setting for which `holds` is false; a NaN fails every comparison.
pub(crate) fn setting(name: &'static str, value: f64, holds: bool, range: &'static str) -> Result<(), SamplingError> {
    if holds { Ok(()) } else { Err(SamplingError::Setting { name, value, range }) }
}

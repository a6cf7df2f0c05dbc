//! What page and worker say to each other about a diffusion model: sampling from noise, step by step.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Header, ModelFacts};

/// A diffusion model as the page shows it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DenoiserSummary {
    /// What every model has.
    pub facts: ModelFacts,
    /// DICOM modality of the images it is given; `None` for a model that makes images of noise alone.
    pub takes: Option<String>,
    /// Whether it is told the dose.
    pub takes_dose: bool,
    /// The classes it knows; empty where it knows none.
    pub classes: Vec<String>,
    /// The sampler, steps and guidance of its card.
    pub card_settings: CardSettings,
    /// The kinds of sampler that go with it.
    pub samplers: Vec<String>,
    /// Whether it can be guided: whether it was trained without its condition too.
    pub guided: bool,
    /// The values of its images where they have a range of their own: lowest and highest.
    pub range: Option<[f64; 2]>,
    /// The numbers it is told besides.
    pub numbers: Vec<NumberField>,
    /// Whether it can start from an image.
    pub starts: bool,
}

/// A number that a model is told.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NumberField {
    /// Its name.
    pub name: String,
    /// What it is measured in; may be empty.
    pub unit: String,
    /// The smallest and the largest.
    pub range: [f64; 2],
    /// What it is where nothing is entered.
    pub default: f64,
}

/// How a card says that its model is sampled.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CardSettings {
    /// Kind of sampler.
    pub sampler: String,
    /// Noise levels visited.
    pub steps: usize,
    /// Strength of guidance; 1 for none.
    pub guidance: f64,
}

/// How the user wants images made; what is absent is as the card says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Wish {
    /// The class by name.
    pub class: Option<String>,
    /// Seed of the first sample; each further one has the next.
    pub seed: u32,
    /// Noise levels visited.
    pub steps: Option<usize>,
    /// Kind of sampler.
    pub sampler: Option<String>,
    /// Strength of guidance.
    pub guidance: Option<f64>,
    /// How many samples.
    pub samples: usize,
    /// The dose of the image given, as a share of the standard dose.
    pub dose: Option<f64>,
    /// Numbers that the model is told, by name.
    pub numbers: BTreeMap<String, f64>,
    /// The image to start from, if noise alone is not.
    pub start: Option<Box<StartWish>>,
}

/// How samples start from an image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StartWish {
    /// Which image.
    pub from: StartFrom,
    /// Its axial slice, from 0, for models that are given no image.
    pub slice: Option<usize>,
    /// The share of the steps that is taken from it.
    pub strength: Option<f64>,
    /// What of it is made anew; all of it without.
    pub region: Option<Region>,
    /// How often each step is taken where a region is made anew.
    pub repeats: Option<usize>,
}

/// What of an image to start from is made anew.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Region {
    /// A rectangle on its slices as they are shown: left, top, right and bottom as shares of width and height.
    Rectangle([f64; 4]),
    /// What the mask marks that [`ToDenoiser::KeepMask`] brought last.
    Mask,
}

/// Which image samples start from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StartFrom {
    /// The one that [`ToDenoiser::KeepStart`] brought last.
    Kept,
    /// The series chosen.
    Series,
}

/// What of a run is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Look {
    /// The predicted clean image.
    #[default]
    Clean,
    /// The noisy image that the step began with, channels side by side.
    Noisy,
    /// The noise that the network predicted in it, channels side by side.
    Noise,
}

/// A request about a diffusion model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToDenoiser {
    /// Keep an image to start from. Carries its values. Not answered.
    KeepStart {
        /// Its grid.
        header: Header,
    },
    /// Read a label map that is to say what is made anew of an image to start from, and bring it onto its grid. Carries
    /// its `File` where `name` is there; without, the label map in use for the series chosen is meant. Answered by
    /// `MaskRead` or `Refused`.
    ReadMask {
        /// The file's name.
        name: Option<String>,
        /// The image: where it is the one kept, that is brought first.
        from: StartFrom,
    },
    /// Keep what is made anew of an image to start from. Carries a value for each of its voxels, above 0 where it is
    /// made anew. Not answered.
    KeepMask {
        /// The image's grid.
        header: Header,
    },
    /// Begin a sample: of a slice of the selected series where the model is given images. Answered by `Stepped` at
    /// step 0, or by `Refused`.
    Begin {
        /// How.
        wish: Wish,
        /// Which sample, from 0.
        sample: usize,
        /// The axial slice, from 0.
        slice: Option<usize>,
    },
    /// Make one step. Answered by `Stepped`, the last step also by `Sampled`; or by `Refused`.
    Step {
        /// What of it is to be shown; nothing is computed for showing without.
        look: Option<Look>,
    },
    /// Go back to a step. Answered by `Stepped` or `Refused`.
    Rewind {
        /// The step.
        step: usize,
        /// What of it is to be shown.
        look: Option<Look>,
    },
    /// Show something of the step reached. Answered by `Stepped` or `Refused`.
    Look {
        /// What.
        look: Look,
    },
    /// End the sample here and keep its predicted image, marked as unfinished. Answered by `Sampled` or `Refused`.
    Keep,
    /// Mean and spread of samples. Carries their values one after the other. Answered by `Maps` or `Refused`.
    Maps {
        /// The grid of one of them.
        header: Header,
    },
    /// Translate the selected series as a whole. Answered by `Progress` many times, then `Enhanced`, and `Spread` where
    /// there are several samples; or by `Cancelled` or `Refused`.
    Volume {
        /// How.
        wish: Wish,
    },
    /// Write values as NIfTI. Carries them. Answered by `File` or `Refused`.
    Save {
        /// Their grid.
        header: Header,
        /// What they are, for the file's name: "samples", "mean".
        what: String,
    },
}

/// A report about a diffusion model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FromDenoiser {
    /// The model is there and can be asked.
    Ready {
        /// What it is.
        summary: Box<DenoiserSummary>,
        /// Whether the user brought it; the page brought the others.
        own: bool,
    },
    /// A label map was read, and lies on the grid of the image to start from. Carries its labels as a
    /// `Uint8Array`.
    MaskRead {
        /// The file's name; absent for the label map in use.
        name: Option<String>,
        /// The image's grid.
        header: Header,
        /// What the user should know of it.
        note: Option<String>,
    },
    /// What the user should know of the sample under way: of the image that it starts from, of how it is decoded, of a
    /// GPU that failed. All of it, each time.
    Noted {
        /// A sentence each.
        notes: Vec<String>,
    },
    /// A sample is at a step. Carries the values of what is shown, where something is.
    Stepped {
        /// Which sample, from 0.
        sample: usize,
        /// The step reached, from 0.
        step: usize,
        /// The last one.
        steps: usize,
        /// What is shown and its grid.
        shown: Option<(Look, Header)>,
    },
    /// A sample is done. Carries its values.
    Sampled {
        /// Which sample, from 0.
        sample: usize,
        /// Its seed.
        seed: u32,
        /// Its grid.
        header: Header,
        /// Whether it was ended before its last step.
        unfinished: bool,
        /// How the samples up to this one were made, as JSON.
        record: String,
    },
    /// The map of the mean, then that of the spread. Carries the values of both, one after the other.
    Maps {
        /// The grid of each.
        header: Header,
        /// How many samples they are of.
        samples: usize,
    },
    /// The spread over the samples of a translated volume. Carries its values on the grid of the series.
    Spread,
}

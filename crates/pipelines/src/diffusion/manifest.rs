//! `model.json` of a diffusion model.

use darkroom_imaging::{Unit, Volume};
use darkroom_sampling::{Classes, Diffusion, Plan, Settings};
use serde::{Deserialize, Serialize};

use super::numbers::Numbers;
use super::probe::DiffusionProbe;
use crate::manifest::Normalisation;
use crate::{Identity, PipelineError};

/// The manifest of a diffusion package.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DiffusionManifest {
    /// What it is, whatever its kind.
    #[serde(flatten)]
    pub model: Identity,
    /// How it is run.
    pub pipeline: DiffusionPipeline,
    /// What it gives.
    pub output: Produced,
    /// Measured quality.
    #[serde(default)]
    pub quality: Vec<Figure>,
    /// A small computation whose result is known; without it no backend is checked before it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<DiffusionProbe>,
}

/// How a diffusion model is run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename = "diffusion")]
pub struct DiffusionPipeline {
    /// What it was trained with.
    pub diffusion: Diffusion,
    /// How it is sampled where the user says nothing else.
    pub sampling: Settings,
    /// What x is.
    pub sample: Sample,
    /// The network of every step.
    pub denoiser: Denoiser,
    /// What makes the condition; without it the condition's slices are given as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoder: Option<Encoder>,
    /// What makes the image; without it x is the image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decoder: Option<Decoder>,
    /// What turns an image into x, for runs that start from one; a model without a decoder needs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_encoder: Option<ImageEncoder>,
    /// The classes it knows, if it is told one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classes: Option<Classes>,
    /// The numbers it is told, if it is told any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub numbers: Option<Numbers>,
    /// The image it is given, if it is given one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
}

/// What is denoised: (1, channels, height, width).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// Channels of x.
    pub channels: usize,
    /// Height and width of x; absent where they are those of the condition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edges: Option<[usize; 2]>,
}

/// The denoiser's file and the names of its inputs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Denoiser {
    /// Its ONNX file.
    pub file: String,
    /// The noisy image.
    pub x: String,
    /// The timestep, or what else tells the noise level.
    pub time: String,
    /// The class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// The numbers it is told: (batch, D), or context (batch, L, D) for attention.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub numbers: Option<String>,
    /// The condition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// The random vector that a few-step adversarial network takes at every evaluation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latent: Option<String>,
}

/// The encoder's file and the names of its inputs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Encoder {
    /// Its ONNX file.
    pub file: String,
    /// The slices, (1, slices, height, width).
    pub image: String,
    /// The dose's code, (1, 1): 0 at standard dose, 1 at 1/20.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dose: Option<String>,
}

/// The decoder's file and the names of its inputs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decoder {
    /// Its ONNX file.
    pub file: String,
    /// The clean x.
    pub x: String,
    /// The condition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// How a large x is decoded in tiles; without it only where decoding at once takes too much memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tile: Option<DecoderTile>,
}

/// How x is cut for the decoder, in its own cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecoderTile {
    /// Edge of the part that a tile contributes; an x of no more than that and two halos is decoded at once.
    pub inner: usize,
    /// Context around it, twice what the decoder reads around a cell for exact seams; absent where that is to be found
    /// from its layers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub halo: Option<usize>,
}

/// The image encoder's file and the names of its inputs: the decoder's inverse, or as near to it as there is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageEncoder {
    /// Its ONNX file.
    pub file: String,
    /// An image as the decoder gives it, (1, 1, height, width).
    pub image: String,
    /// The condition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
}

/// The image that a model is given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// DICOM modality.
    pub modality: String,
    /// How values are normalised.
    pub normalisation: Normalisation,
    /// Axial slices given for each one made, odd: the slice itself in the middle.
    pub slices: usize,
    /// What height and width are a multiple of.
    pub multiple: usize,
    /// Smallest and largest voxel edge that it was trained for; others are resampled. Absent where any will do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spacing_mm: Option<[f64; 2]>,
}

/// What a model gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Produced {
    /// DICOM modality.
    pub modality: String,
    /// What the values measure, such as "HU"; empty where that is the input's unit.
    pub unit: String,
    /// Edge of a pixel where no input says it, in millimetres.
    pub spacing_mm: f64,
    /// What the network's values mean.
    pub scale: OutputScale,
}

/// What the network's values mean.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutputScale {
    /// The input's normalisation, undone.
    Input,
    /// -1 is `low`, 1 is `high`.
    Range {
        /// The value of -1.
        low: f64,
        /// The value of 1.
        high: f64,
    },
}

/// A figure of the card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// What was measured, on what.
    pub what: String,
    /// The figure.
    pub value: f64,
}

impl Produced {
    /// What the values measure; `None` where that is the input's unit.
    #[must_use]
    pub fn unit(&self) -> Option<Unit> {
        Some(match self.unit.as_str() {
            "" => return None,
            "HU" => Unit::Hounsfield,
            "SUV" => Unit::Suv,
            other => Unit::Other(other.to_owned()),
        })
    }

    /// What the values measure of an image made of `input`, or of one like it.
    #[must_use]
    pub fn unit_of(&self, input: &Volume) -> Unit {
        self.unit().unwrap_or_else(|| input.unit.clone())
    }
}

impl DiffusionManifest {
    /// Whether its numbers make sense together.
    ///
    /// # Errors
    /// The first that does not, in a sentence.
    pub(crate) fn check(&self) -> Result<(), PipelineError> {
        self.model.check()?;
        let refuse = |reason: &str| Err(PipelineError::Manifest(reason.to_owned()));
        let DiffusionPipeline {
            sample, denoiser, encoder, decoder, image_encoder, classes, numbers, condition, ..
        } = &self.pipeline;
        if sample.channels == 0 || sample.edges.is_some_and(|edges| edges.contains(&0)) {
            return refuse("the sample has no values");
        }
        if classes.is_some() != denoiser.class.is_some() {
            return refuse("it names classes but no input for them, or the reverse");
        }
        if numbers.is_some() != denoiser.numbers.is_some() {
            return refuse("it describes numbers but names no input for them, or the reverse");
        }
        numbers.as_ref().map_or(Ok(()), Numbers::check)?;
        if condition.is_some() != denoiser.condition.is_some() {
            return refuse("it describes a condition but names no input for it, or the reverse");
        }
        if (self.pipeline.diffusion.latent > 0) != denoiser.latent.is_some() {
            return refuse("it names a random vector without its length, or gives a length without a name");
        }
        if decoder.as_ref().and_then(|decoder| decoder.tile).is_some_and(|tile| !tile.sensible()) {
            return refuse("its decoder's tiles have no size");
        }
        if image_encoder.is_some() && decoder.is_none() {
            return refuse("it has an image encoder but no decoder that it would undo");
        }
        match condition {
            None if image_encoder.as_ref().is_some_and(|encoder| encoder.condition.is_some()) => {
                return refuse("its image encoder wants a condition that it is not given");
            }
            None if encoder.is_some() => return refuse("it has an encoder but is given nothing to encode"),
            None if decoder.as_ref().is_some_and(|decoder| decoder.condition.is_some()) => {
                return refuse("its decoder wants a condition that it is not given");
            }
            None if sample.edges.is_none() => return refuse("nothing says how large its samples are"),
            None if self.output.scale == OutputScale::Input => {
                return refuse("its values have no unit without an input");
            }
            Some(condition) if condition.slices.is_multiple_of(2) || condition.multiple == 0 => {
                return refuse("the condition's slices are not odd in number, or its multiple is 0");
            }
            Some(Condition { spacing_mm: Some([least, most]), .. })
                if !(*least > 0.0 && least <= most && most.is_finite()) =>
            {
                return refuse("the voxel edges that it was trained for are no range above 0");
            }
            _ => {}
        }
        if let OutputScale::Range { low, high } = self.output.scale
            && !(low < high && (high - low).is_finite())
        {
            return refuse("the range of its values has no width");
        }
        if self.probe.as_ref().is_some_and(|probe| !probe.sensible()) {
            return refuse("its probe is empty or larger than 2^20 pixels");
        }
        // The card's own settings are what a user gets who chooses nothing.
        Plan::new(&self.pipeline.diffusion, &self.pipeline.sampling)?;
        Ok(())
    }
}

//! How a generated image was made, so that it can be made again and is never mistaken for a scan.

use std::collections::BTreeMap;

use darkroom_imaging::Volume;
use darkroom_sampling::{Settings, Start};
use serde::{Deserialize, Serialize};

use super::generator::{Generator, Order};
use super::numbers::filled;
use crate::Memory;
use crate::package::sha256_of;
use crate::provenance::{Maker, Origin};

/// The image that a run started from; the settings say how far it was noised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartRecord {
    /// SHA-256 of its voxels as little-endian float32.
    pub sha256: String,
    /// The slice taken of it, from 0 along its own axis, where one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slice: Option<usize>,
    /// SHA-256 of the mask on its grid, 1 where it was made anew and 0 where it was kept, as little-endian float32.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mask_sha256: Option<String>,
}

impl StartRecord {
    /// The record of a volume, a mask on its grid, and the slice taken.
    pub(super) fn of(volume: &Volume, mask: Option<&[bool]>, slice: Option<usize>) -> Self {
        let values = |mask: &[bool]| mask.iter().map(|&marked| f32::from(marked)).collect::<Vec<_>>();
        Self { sha256: sha256_of(&volume.data), slice, mask_sha256: mask.map(|mask| sha256_of(&values(mask))) }
    }

    /// What was done with it, as the end of a sentence.
    fn words(&self, settings: &Settings) -> String {
        let strength = match settings.start {
            Start::Image { strength } => format!(" at strength {strength}"),
            Start::Noise => String::new(),
        };
        let mask = if self.mask_sha256.is_some() { ", put back outside a mask" } else { "" };
        format!(", begun from an image (sha256 {}){strength}{mask}", self.sha256)
    }
}

/// The manifest of a run: with the package and the input it makes the same image again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Program, weights of the denoiser and backend.
    #[serde(flatten)]
    pub maker: Maker,
    /// How it was sampled.
    pub settings: Settings,
    /// The seed of the first sample; each further one has the next.
    pub seed: u64,
    /// How many samples were made.
    pub samples: usize,
    /// The class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// The numbers that the model was told, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub numbers: BTreeMap<String, f64>,
    /// The dose that the model was told, as a fraction of the standard dose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dose: Option<f64>,
    /// SHA-256 of the input's voxels as little-endian float32.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_sha256: Option<String>,
    /// What happened to the input before; whoever reads or thins it says so here.
    #[serde(flatten)]
    pub origin: Origin,
    /// The slice, from 0, where a translation made one alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slice: Option<usize>,
    /// The image that it started from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<StartRecord>,
    /// Whether it was ended before its last step.
    pub unfinished: bool,
    /// Seconds the networks took.
    pub seconds: f64,
    /// Memory planned and taken for the denoiser.
    pub memory: Memory,
}

impl RunRecord {
    /// What was done, as a sentence for a file's header, without anything of the patient.
    #[must_use]
    pub fn sentence(&self) -> String {
        let kind = serde_json::to_value(self.settings.sampler).unwrap_or_default();
        let numbers: String = self.numbers.iter().map(|(name, value)| format!(", {name} {value}")).collect();
        let several = if self.samples > 1 { format!(", mean of {} samples", self.samples) } else { String::new() };
        let dose = self.dose.map_or(String::new(), |dose| format!(", dose {dose:.3} of standard"));
        let Maker { model, version, weights_sha256, quantisation, adapter, backend, .. } = &self.maker;
        let seed = self.seed;
        let start = self.start.as_ref().map_or(String::new(), |start| start.words(&self.settings));
        format!(
            "{} by {model} {version} (weights sha256 {weights_sha256}, {quantisation}), sampler {} in {} steps from seed \
             {seed}{start}{several}{dose}{numbers}{}{}, on {adapter} ({backend}).",
            if self.input_sha256.is_some() { "Translated" } else { "Generated" },
            kind["kind"].as_str().unwrap_or_default(),
            self.settings.steps,
            self.origin.words(),
            if self.unfinished { ", ended before its last step" } else { "" },
        )
    }

    /// The record of an order that this generator carried out.
    #[must_use]
    pub fn of(generator: &Generator, order: &Order, samples: usize) -> Self {
        Self {
            maker: Maker::of(
                &generator.manifest().model,
                &generator.package().weights_sha256,
                generator.backend(),
                generator.backend().storage(),
            ),
            settings: order.settings.clone(),
            seed: order.seed,
            samples,
            class: order.class.clone(),
            // What is no number of the model was refused before.
            numbers: filled(generator.manifest().pipeline.numbers.as_ref(), &order.numbers).unwrap_or_default(),
            dose: None,
            input_sha256: None,
            origin: Origin::default(),
            slice: None,
            start: None,
            unfinished: false,
            seconds: 0.0,
            memory: Memory::default(),
        }
    }
}

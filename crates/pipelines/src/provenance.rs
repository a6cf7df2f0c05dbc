//! How a result was made, so that it can be made again and is never mistaken for a scan.

use darkroom_imaging::Volume;
use darkroom_imaging::suv::{Entered, EnteredValue, Field, When};
use serde::{Deserialize, Serialize};

use crate::Identity;
use crate::package::sha256_of;
use crate::runner::{Backend, Memory};

/// The sentence every result carries.
const MARK: &str = "Synthetic image. Research and teaching only. Not for diagnosis.";

/// Which program made an image, with which weights and where: what the record of every run begins with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Maker {
    /// [`MARK`].
    pub mark: String,
    /// Name and version of this program.
    pub software: String,
    /// The model's name.
    pub model: String,
    /// The model's version.
    pub version: String,
    /// SHA-256 of the weights.
    pub weights_sha256: String,
    /// How the weights are stored.
    pub quantisation: String,
    /// "gpu", "software gpu" or "cpu".
    pub backend: String,
    /// The adapter's name.
    pub adapter: String,
    /// How tensors were stored between kernels: "float32" or "float16".
    #[serde(default = "float32")]
    pub storage: String,
}

/// What happened to the input before the run; whoever reads or thins it says so here.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// Values that a person entered for the input's SUV; whoever reads the input puts them here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entered: Vec<EnteredValue>,
    /// What was entered by hand for a series that the input was made of, in a sentence; whoever reads the input puts it here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inherited: Option<String>,
    /// How the input was made of a standard-dose image, where a lower dose was simulated; whoever thins puts it here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinned: Option<Thinning>,
    /// What puts the input in doubt, a sentence each; whoever reads the input puts it here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub input_warnings: Vec<String>,
}

impl Origin {
    /// What happened, as the end of a sentence; empty where nothing did.
    #[must_use]
    pub fn words(&self) -> String {
        let thinned = self.thinned.map_or(String::new(), |Thinning { share, seed }| {
            format!(", input thinned to {share:.3} of its dose, simulated, seed {seed}")
        });
        format!("{thinned}{}", self.by_hand())
    }

    /// That the SUV rests on entered values, as the end of a sentence; empty where it does not.
    fn by_hand(&self) -> &'static str {
        if self.entered.is_empty() && self.inherited.is_none() { "" } else { ", SUV by hand" }
    }
}

/// What the record of any run says of its input, enough to know it again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct InputRecord {
    /// SHA-256 of the input's voxels as little-endian float32; `None` where nothing was given.
    #[serde(default)]
    pub input_sha256: Option<String>,
}

impl InputRecord {
    /// Whether the run was given this volume.
    #[must_use]
    pub fn is_of(&self, volume: &Volume) -> bool {
        self.input_sha256.as_ref().is_some_and(|sha256| *sha256 == sha256_of(&volume.data))
    }
}

/// Values entered by hand as a record keeps them: a time of day that was typed without a date is kept without the one
/// that the files completed it with, so that no record names a day that nobody typed.
#[must_use]
pub fn as_typed(used: Vec<EnteredValue>, typed: &Entered) -> Vec<EnteredValue> {
    let clock_alone = |field| {
        let when = match field {
            Field::InjectedAt => typed.injected_at,
            Field::ScannedAt => typed.scanned_at,
            _ => None,
        };
        matches!(when, Some(When::Clock(_)))
    };
    let one = |mut value: EnteredValue| {
        if let Some((_, clock)) = value.value.split_once(' ').filter(|_| clock_alone(value.field)) {
            value.value = clock.to_owned();
        }
        value
    };
    used.into_iter().map(one).collect()
}

/// The record of one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// Program, weights and backend.
    #[serde(flatten)]
    pub maker: Maker,
    /// The dose the model was told, if it takes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dose: Option<Dose>,
    /// Whether a region mask was used.
    pub mask: bool,
    /// SHA-256 of the segmenter that estimated the mask from the image; `None` where it came otherwise, or there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segmenter_sha256: Option<String>,
    /// SHA-256 of the voxels of the CT that the mask was found in, as little-endian float32; `None` where it came otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ct_sha256: Option<String>,
    /// Edges of a tile, D, H, W.
    pub tile: [usize; 3],
    /// Number of tiles.
    pub tiles: usize,
    /// What was subtracted from the input.
    #[serde(default)]
    pub shift: f64,
    /// What it was then divided by.
    pub scale: f64,
    /// What happened to the input before.
    #[serde(flatten)]
    pub origin: Origin,
    /// SHA-256 of the input's voxels as little-endian float32.
    pub input_sha256: String,
    /// Seconds a stage.
    pub seconds: Vec<(String, f64)>,
    /// GPU memory planned and taken for the network.
    pub memory: Memory,
}

/// How tensors were stored before there was a choice.
fn float32() -> String {
    "float32".to_owned()
}

/// The dose a run was told, as a fraction of the standard dose.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dose {
    /// The fraction.
    pub fraction: f64,
    /// Whether it was estimated from the image's noise.
    pub estimated: bool,
}

impl Maker {
    /// Model and version as a file's description names them, which says too that the input was thinned, or its SUV entered
    /// by hand.
    #[must_use]
    pub fn label(&self, origin: &Origin) -> (String, String) {
        let thinned = origin.thinned.map_or(String::new(), |Thinning { share, .. }| format!("thin {share:.3} + "));
        (format!("{thinned}{}", self.model), format!("{}{}", self.version, origin.by_hand()))
    }

    /// This program with these weights on this backend.
    pub(crate) fn of(model: &Identity, weights_sha256: &str, backend: &Backend, storage: &str) -> Self {
        Self {
            mark: MARK.to_owned(),
            software: concat!("Darkroom ", env!("CARGO_PKG_VERSION")).to_owned(),
            model: model.name.clone(),
            version: model.version.clone(),
            weights_sha256: weights_sha256.to_owned(),
            quantisation: model.quantisation.clone(),
            backend: backend.kind().to_owned(),
            adapter: backend.name(),
            storage: storage.to_owned(),
        }
    }
}

/// A lower dose that was simulated: see [`darkroom_imaging::thin`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Thinning {
    /// The share of the dose that was kept.
    pub share: f64,
    /// Which of many possible scans.
    pub seed: u64,
}

impl Provenance {
    /// One line for a file header, without anything of the patient: at most 1 024 characters.
    #[must_use]
    pub fn sentence(&self) -> String {
        let dose = self.dose.map_or(String::new(), |Dose { fraction, estimated }| {
            format!(", {} {fraction:.3} of standard", if estimated { "estimated dose" } else { "dose" })
        });
        let mask = match (self.mask, &self.segmenter_sha256, &self.ct_sha256) {
            (false, ..) => "without mask".to_owned(),
            (true, None, None) => "with mask".to_owned(),
            (true, Some(sha256), _) => format!("with a mask estimated from the image (segmenter sha256 {sha256})"),
            (true, None, Some(sha256)) => format!("with a mask found in the CT (sha256 {sha256})"),
        };
        let Maker { mark, software, model, version, weights_sha256, quantisation, backend, adapter, storage } =
            &self.maker;
        format!(
            "{mark} {model} {version} (weights sha256 {weights_sha256}, {quantisation}){dose}, {mask}, \
             {adapter} ({backend}, {storage}), by {software}",
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test should stop where it fails")]

    use darkroom_imaging::Unit;

    use super::*;

    #[test]
    fn an_input_is_known_again_by_its_voxels() {
        let volume = |value: f32| Volume::new([2, 1, 1], vec![value; 2], [[0.0; 4]; 3], Unit::Suv).unwrap();
        let json = format!(r#"{{"model": "tiny", "input_sha256": "{}"}}"#, sha256_of(&volume(1.0).data));
        let record: InputRecord = serde_json::from_str(&json).unwrap();
        assert!(record.is_of(&volume(1.0)) && !record.is_of(&volume(2.0)));
        let none: InputRecord = serde_json::from_str("{}").unwrap();
        assert!(!none.is_of(&volume(1.0)), "what was given nothing belongs to no series");
    }

    #[test]
    fn a_day_that_nobody_typed_is_not_kept() {
        let used = |field, value: &str| EnteredValue { field, name: "a name".to_owned(), value: value.to_owned() };
        let kept = |typed: &Entered| {
            let all = vec![used(Field::InjectedAt, "2025-03-01 11:00:00"), used(Field::Weight, "70 kg")];
            as_typed(all, typed).into_iter().map(|value| value.value).collect::<Vec<_>>()
        };
        let at = |typed: &str| Entered { injected_at: typed.parse().ok(), ..Entered::default() };
        assert_eq!(kept(&at("11:00")), ["11:00:00", "70 kg"]);
        assert_eq!(kept(&at("2025-03-01 11:00")), ["2025-03-01 11:00:00", "70 kg"]);
    }
}

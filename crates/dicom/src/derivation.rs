//! How a result was made, as far as a DICOM file tells it.

use serde::Deserialize;

use crate::DicomError;

/// What every derived image says of itself, in each viewer.
pub(crate) const MARK: &str = "Synthetic. Research and teaching only. Not for diagnosis.";
/// Most characters of a short text (ST).
const SHORT_TEXT: usize = 1024;

/// What kind of work made a result; the codes in a derived file follow from it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Work {
    /// A network changed the source's image. What the record of an enhancement means without saying it.
    #[default]
    Enhanced,
    /// A network made the image anew, sampled from noise.
    Generated,
    /// No network had a part in it, as in a simulated dose.
    Simulated,
}

/// The record of a run: read from the provenance that the run wrote, of which it takes what belongs into a file.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Derivation {
    /// The model's name.
    pub model: String,
    /// The model's version.
    pub version: String,
    /// Name and version of the program.
    pub software: String,
    /// SHA-256 of the weights, hexadecimal.
    pub weights_sha256: String,
    /// How the weights are stored, as "int8".
    pub quantisation: String,
    /// Where it ran: "gpu", "cpu".
    pub backend: String,
    /// The adapter's name.
    #[serde(default)]
    pub adapter: String,
    /// The dose the model was told, if it takes one.
    #[serde(default)]
    pub dose: Option<Dose>,
    /// Whether a region mask was used.
    #[serde(default)]
    pub mask: bool,
    /// SHA-256 of the network that estimated the mask from the image, where one did.
    #[serde(default)]
    pub segmenter_sha256: Option<String>,
    /// SHA-256 of the voxels of the CT that the mask was found in, where it was.
    #[serde(default)]
    pub ct_sha256: Option<String>,
    /// How the input was made of a standard-dose image, where a lower dose was simulated.
    #[serde(default)]
    pub thinned: Option<Thinning>,
    /// What kind of work it was.
    #[serde(default)]
    pub work: Work,
    /// What was done, a sentence that takes the place of model, weights and backend.
    #[serde(default)]
    pub process: Option<String>,
}

/// A dose as a fraction of the standard dose.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
pub struct Dose {
    /// The fraction.
    pub fraction: f64,
    /// Whether it was estimated from the image's noise.
    pub estimated: bool,
}

/// A lower dose that was simulated.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
pub struct Thinning {
    /// The share of the dose that was kept.
    pub share: f64,
    /// Which of many possible scans.
    pub seed: u64,
}

impl Derivation {
    /// Reads the provenance of a run; fields that have no place in a DICOM file are passed over.
    ///
    /// # Errors
    /// When the text is not JSON or lacks a field.
    pub fn from_json(text: &str) -> Result<Self, DicomError> {
        serde_json::from_str(text)
            .map_err(|error| DicomError::Derive(format!("its provenance cannot be read, {error}")))
    }

    /// The text for Derivation Description (0008,2111), with sentences on this series, as what was entered by
    /// hand, before the long part, so that no cut can take them away.
    pub(crate) fn description(&self, said: &[String]) -> String {
        let said: String = said.iter().map(|sentence| format!("{sentence} ")).collect();
        let dose = self.dose.map_or(String::new(), |Dose { fraction, estimated }| {
            format!(", {} {fraction:.3} of standard", if estimated { "estimated dose" } else { "dose" })
        });
        if let Some(process) = &self.process {
            return ascii(&format!("{MARK} {said}{process} {}.", self.software), SHORT_TEXT);
        }
        let mask = match (self.mask, &self.segmenter_sha256, &self.ct_sha256) {
            (false, ..) => "without mask".to_owned(),
            (true, None, None) => "with mask".to_owned(),
            (true, Some(sha256), _) => format!("with a mask estimated from the image (sha256 {sha256})"),
            (true, None, Some(sha256)) => format!("with a mask found in the CT (sha256 {sha256})"),
        };
        let Self { model, version, weights_sha256, quantisation, adapter, backend, software, .. } = self;
        let thinned = self.thinned.map_or(String::new(), |Thinning { share, seed }| {
            format!("Input thinned to {share} of its dose, simulated, seed {seed}. ")
        });
        let text = format!(
            "{MARK} {said}{thinned}Enhanced by {model} {version}, weights sha256 {weights_sha256} ({quantisation})\
             {dose}, {mask}, on {adapter} ({backend}), {software}."
        );
        ascii(&text, SHORT_TEXT)
    }

    /// The mark in a series' description: `SYNTH <model> <version>`.
    pub(crate) fn label(&self) -> String {
        format!("SYNTH {} {}", self.model, self.version)
    }
}

/// A text in the repertoire that every file has, cut to a length; backslashes would separate values.
pub(crate) fn ascii(text: &str, most: usize) -> String {
    text.chars().map(|c| if c.is_ascii_graphic() && c != '\\' || c == ' ' { c } else { '?' }).take(most).collect()
}

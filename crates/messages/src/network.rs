//! A network of the user's own: what it is, and what the user says of it.

use serde::{Deserialize, Serialize};

/// A network file looked at, in words ready to be shown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NetworkReport {
    /// The file's name.
    pub file: String,
    /// Each input with its type and dimensions.
    pub inputs: Vec<String>,
    /// Each output's name.
    pub outputs: Vec<String>,
    /// Elements of all weights.
    pub parameters: usize,
    /// Each operator with how often it occurs.
    pub operators: Vec<String>,
    /// Operators that no kernel computes.
    pub missing: Vec<String>,
    /// GPU memory for a tile of the size described, in bytes: activations and weights.
    pub memory: Option<[usize; 2]>,
    /// How many tiles the volume open just now takes; absent while none is open.
    pub tiles: Option<usize>,
    /// Why it cannot be used on images, as a sentence.
    pub refusal: Option<String>,
}

/// What a bare network does not say of the images it wants; guessed first, then the user's word.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OwnModel {
    /// Name for people.
    pub title: String,
    /// DICOM modality: "PT", "CT", "MR", "OT".
    pub modality: String,
    /// "foreground-mean", "none", "min-max", "z-score" or "window".
    pub normalisation: String,
    /// The values that become 0 and 1 where the normalisation is a window.
    pub window: [f64; 2],
    /// Whether it sees one slice at a time.
    pub slices: bool,
    /// Edge of the part that a tile contributes, in voxels.
    pub inner: usize,
    /// Context around it.
    pub halo: usize,
    /// What every edge of a tile is a multiple of.
    pub multiple: usize,
}

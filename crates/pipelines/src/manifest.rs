//! `model.json`: what a model is, what it takes and how well it did.

use serde::{Deserialize, Serialize};

/// The version of the manifest that this build reads.
pub(crate) const FORMAT: u32 = 1;

/// The manifest of a model package.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the manifest itself.
    pub format: u32,
    /// Short name, also the folder's.
    pub name: String,
    /// Version of the weights.
    pub version: String,
    /// Name for people.
    pub title: String,
    /// Licence of the weights.
    pub licence: String,
    /// What it does: "enhance".
    pub task: String,
    /// How it is run.
    pub pipeline: PipelineKind,
    /// The network's file.
    pub graph: String,
    /// Every file with its hash.
    pub files: Vec<FileEntry>,
    /// The image it takes.
    pub input: InputImage,
    /// The region channels it takes.
    pub regions: Regions,
    /// What it gives.
    pub output: OutputImage,
    /// The doses it knows.
    pub dose: DoseRange,
    /// How the weights are stored, in words.
    pub quantisation: String,
    /// What it was trained on, in a sentence.
    pub training_data: String,
    /// Where it is known to fail, a sentence each.
    pub known_failures: Vec<String>,
    /// Measured quality.
    pub quality: Vec<Quality>,
    /// A small computation whose result is known.
    pub probe: Probe,
}

/// The kinds of pipeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum PipelineKind {
    /// One run of the network a tile.
    OnePass {
        /// How a volume is cut.
        tile: TileSize,
        /// How local means are kept; `None` leaves the network's own.
        mean_preservation: Option<MeanPreservation>,
    },
}

/// y + G * (x - y): what the network changed on scales wider than the Gaussian G is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeanPreservation {
    /// Standard deviation of G.
    pub sigma_mm: f64,
}

/// How a volume is cut into overlapping tiles, in voxels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TileSize {
    /// Edge of the part a tile contributes.
    pub inner: usize,
    /// Context around it, at least the network's receptive radius for exact seams.
    pub halo: usize,
    /// Every edge of a tile is a multiple of this.
    pub multiple: usize,
}

/// A file of the package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Its name.
    pub name: String,
    /// Its size.
    pub bytes: usize,
    /// Its SHA-256, lower-case hex.
    pub sha256: String,
}

/// The image a model takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InputImage {
    /// The graph's input.
    pub name: String,
    /// DICOM modality.
    pub modality: String,
    /// Tracer it was trained on.
    pub tracer: String,
    /// Units it accepts, in words.
    pub units: String,
    /// Smallest and largest voxel edge it was trained for.
    pub spacing_mm: [f64; 2],
    /// How values are normalised; "foreground-mean" is the one kind there is.
    pub normalisation: String,
}

/// The region map: one channel a class, one for everything else, one that carries the dose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Regions {
    /// The graph's input.
    pub name: String,
    /// Classes of channels 0, 1, 2 ...; label n + 1 of a mask is class n.
    pub classes: Vec<String>,
    /// The channel that is 1 where the region is another or unknown.
    pub unknown: usize,
    /// The channel that holds log2(1 / dose) / log2(20) everywhere.
    pub dose: usize,
}

/// What a model gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputImage {
    /// The graph's output.
    pub name: String,
}

/// The doses a model knows, as fractions of the standard dose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DoseRange {
    /// Smallest.
    pub min: f64,
    /// Largest.
    pub max: f64,
    /// Those it was trained at.
    pub trained: Vec<f64>,
    /// log2(1 / dose) = intercept + slope * log2(noise).
    pub estimate: DoseEstimate,
}

/// The line that turns measured noise into a dose.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DoseEstimate {
    /// At noise 1.
    pub intercept: f64,
    /// Per doubling of the noise.
    pub slope: f64,
}

/// One row of the quality table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// Dose fraction.
    pub dose: f64,
    /// "float32" or "int8".
    pub precision: String,
    /// Normalised RMSE against the standard-dose image.
    pub nrmse: f64,
    /// The same of the best single Gaussian filter.
    pub nrmse_gaussian: f64,
    /// The same of the untouched input.
    pub nrmse_input: f64,
    /// Peak signal-to-noise ratio.
    pub psnr_db: f64,
}

/// A small computation whose result is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    /// Edges of the image, D, H, W.
    pub dims: [usize; 3],
    /// Seed of the generator that makes it.
    pub seed: u32,
    /// Flat indices of the result with the values ONNX Runtime gave.
    pub samples: Vec<(usize, f32)>,
    /// Largest difference that rounding explains.
    pub tolerance: f32,
}

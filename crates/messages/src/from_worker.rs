//! What the worker tells the page.

use darkroom_imaging::statistics::Comparison;
use darkroom_imaging::suv::Record;
use darkroom_imaging::{Affine, SeriesInfo, Unit};
use serde::{Deserialize, Serialize};

use crate::{FromDenoiser, ModelSummary, NetworkReport, OwnModel};

/// A report of the worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FromWorker {
    /// The weights were checked against their SHA-256; the engine is being prepared.
    Model(ModelSummary),
    /// The engine can run.
    Ready(Backend),
    /// There is no GPU the engine can trust. The CPU is on offer: the page asks the user first.
    NoGpu {
        /// What is missing or wrong.
        what: String,
        /// What the user can do.
        next: String,
    },
    /// The engine cannot run at all, as with weights of a wrong checksum.
    Broken {
        /// What is wrong.
        what: String,
        /// What the user can do.
        next: String,
    },
    /// A network of the user's own was looked into.
    NetworkRead {
        /// What it is.
        report: Box<NetworkReport>,
        /// What is said of the images it wants, guessed at first; absent for a package, which says it itself, and where
        /// the network cannot be used on images.
        own: Option<Box<OwnModel>>,
        /// Whether it runs from now on: `Model` and `Ready` follow.
        in_use: bool,
    },
    /// The zip of the last `Open` is a model's package and no scan: it is to be sent as a `Network`.
    PackageFound,
    /// The series found in the files of the last `Open`.
    Found {
        /// One entry a series, usable or not.
        series: Vec<SeriesInfo>,
    },
    /// A series was read. Carries its values as a `Float32Array`, i fastest.
    Opened {
        /// Its place in the list.
        series: usize,
        /// Its grid and unit.
        header: Header,
        /// What the list says of it now; entered values may have changed that.
        info: Box<SeriesInfo>,
        /// How its values became SUV, or what is missing for it; PET series of DICOM files only.
        suv: Option<Box<Record>>,
    },
    /// A label map to measure was read. Carries its labels on the grid of the selected series as a `Uint8Array`.
    Labels {
        /// The file's name.
        name: String,
        /// What a user should know of it.
        note: Option<String>,
    },
    /// The selected series was thinned, and is the thinned one from now on. Carries its values as a `Float32Array`.
    Thinned(Thinning),
    /// A label map was read, found in a CT or estimated, and lies on the grid of the selected series. Carries its labels there
    /// as a `Uint8Array`.
    MaskRead {
        /// Where it comes from.
        source: MaskSource,
        /// How many regions it holds, "none" not counted.
        regions: usize,
        /// What the model calls label 1, 2 and so on.
        tissues: Vec<String>,
        /// What a user should know of it.
        note: Option<String>,
    },
    /// A run goes on.
    Progress {
        /// What is being done.
        stage: String,
        /// Share of the whole run, 0 to 1.
        done: f64,
        /// Seconds left, once that can be told.
        seconds_left: Option<f64>,
        /// The tile under work, from 1; 0 outside the network.
        tile: usize,
        /// How many tiles there are; 0 outside the network.
        tiles: usize,
    },
    /// Something about the diffusion model.
    Denoise(FromDenoiser),
    /// A run is done. Carries the result's values as a `Float32Array` on the input's grid.
    Enhanced {
        /// Model, weights, quantisation, dose, backend: as JSON, for export and the run manifest.
        provenance: String,
        /// What the values measure.
        unit: Unit,
        /// The dose the run assumed, as a share of the standard dose; absent where the model takes none.
        dose: Option<f64>,
        /// Whether the dose was estimated from the image.
        estimated: bool,
        /// Input against result in a uniform region; absent when none was found.
        comparison: Option<Box<Comparison>>,
        /// Things a user should know about this run.
        notes: Vec<String>,
        /// The run's time in seconds.
        seconds: f64,
        /// Whether it was ended before its last step and this is what it had.
        unfinished: bool,
    },
    /// A run was ended before its end.
    Cancelled,
    /// A file is ready to be saved. Carries its bytes as a `Uint8Array`.
    File {
        /// Its name.
        name: String,
        /// What the file does not hold of the result, a sentence.
        note: Option<String>,
    },
    /// Something could not be done; everything else goes on.
    Refused {
        /// What is wrong.
        what: String,
        /// What the user can do.
        next: String,
    },
    /// The worker fell over and can no longer be used.
    Stopped {
        /// Where, for a bug report.
        what: String,
    },
    /// Network requests that the worker has made; 0 in a sealed room.
    Requests {
        /// How many.
        count: usize,
    },
}

/// Where the regions in use come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MaskSource {
    /// From files that the user added.
    Files {
        /// Their names.
        names: Vec<String>,
        /// Whether they are a CT in which the regions were found, and no label map.
        ct: bool,
    },
    /// Found in a CT of the series list.
    Series {
        /// Its place there.
        series: usize,
    },
    /// Estimated from the image itself.
    Estimated,
}

/// What was thinned, and how far.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Thinning {
    /// The share of the dose that was kept.
    pub share: f64,
    /// Which of many possible scans.
    pub seed: u64,
    /// Noise of the standard dose, deviation over mean.
    pub noise_before: f64,
    /// Noise measured on the thinned image.
    pub noise_after: f64,
}

/// Where the engine runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backend {
    /// The adapter's name, or "CPU".
    pub name: String,
    /// Whether it is a CPU in disguise or the CPU itself, so that a run is slow.
    pub slow: bool,
    /// Whether it is a GPU adapter.
    pub gpu: bool,
    /// What kernels it was found able to run, in a word.
    pub tier: String,
    /// Why the CPU computes and what would change that; empty on a GPU.
    pub why: String,
}

/// The grid and unit of a volume.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Voxels along i, j, k.
    pub dims: [usize; 3],
    /// Voxel index to RAS+ millimetres.
    pub affine: Affine,
    /// What the values measure.
    pub unit: Unit,
}

//! `model.json`: what a model is, what it takes and how well it did.

use darkroom_imaging::ContrastRecovery;
use serde::{Deserialize, Serialize};

use crate::{Identity, PipelineError, Probe, SegmenterSpec, TileSize};

/// The manifest of a model package.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// What it is, whatever its kind.
    #[serde(flatten)]
    pub model: Identity,
    /// What it does: "enhance".
    pub task: String,
    /// How it is run.
    pub pipeline: PipelineKind,
    /// The network's file.
    pub graph: String,
    /// The image it takes.
    pub input: InputImage,
    /// The region channels it takes, if it takes any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regions: Option<Regions>,
    /// What it gives.
    pub output: OutputImage,
    /// The doses it knows, if it is told one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dose: Option<DoseRange>,
    /// Measured quality.
    pub quality: Vec<Quality>,
    /// A small computation whose result is known; without it no backend is checked before it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<Probe>,
}

impl Manifest {
    /// Whether its numbers make sense together.
    ///
    /// # Errors
    /// The first that does not, in a sentence.
    pub(crate) fn check(&self) -> Result<(), PipelineError> {
        self.model.check()?;
        let refuse = |reason: &str| Err(PipelineError::Manifest(reason.to_owned()));
        if let Normalisation::Window { low, high } = self.input.normalisation
            && !(low < high && (high - low).is_finite())
        {
            return refuse("the window that becomes 0 to 1 has no width");
        }
        let PipelineKind::OnePass { tile, mean_preservation, contrast_recovery } = self.pipeline;
        if tile.inner == 0 || tile.multiple == 0 {
            return refuse("a tile needs an inner size and a multiple above 0");
        }
        if mean_preservation.is_some_and(|keep| !(1.0..=100.0).contains(&keep.sigma_mm)) {
            return refuse("the Gaussian that keeps means is not between 1 and 100 mm wide");
        }
        if let Some(recovery) = contrast_recovery {
            check_recovery(&recovery, self.input.normalisation)?;
        }
        if self.dose.as_ref().is_some_and(|dose| !(dose.min > 0.0 && dose.min <= dose.max && dose.max <= 1.0)) {
            return refuse("its dose range is not between 0 and 1");
        }
        if let Some(probe) = &self.probe {
            probe.check(1)?;
        }
        if let Some(regions) = &self.regions
            && let Some(segmenter) = &regions.segmenter
        {
            segmenter.check(regions.classes.len())?;
        }
        Ok(())
    }
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
        /// How lesions' contrast is given back after that; `None` leaves the network's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        contrast_recovery: Option<ContrastRecovery>,
    },
}

/// y + G * (x - y): what the network changed on scales wider than the Gaussian G is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeanPreservation {
    /// Standard deviation of G.
    pub sigma_mm: f64,
}

/// More passes than this change nothing but the time they take.
const MOST_PASSES: usize = 20;

/// Whether contrast can be recovered as the manifest says; the typical value that its floor is a part of is the
/// foreground's mean.
fn check_recovery(recovery: &ContrastRecovery, normalisation: Normalisation) -> Result<(), PipelineError> {
    let &ContrastRecovery { sigma_mm, blob_mm, around_mm, from, full, floor, passes } = recovery;
    let widths =
        [sigma_mm, blob_mm, around_mm].iter().all(|sigma| (1.0..=100.0).contains(sigma)) && blob_mm < around_mm;
    let steps = from >= 0.0 && from < full && full.is_finite();
    if widths
        && steps
        && floor > 0.0
        && floor.is_finite()
        && (1..=MOST_PASSES).contains(&passes)
        && normalisation == Normalisation::ForegroundMean
    {
        return Ok(());
    }
    Err(PipelineError::Manifest(
        "contrast recovery needs Gaussians of 1 to 100 mm, of which the blob's is the narrower, contrasts that rise, a floor \
         above 0, 1 to 20 passes and the foreground's mean as normalisation"
            .to_owned(),
    ))
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
    /// How values are normalised before the network, and brought back after it.
    pub normalisation: Normalisation,
    /// What the network sees at a time.
    #[serde(default)]
    pub axes: Axes,
}

/// How values are normalised: v becomes (v - shift) / scale, and the result y becomes y scale + shift.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Normalisation {
    /// Divided by the mean of the smoothed foreground; results below zero become zero.
    ForegroundMean,
    /// As they are.
    None,
    /// The volume's smallest value becomes 0, its largest 1.
    MinMax,
    /// Mean 0 and standard deviation 1 over the volume.
    ZScore,
    /// `low` becomes 0 and `high` 1, as Hounsfield units are windowed; values outside are cut off.
    Window {
        /// The value that becomes 0.
        low: f64,
        /// The value that becomes 1.
        high: f64,
    },
}

/// What the network sees at a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Axes {
    /// (1, 1, depth, height, width).
    #[default]
    Volume,
    /// (1, 1, height, width), one axial slice after the other.
    Slices,
}

impl Axes {
    /// The shape of a tensor over a window (D, H, W).
    #[must_use]
    pub fn shape(self, channels: usize, [depth, height, width]: [usize; 3]) -> Vec<usize> {
        match self {
            Self::Volume => vec![1, channels, depth, height, width],
            Self::Slices => vec![1, channels, height, width],
        }
    }

    /// Along each of (D, H, W) one number, or none across the slices.
    #[must_use]
    pub fn along(self, size: usize, across: usize) -> [usize; 3] {
        [if self == Self::Slices { across } else { size }, size, size]
    }
}

/// The region map: one channel a class, one for everything else, one that carries the dose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Regions {
    /// The graph's input.
    pub name: String,
    /// Classes of channels 0, 1, 2 ...; label n + 1 of a mask is class n.
    pub classes: Vec<String>,
    /// The channel that is 1 where the region is another or unknown.
    pub unknown: usize,
    /// The channel that holds log2(1 / dose) / log2(20) everywhere.
    pub dose: usize,
    /// The network that finds the regions in the image, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segmenter: Option<SegmenterSpec>,
}

impl Regions {
    /// Number of channels.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.classes.len().max(self.unknown + 1).max(self.dose + 1)
    }
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

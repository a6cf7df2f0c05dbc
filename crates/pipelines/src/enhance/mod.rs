//! The one-pass pipeline: check, normalise, cut into tiles, run the network, blend, undo.

mod clock;
mod mask;
mod named;
mod restore;
mod tiles;

use std::ops::ControlFlow;

use clock::Clock;
use darkroom_imaging::checks::{below_zero, check};
use darkroom_imaging::normalise::{Foreground, estimate_dose, foreground, noise};
use darkroom_imaging::statistics::{Comparison, compare};
use darkroom_imaging::tiling::Tiling;
use darkroom_imaging::{Refusal, Volume, homogeneous_region};
pub use mask::{Mask, MaskSource};
use tiles::Condition;

use crate::manifest::DoseRange;
use crate::package::sha256_of;
use crate::provenance::Maker;
use crate::runner::{Backend, Runner};
use crate::scaling::Scaling;
use crate::{Dose, Origin, Package, PipelineError, Provenance, probe};

/// What the user may choose.
#[derive(Clone, Debug, Default)]
pub struct EnhanceOptions {
    /// The dose of the image as a fraction of the standard dose; estimated from its noise when `None`.
    pub dose: Option<f64>,
    /// The mask that the network is told.
    pub regions: Option<Mask>,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// What is being done.
    pub stage: &'static str,
    /// Share of the whole run, 0 to 1.
    pub done: f64,
    /// The tile being computed, from 1; 0 before the first.
    pub tile: usize,
    /// Number of tiles.
    pub tiles: usize,
}

/// A result.
#[derive(Clone, Debug)]
pub struct Enhanced {
    /// The enhanced image on the input's grid, in its unit.
    pub volume: Volume,
    /// How it was made.
    pub provenance: Provenance,
    /// Input and result in a uniform region; `None` when the image has none.
    pub comparison: Option<Comparison>,
    /// What the user should know about this run.
    pub notes: Vec<String>,
}

/// A checked package on a backend that passed its probe.
#[derive(Debug)]
pub struct Enhancer {
    package: Package,
    backend: Backend,
    /// The plan of the last window, kept because scans of one scanner share it.
    planned: Option<([usize; 3], Runner)>,
    /// Whether the segmenter passed its probe on the backend.
    segmenter_proved: bool,
}

/// What `watch` is given and may answer.
type Watch<'a> = &'a mut dyn FnMut(Progress) -> ControlFlow<()>;

impl Enhancer {
    /// Runs the package's probe on `backend`; only a backend that computes rightly is accepted.
    ///
    /// # Errors
    /// [`PipelineError::WrongAnswer`], and whatever planning the network on this backend says.
    pub async fn open(package: Package, backend: Backend) -> Result<Self, PipelineError> {
        probe::run(&package, &backend).await?;
        Ok(Self { package, backend, planned: None, segmenter_proved: false })
    }

    /// The package it runs.
    #[must_use]
    pub fn package(&self) -> &Package {
        &self.package
    }

    /// The backend it runs on.
    #[must_use]
    pub fn backend(&self) -> &Backend {
        &self.backend
    }

    /// The dose that the image's noise suggests, as a fraction of the standard dose, inside the model's range.
    ///
    /// # Errors
    /// An image that cannot be used, in a sentence.
    pub fn estimate_dose(&self, input: &Volume) -> Result<f64, PipelineError> {
        let foreground = foreground(input).map_err(PipelineError::Image)?;
        let dose = self.package.manifest.dose.as_ref();
        let dose = dose.ok_or_else(|| PipelineError::Manifest("the model takes no dose".to_owned()))?;
        dose_of(dose, input, &foreground)
    }

    /// Enhances `input`. `watch` is called at least once a tile and, on slow adapters, several times; it may end
    /// the run.
    ///
    /// # Errors
    /// An unusable image, mask or dose, a GPU that fails, [`PipelineError::Cancelled`].
    pub async fn run(
        &mut self,
        input: &Volume,
        options: &EnhanceOptions,
        watch: Watch<'_>,
    ) -> Result<Enhanced, PipelineError> {
        let mut clock = Clock::start();
        report(watch, "checking the image", 0.0, (0, 0))?;
        let mut notes = check(input).map_err(PipelineError::Image)?;
        if self.package.manifest.input.modality == "PT" {
            notes.extend(below_zero(input));
        }
        notes.extend(self.outside_domain(input));
        let foreground = foreground(input);
        let normalisation = self.package.manifest.input.normalisation;
        let scaling = Scaling::of(normalisation, input, foreground.as_ref()).map_err(PipelineError::Image)?;
        let dose = self.dose(input, options.dose, foreground.as_ref(), &mut notes)?;
        let regions = self.usable_regions(input, options.regions.as_ref(), foreground.as_ref().ok(), &mut notes)?;
        let labels = regions.map(|mask| &mask.labels);
        let condition = Condition { dose: dose.map_or(1.0, |dose| dose.fraction), regions: labels };
        clock.lap("check");

        report(watch, "planning", 0.01, (0, 0))?;
        let tiling = self.plan(input, &mut notes).await?;
        clock.lap("plan");

        let network = self.network(input, scaling, condition, &tiling, watch).await?;
        clock.lap("network");

        report(watch, "measuring the result", 0.98, (tiling.count(), tiling.count()))?;
        let bad = network.iter().filter(|value| !value.is_finite()).count();
        if bad > 0 {
            return Err(PipelineError::NotFinite(bad));
        }
        let volume = self.restored(input, network, scaling)?;
        let comparison = foreground.ok().and_then(|foreground| compared(input, &volume, &foreground));
        clock.lap("measure");
        let provenance = self.provenance(input, (dose, regions), &tiling, scaling, clock.laps);
        Ok(Enhanced { volume, provenance, comparison, notes })
    }

    /// The dose the model is told: the one given, or the one that the noise suggests.
    fn dose(
        &self,
        input: &Volume,
        given: Option<f64>,
        foreground: Result<&Foreground, &Refusal>,
        notes: &mut Vec<String>,
    ) -> Result<Option<Dose>, PipelineError> {
        let Some(known) = &self.package.manifest.dose else {
            if given.is_some() {
                notes.push("This model takes no dose; the one given was not used.".to_owned());
            }
            return Ok(None);
        };
        let fraction = match given {
            Some(dose) if !(known.min..=known.max).contains(&dose) => {
                return Err(PipelineError::Dose { dose, min: known.min, max: known.max });
            }
            Some(dose) => dose,
            None => {
                let foreground = foreground.map_err(|refusal| PipelineError::Image(refusal.clone()))?;
                dose_of(known, input, foreground)?
            }
        };
        Ok(Some(Dose { fraction, estimated: given.is_none() }))
    }

    /// What speaks against this image without forbidding it.
    fn outside_domain(&self, input: &Volume) -> Option<String> {
        let [min, max] = self.package.manifest.input.spacing_mm;
        let spacing = input.spacing();
        spacing.iter().any(|&edge| edge < min || edge > max).then(|| {
            let [i, j, k] = spacing;
            format!(
                "Voxels of {i:.2} x {j:.2} x {k:.2} mm lie outside the {min} to {max} mm this model was trained for: \
                 expect a weaker result."
            )
        })
    }

    fn provenance(
        &self,
        input: &Volume,
        (dose, mask): (Option<Dose>, Option<&Mask>),
        tiling: &Tiling,
        scaling: Scaling,
        seconds: Vec<(String, f64)>,
    ) -> Provenance {
        let estimated = mask.is_some_and(|mask| mask.source == MaskSource::Segmenter);
        let segmenter = self.package.segmenter.as_ref().filter(|_| estimated);
        Provenance {
            maker: Maker::of(
                &self.package.manifest.model,
                &self.package.weights_sha256,
                &self.backend,
                self.planned.as_ref().map_or("float32", |(_, runner)| runner.storage()),
            ),
            dose,
            mask: mask.is_some(),
            segmenter_sha256: segmenter.map(|segmenter| segmenter.sha256.clone()),
            ct_sha256: mask.and_then(Mask::ct_sha256),
            tile: tiling.window(),
            tiles: tiling.count(),
            shift: scaling.shift,
            scale: scaling.scale,
            origin: Origin::default(),
            input_sha256: sha256_of(&input.data),
            seconds,
            memory: self.planned.as_ref().map(|(_, runner)| runner.memory).unwrap_or_default(),
        }
    }
}

/// The dose that an image's noise suggests, inside the range the model knows.
fn dose_of(known: &DoseRange, input: &Volume, foreground: &Foreground) -> Result<f64, PipelineError> {
    let noise = noise(input, foreground).map_err(PipelineError::Image)?;
    Ok(estimate_dose(noise, known.estimate.intercept, known.estimate.slope).clamp(known.min, known.max))
}

/// Input and result in a uniform region of the input, if it has one.
pub(crate) fn compared(input: &Volume, result: &Volume, foreground: &Foreground) -> Option<Comparison> {
    compare(input, result, homogeneous_region(input, foreground)?).ok().flatten()
}

fn report(
    watch: Watch<'_>,
    stage: &'static str,
    done: f64,
    (tile, tiles): (usize, usize),
) -> Result<(), PipelineError> {
    match watch(Progress { stage, done, tile, tiles }) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(PipelineError::Cancelled),
    }
}

/// A grid that does not match itself: only a caller that built a volume by hand can cause it.
pub(crate) fn damaged(reason: &str) -> PipelineError {
    PipelineError::Image(Refusal::new(
        format!("The image contradicts itself: {reason}."),
        "Export the series again and drop it anew.",
    ))
}

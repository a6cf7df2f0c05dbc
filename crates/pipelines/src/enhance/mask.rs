//! The mask of a run: given or estimated from the image, and used only where it fits.

use darkroom_imaging::mask_fit::misfit;
use darkroom_imaging::normalise::{Foreground, foreground};
use darkroom_imaging::{LabelMap, Volume};

use super::{Enhancer, Watch, report};
use crate::PipelineError;
use crate::manifest::Regions;
use crate::scaling::Scaling;

/// Regions on the image's grid: label n + 1 is the manifest's class n, all others are "unknown".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    /// The labels.
    pub labels: LabelMap,
    /// Whether they were estimated from the image: see [`Enhancer::estimate_mask`].
    pub estimated: bool,
}

impl From<LabelMap> for Mask {
    /// A mask that somebody drew.
    fn from(labels: LabelMap) -> Self {
        Self { labels, estimated: false }
    }
}

impl Mask {
    /// How the notes call it.
    fn name(&self) -> &'static str {
        if self.estimated { "The estimated mask" } else { "The mask" }
    }
}

impl Enhancer {
    /// The mask that the package's segmenter finds in the image. The segmenter is proved on this backend before its
    /// first use.
    ///
    /// # Errors
    /// An image that cannot be used, a package without segmenter, a backend that fails, [`PipelineError::Cancelled`].
    pub async fn estimate_mask(&mut self, input: &Volume, watch: Watch<'_>) -> Result<Mask, PipelineError> {
        let Some(segmenter) = &self.package.segmenter else {
            return Err(PipelineError::NoSegmenter);
        };
        if !self.segmenter_proved {
            segmenter.prove(&self.backend).await?;
            self.segmenter_proved = true;
        }
        let foreground = foreground(input);
        let normalisation = self.package.manifest.input.normalisation;
        let scaling = Scaling::of(normalisation, input, foreground.as_ref()).map_err(PipelineError::Image)?;
        let mut step = |done: f64| match report(watch, "estimating the mask", done, (0, 0)) {
            Ok(()) => std::ops::ControlFlow::Continue(()),
            Err(_) => std::ops::ControlFlow::Break(()),
        };
        let labels = segmenter.labels(input, scaling, &self.backend, &mut step).await?;
        Ok(Mask { labels, estimated: true })
    }

    /// Why a run on this image does not use this mask, in a sentence; `None` where it would use it.
    ///
    /// # Errors
    /// A mask on another grid.
    pub fn objection(&self, input: &Volume, mask: &Mask) -> Result<Option<String>, PipelineError> {
        self.spoken_against(input, mask, foreground(input).ok().as_ref())
    }

    /// The mask that the run uses; where it uses none, why not.
    pub(super) fn usable_regions<'a>(
        &self,
        input: &Volume,
        regions: Option<&'a Mask>,
        foreground: Option<&Foreground>,
        notes: &mut Vec<String>,
    ) -> Result<Option<&'a Mask>, PipelineError> {
        let Some(mask) = regions else { return Ok(None) };
        if let Some(why) = self.spoken_against(input, mask, foreground)? {
            notes.push(why);
            return Ok(None);
        }
        if mask.estimated {
            notes.push("The mask was estimated from the image itself, not drawn by anybody.".to_owned());
        }
        Ok(Some(mask))
    }

    fn spoken_against(
        &self,
        input: &Volume,
        mask: &Mask,
        foreground: Option<&Foreground>,
    ) -> Result<Option<String>, PipelineError> {
        let map = &mask.labels;
        if map.dims != input.dims {
            return Err(PipelineError::Mask { mask: map.dims, image: input.dims });
        }
        let Some(known) = &self.package.manifest.regions else {
            return Ok(Some("This model takes no mask; the one given was not used.".to_owned()));
        };
        let classes = u8::try_from(known.classes.len()).unwrap_or(u8::MAX);
        if !map.labels.iter().any(|label| (1..=classes).contains(label)) {
            let found = if mask.estimated {
                format!("None of the {classes} tissues was found in the image")
            } else {
                format!("The mask holds none of the labels 1 to {classes}")
            };
            return Ok(Some(format!("{found}, so no mask is used.")));
        }
        // What uptake says of organs is true of PET only.
        let foreground = foreground.filter(|_| self.package.manifest.input.modality == "PT");
        let found = foreground.and_then(|foreground| misfit(input, foreground, map, classes, lungs(known)));
        Ok(found.map(|why| {
            format!(
                "{} does not fit this image: {why}. A mask that does not fit is worse than none, so it is not used.",
                mask.name()
            )
        }))
    }
}

/// The label of the lungs, whose uptake is low.
fn lungs(regions: &Regions) -> Option<u8> {
    regions.classes.iter().position(|name| name == "lungs").and_then(|at| u8::try_from(at + 1).ok())
}

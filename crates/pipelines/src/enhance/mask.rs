//! The mask of a run: given, found in the patient's CT or estimated from the image, and used only where it fits.

use darkroom_imaging::ct::{CtTissues, Tissue, overlap};
use darkroom_imaging::mask_fit::misfit;
use darkroom_imaging::normalise::{Foreground, foreground};
use darkroom_imaging::{LabelMap, Refusal, Volume};

use super::named::told;
use super::{Enhancer, Watch, report};
use crate::package::sha256_of;
use crate::scaling::Scaling;
use crate::{Package, PipelineError};

/// Regions on the image's grid: label n + 1 is the manifest's class n, all others are "unknown".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    /// The labels.
    pub labels: LabelMap,
    /// Where they come from.
    pub source: MaskSource,
}

/// Where a mask comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MaskSource {
    /// Somebody drew it, or another program did.
    Given,
    /// The package's segmenter found it in the image itself: see [`Enhancer::estimate_mask`].
    Segmenter,
    /// Thresholds found it in the CT: see [`Mask::from_ct`].
    Ct {
        /// SHA-256 of the CT's voxels as little-endian float32.
        sha256: String,
    },
}

impl From<LabelMap> for Mask {
    /// A mask that somebody drew.
    fn from(labels: LabelMap) -> Self {
        Self { labels, source: MaskSource::Given }
    }
}

impl Mask {
    /// A label map on the image's grid, and what to tell of it. Where the map names its regions (label and name of each), as
    /// TotalSegmentator's do, they are taken by name; else label n + 1 is the model's class n.
    #[must_use]
    pub fn given(package: &Package, labels: LabelMap, names: &[(u8, String)]) -> (Self, Option<String>) {
        let (labels, note) = told(labels, names, classes(package));
        (labels.into(), note)
    }

    /// Lungs, spine and ribs as a CT of the same patient and study shows them, and what to tell of it; all other tissues are
    /// unknown.
    ///
    /// # Errors
    /// A model that takes none of them, what is no CT in HU, a CT without lungs or one that does not overlap the image.
    pub fn from_ct(package: &Package, input: &Volume, ct: &Volume) -> Result<(Self, Option<String>), PipelineError> {
        let label = |tissue: Tissue| label_of(classes(package), tissue).unwrap_or(0);
        if Tissue::ALL.into_iter().all(|tissue| label(tissue) == 0) {
            return Err(PipelineError::Image(Refusal::new(
                "This model is told of no tissue that a CT shows: lungs, spine or ribs.",
                "Give it a label map, or run it without a mask.",
            )));
        }
        overlap(ct, input).map_err(PipelineError::Image)?;
        let found = CtTissues::find(ct).and_then(|tissues| tissues.onto(input, label));
        let (labels, note) = found.map_err(PipelineError::Image)?;
        Ok((Self { labels, source: MaskSource::Ct { sha256: sha256_of(&ct.data) } }, note))
    }

    /// How the notes call it.
    fn name(&self) -> &'static str {
        match self.source {
            MaskSource::Given => "The mask",
            MaskSource::Segmenter => "The estimated mask",
            MaskSource::Ct { .. } => "The mask from the CT",
        }
    }

    /// What the notes of a run say of where it comes from.
    fn origin(&self) -> Option<&'static str> {
        match self.source {
            MaskSource::Given => None,
            MaskSource::Segmenter => Some("The mask was estimated from the image itself, not drawn by anybody."),
            MaskSource::Ct { .. } => Some(
                "The mask was found in the CT by thresholds, not drawn by anybody: lungs, spine and ribs; other tissues are \
                 unknown.",
            ),
        }
    }

    /// SHA-256 of the CT it was found in, if it was.
    pub(super) fn ct_sha256(&self) -> Option<String> {
        match &self.source {
            MaskSource::Ct { sha256 } => Some(sha256.clone()),
            MaskSource::Given | MaskSource::Segmenter => None,
        }
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
        Ok(Mask { labels, source: MaskSource::Segmenter })
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
        notes.extend(mask.origin().map(str::to_owned));
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
            let found = if mask.source == MaskSource::Segmenter {
                format!("None of the {classes} tissues was found in the image")
            } else {
                format!("The mask holds none of the labels 1 to {classes}")
            };
            return Ok(Some(format!("{found}, so no mask is used.")));
        }
        // What uptake says of organs is true of PET only.
        let foreground = foreground.filter(|_| self.package.manifest.input.modality == "PT");
        let lungs = label_of(&known.classes, Tissue::Lungs);
        let found = foreground.and_then(|foreground| misfit(input, foreground, map, classes, lungs));
        Ok(found.map(|why| {
            format!(
                "{} does not fit this image: {why}. A mask that does not fit is worse than none, so it is not used.",
                mask.name()
            )
        }))
    }
}

/// The classes that a package's model is told.
fn classes(package: &Package) -> &[String] {
    package.manifest.regions.as_ref().map_or(&[], |regions| &regions.classes)
}

/// The label that a model with these classes has for a tissue.
fn label_of(classes: &[String], tissue: Tissue) -> Option<u8> {
    classes.iter().position(|name| name == tissue.name()).and_then(|at| u8::try_from(at + 1).ok())
}

//! What is measured on one image of one pair.

use std::collections::BTreeMap;

use darkroom_imaging::quality::{self, Errors};
use darkroom_imaging::statistics::in_label;
use darkroom_imaging::{LabelMap, LesionCounts, LesionDetector, Volume};
use serde::Serialize;

use super::item::{Item, unusable};
use crate::error::CliError;

/// Fewest voxels of a region and of a lesion whose mean is compared.
const FEWEST: [usize; 2] = [100, 4];

/// What an image was made by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Method {
    /// The low dose as it is.
    Untouched,
    /// The Gaussian tuned for the dose.
    Gaussian,
    /// The model.
    Model,
}

/// Figures against one reference.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Figures {
    pub(crate) nrmse: f64,
    pub(crate) psnr_db: f64,
    pub(crate) ssim: f64,
}

/// A lesion's change against the standard dose, in per cent.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Lesion {
    pub(crate) suv_mean: f64,
    pub(crate) suv_max: f64,
    /// Of a sphere of its volume.
    pub(crate) diameter_mm: f64,
}

/// All figures of one image.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) pair: String,
    pub(crate) dose: f64,
    pub(crate) method: Method,
    /// Against the standard dose.
    pub(crate) standard: Figures,
    /// Against the noise-free image, where it is known.
    pub(crate) truth: Option<Figures>,
    /// Bias of each region's mean against the standard dose, per cent, by label.
    pub(crate) regions: BTreeMap<u8, f64>,
    pub(crate) lesions: Vec<Lesion>,
    /// Lesions that the standard dose shows, those lost and those invented.
    pub(crate) counts: LesionCounts,
}

/// What the images of a pair are measured with.
pub(crate) struct Judge<'a> {
    item: &'a Item,
    body: Vec<bool>,
    detector: LesionDetector,
}

impl<'a> Judge<'a> {
    pub(crate) fn of(item: &'a Item) -> Result<Self, CliError> {
        let body = item.body()?;
        let detector = LesionDetector::new(&item.standard, item.truth.as_ref(), body.clone(), item.lesions.as_ref());
        Ok(Self { item, body, detector: detector.map_err(unusable)? })
    }

    /// All figures of an image of the pair.
    pub(crate) fn row(&self, dose: f64, method: Method, image: &Volume) -> Result<Row, CliError> {
        let Self { item, body, detector } = self;
        let truth = item.truth.as_ref().map(|truth| figures(image, truth, body)).transpose()?;
        let mut regions = BTreeMap::new();
        let [least_region, least_lesion] = FEWEST;
        for (label, [after, before], voxels) in labelled(item.regions.as_ref(), image, &item.standard)? {
            if voxels >= least_region {
                regions.insert(label, change(after.mean, before.mean));
            }
        }
        let voxel: f64 = item.standard.spacing().iter().product();
        let mut lesions = Vec::new();
        for (_, [after, before], voxels) in labelled(item.lesions.as_ref(), image, &item.standard)? {
            // Beyond the field of view there is nothing to compare.
            if voxels >= least_lesion && before.mean > 0.0 {
                let diameter_mm = (6.0 * voxels as f64 * voxel / std::f64::consts::PI).cbrt();
                let [suv_mean, suv_max] = [change(after.mean, before.mean), change(after.max, before.max)];
                lesions.push(Lesion { suv_mean, suv_max, diameter_mm });
            }
        }
        let standard = figures(image, &item.standard, body)?;
        let counts = detector.counts(image).map_err(unusable)?;
        Ok(Row { pair: item.name.clone(), dose, method, standard, truth, regions, lesions, counts })
    }
}

/// NRMSE and PSNR inside the body.
pub(crate) fn errors(image: &Volume, reference: &Volume, body: &[bool]) -> Result<Errors, CliError> {
    quality::errors(image, reference, body).map_err(unusable)?.ok_or_else(empty)
}

fn figures(image: &Volume, reference: &Volume, body: &[bool]) -> Result<Figures, CliError> {
    let Errors { nrmse, psnr_db } = errors(image, reference, body)?;
    let ssim = quality::ssim(image, reference, body).map_err(unusable)?.ok_or_else(empty)?;
    Ok(Figures { nrmse, psnr_db, ssim })
}

type Both = [darkroom_imaging::statistics::Statistics; 2];

/// Each label with the image's and the standard dose's statistics and its voxels.
fn labelled(map: Option<&LabelMap>, image: &Volume, standard: &Volume) -> Result<Vec<(u8, Both, usize)>, CliError> {
    let Some(map) = map else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for label in 1..=map.labels.iter().copied().max().unwrap_or(0) {
        let after = in_label(image, map, label).map_err(unusable)?;
        let before = in_label(standard, map, label).map_err(unusable)?;
        if let (Some(after), Some(before)) = (after, before) {
            found.push((label, [after, before], before.voxels));
        }
    }
    Ok(found)
}

fn change(after: f64, before: f64) -> f64 {
    100.0 * (after / before - 1.0)
}

fn empty() -> CliError {
    CliError::Refused {
        what: "The reference of a pair is zero inside the body.".into(),
        next: "Check that standard and truth hold images, in the unit of the low doses.".into(),
    }
}

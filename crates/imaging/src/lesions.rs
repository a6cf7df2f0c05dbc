//! Lesions that an image shows, has lost or has invented, against the standard dose it stands for.
//!
//! The definition is `Detector` in `training/measures.py`, so that tables made by either can stand side by side.

use serde::{Deserialize, Serialize};

use crate::gaussian::{Edges, smoothed};
use crate::neighbours::{largest_around, neighbours, pieces};
use crate::{LabelMap, Volume, VolumeError};

/// Standard deviations of the Gaussians that a blob and its surroundings are seen through, in mm.
const BLOB_MM: f64 = 3.0;
const SURROUND_MM: f64 = 8.0;
/// Where both are cut, in standard deviations.
const CUT: f64 = 3.0;
/// Contrast from which a lesion shows, and below which there is none.
const SHOWS: f32 = 0.30;
const HIDDEN: f32 = 0.15;
/// Nearest that a detection may lie to the body's edge within a slice, in mm.
const MARGIN_MM: f64 = 8.0;
/// How far around a voxel it is looked for the same blob, in mm.
const REACH_MM: f64 = 8.0;
/// Where the surroundings hold less than this part of the body's mean, nothing is detected.
const FAINT: f64 = 0.25;
/// Surroundings are at least this when a contrast is divided by them.
const LEAST: f32 = 1e-6;

/// How many lesions an image has kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LesionCounts {
    /// Lesions that show in the standard dose.
    pub shown: usize,
    /// Those of them whose contrast in the image stays below 0.15.
    pub lost: usize,
    /// Blobs of a contrast of 0.30 or more where, within 8 mm, neither the standard dose nor the noise-free image
    /// reaches 0.15, away from lesions.
    pub invented: usize,
}

impl std::ops::Add for LesionCounts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { shown: self.shown + other.shown, lost: self.lost + other.lost, invented: self.invented + other.invented }
    }
}

/// Finds lesions in the images that stand for one standard dose.
///
/// Contrast is the height of a blob over its surroundings, (G3 - G8) / G8 with Gaussians of 3 and 8 mm, and 0 within 8 mm
/// of the body's edge in each slice (k) and where the surroundings hold less than a quarter of the body's mean. A lesion
/// shows where its contrast reaches 0.30.
#[derive(Clone, Debug)]
pub struct LesionDetector {
    dims: [usize; 3],
    reach: [usize; 3],
    body: Vec<bool>,
    /// The body without its margin.
    inner: Vec<bool>,
    /// Where the standard dose or the truth has something nearby.
    known: Vec<bool>,
    /// Where a lesion was drawn nearby.
    near_lesion: Vec<bool>,
    /// The voxels of each lesion that the standard dose shows.
    shown: Vec<Vec<usize>>,
}

impl LesionDetector {
    /// What is known of an item: its standard dose, its noise-free image where there is one, where its body is, and
    /// where its lesions are.
    ///
    /// Where nobody drew the lesions, each local maximum of the standard dose's contrast from 0.30 up is one, with 8 mm
    /// around it.
    ///
    /// # Errors
    /// [`VolumeError::Grid`] or [`VolumeError::Length`] when the grids differ.
    pub fn new(
        standard: &Volume,
        truth: Option<&Volume>,
        body: Vec<bool>,
        lesions: Option<&LabelMap>,
    ) -> Result<Self, VolumeError> {
        let dims = standard.dims;
        let spacing = standard.spacing();
        let grids = [truth.map(|truth| truth.dims), lesions.map(|map| map.dims)];
        if let Some(other) = grids.into_iter().flatten().find(|other| *other != dims) {
            return Err(VolumeError::Grid(other, dims));
        }
        if body.len() != standard.data.len() {
            return Err(VolumeError::Length(dims[0], dims[1], dims[2], body.len()));
        }
        // Rounded as NumPy does, halves to the even number.
        let reach = spacing.map(|edge| (REACH_MM / edge).round_ties_even() as usize);
        let margin = ((MARGIN_MM / spacing[0]).round_ties_even() as usize).max(1);
        let inner = eroded(&body, dims, margin);
        let empty = vec![false; body.len()];
        let mut made = Self { dims, reach, body, inner, known: empty.clone(), near_lesion: empty, shown: Vec::new() };
        let contrast = made.contrast(standard)?;
        let mut around = made.around(&contrast);
        if let Some(truth) = truth {
            let of_truth = made.around(&made.contrast(truth)?);
            around = around.iter().zip(of_truth).map(|(a, b)| a.max(b)).collect();
        }
        made.known = around.into_iter().map(|largest| largest >= HIDDEN).collect();
        match lesions {
            Some(map) => {
                let drawn: Vec<f32> = map.labels.iter().map(|&label| f32::from(u8::from(label > 0))).collect();
                made.near_lesion = made.around(&drawn).into_iter().map(|near| near > 0.0).collect();
                let mut places = vec![Vec::new(); 256];
                for (voxel, &label) in map.labels.iter().enumerate() {
                    places[usize::from(label)].push(voxel);
                }
                let shows = |place: &Vec<usize>| place.iter().any(|&voxel| contrast[voxel] >= SHOWS);
                made.shown = places.into_iter().skip(1).filter(shows).collect();
            }
            None => {
                let peaks = made.peaks(&contrast);
                made.shown = pieces(dims, peaks).iter().map(|peak| made.box_around(peak)).collect();
            }
        }
        Ok(made)
    }

    /// How many lesions show in the standard dose, how many of them an image has lost, and how many it has invented.
    ///
    /// # Errors
    /// [`VolumeError::Grid`] when the image lies on another grid.
    pub fn counts(&self, image: &Volume) -> Result<LesionCounts, VolumeError> {
        let contrast = self.contrast(image)?;
        let lost = |place: &&Vec<usize>| place.iter().all(|&voxel| contrast[voxel] < HIDDEN);
        let unknown: Vec<bool> = (self.peaks(&contrast).into_iter().zip(&self.known).zip(&self.near_lesion))
            .map(|((peak, known), near)| peak && !known && !near)
            .collect();
        Ok(LesionCounts {
            shown: self.shown.len(),
            lost: self.shown.iter().filter(lost).count(),
            invented: pieces(self.dims, unknown).len(),
        })
    }

    /// The contrast of every voxel.
    ///
    /// # Errors
    /// [`VolumeError::Grid`] when the image lies on another grid.
    pub fn contrast(&self, image: &Volume) -> Result<Vec<f32>, VolumeError> {
        if image.dims != self.dims {
            return Err(VolumeError::Grid(image.dims, self.dims));
        }
        let [blob, surround] = [BLOB_MM, SURROUND_MM].map(|sigma| smoothed(image, sigma, CUT, Edges::Mirrored));
        let inside = image.data.iter().zip(&self.body).filter(|(_, inside)| **inside);
        let (sum, count) = inside.fold((0.0, 0_usize), |(sum, n), (value, _)| (sum + f64::from(*value), n + 1));
        let faint = FAINT * sum / count.max(1) as f64;
        let contrast = |((blob, surround), inner): ((f32, f32), &bool)| {
            let allowed = *inner && f64::from(surround) > faint;
            if allowed { (blob - surround) / surround.max(LEAST) } else { 0.0 }
        };
        Ok(blob.into_iter().zip(surround).zip(&self.inner).map(contrast).collect())
    }

    /// Local maxima from which a blob shows.
    fn peaks(&self, contrast: &[f32]) -> Vec<bool> {
        let around = self.around(contrast);
        contrast.iter().zip(around).map(|(&here, largest)| here >= SHOWS && here >= largest).collect()
    }

    fn around(&self, values: &[f32]) -> Vec<f32> {
        largest_around(values, self.dims, self.reach)
    }

    /// The voxels within reach of some.
    fn box_around(&self, voxels: &[usize]) -> Vec<usize> {
        let mut mark = vec![0.0; self.body.len()];
        for &voxel in voxels {
            mark[voxel] = 1.0;
        }
        let near = self.around(&mark).into_iter().enumerate().filter(|(_, near)| *near > 0.0);
        near.map(|(voxel, _)| voxel).collect()
    }
}

/// A mask without the voxels that lie within `steps` steps from its edge, along i and j; beyond the image is outside.
fn eroded(mask: &[bool], [nx, ny, nz]: [usize; 3], steps: usize) -> Vec<bool> {
    let mut mask = mask.to_vec();
    for _ in 0..steps {
        let before = mask.clone();
        for voxel in 0..mask.len() {
            let (i, j) = (voxel % nx, voxel / nx % ny);
            let border = i == 0 || i + 1 == nx || j == 0 || j + 1 == ny;
            // A slice of its own: k is no neighbourhood here.
            let slice = voxel / (nx * ny) * nx * ny;
            let within = || neighbours(voxel, [nx, ny, nz]).filter(|n| n / (nx * ny) * nx * ny == slice);
            mask[voxel] = before[voxel] && !border && within().all(|neighbour| before[neighbour]);
        }
    }
    mask
}

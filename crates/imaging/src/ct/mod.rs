//! Lungs, spine and ribs from a CT, by its numbers and by where things lie. No network, and nothing that a threshold cannot
//! tell: liver, spleen, kidneys, stomach and heart are 20 to 60 HU alike and stay unknown.
//!
//! The CT is looked at as means over cells of 3 mm, ordered as the patient lies, so that one CT is found alike at every
//! resolution and orientation. A border lies where half a cell is of either side, so each threshold is the middle of what it
//! parts. The numbers are those of textbooks (Bushberg et al., The Essential Physics of Medical Imaging): air -1000 HU, lungs
//! -950 to -600, fat -120 to -60, soft tissue 20 to 70, spongy bone 100 to 300, compact bone above 300.
//!
//! - `body`: the largest piece denser than air, without the couch;
//! - `lungs`: what is neither air nor tissue inside it, in pieces as large as lungs are;
//! - `spine`: the bones followed from slice to slice, from those behind the lungs' middle;
//! - `ribs`: thin bones that touch the lungs' wall.
//!
//! Without lungs no bone can be told from another, and nothing is found. `docs/masks.md` has how well it does.

mod body;
mod check;
mod lungs;
mod morphology;
mod ribs;
mod spine;
#[cfg(test)]
mod tests;

use morphology::Grid;

use crate::{Affine, Cells, LabelMap, Refusal, SeriesInfo, Volume, VolumeError, geometry, resample};

/// Edge of a cell in millimetres.
const CELL_MM: f64 = 3.0;
/// Below this an image is told how little of it the CT covers.
const ENOUGH_COVERED: f64 = 0.5;

/// What is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tissue {
    /// Both lungs, with the vessels in them.
    Lungs,
    /// Vertebrae, discs and the canal, without the sacrum.
    Spine,
    /// The bony ribs.
    Ribs,
}

impl Tissue {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Lungs, Self::Spine, Self::Ribs];

    /// What models call it among their classes.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Lungs => "lungs",
            Self::Spine => "spine",
            Self::Ribs => "ribs",
        }
    }
}

/// The tissues of a CT, on cells of 3 mm.
#[derive(Clone, Debug)]
pub struct CtTissues {
    cells: Vec<Option<Tissue>>,
    dims: [usize; 3],
    affine: Affine,
}

impl CtTissues {
    /// The tissues of a CT in HU.
    ///
    /// # Errors
    /// What is no CT in HU, and a CT in which no lungs are found.
    pub fn find(ct: &Volume) -> Result<Self, Refusal> {
        check::measured(ct)?;
        let cells = Cells::of(ct, CELL_MM).map_err(|error| unusable(&error))?;
        let hounsfield = cells.means(&ct.data).map_err(|error| unusable(&error))?;
        check::numbers(&hounsfield)?;
        let [depth, height, width] = cells.dims();
        let grid = Grid { dims: [width, height, depth] };
        let body = body::body(grid, &hounsfield);
        let lungs = lungs::lungs(grid, &hounsfield, &body);
        if !lungs.contains(&true) {
            return Err(Refusal::new(
                "No lungs were found in this CT, and without them its bones cannot be told apart.",
                "Give a CT of chest or trunk, or a label map.",
            ));
        }
        let bone: Vec<bool> = hounsfield.iter().zip(&body).map(|(&hu, &inside)| inside && hu > spine::BONE).collect();
        let column = spine::Column::follow(grid, &body, &bone, &lungs);
        let mut tissues: Vec<_> = lungs.iter().map(|lung| lung.then_some(Tissue::Lungs)).collect();
        let mut take = |set: &[bool], tissue: Tissue| {
            tissues.iter_mut().zip(set).filter(|(_, here)| **here).for_each(|(found, _)| *found = Some(tissue));
        };
        if let Some(column) = column {
            let ribs = ribs::ribs(grid, &hounsfield, &bone, &lungs, &column);
            take(&ribs, Tissue::Ribs);
            take(&column.end_at_pelvis(grid, &bone, &ribs).spine(grid, &hounsfield, &body, &bone), Tissue::Spine);
        }
        Ok(Self { cells: tissues, dims: grid.dims, affine: cells.affine(&ct.affine) })
    }

    /// The tissues as labels on the grid of `image`, 0 where there is none: each voxel takes what lies at its centre. And what
    /// to tell where the CT covers little of the image.
    ///
    /// # Errors
    /// When none of them lies in the image.
    pub fn onto(&self, image: &Volume, label: impl Fn(Tissue) -> u8) -> Result<(LabelMap, Option<String>), Refusal> {
        let labels = self.cells.iter().map(|tissue| tissue.map_or(0, &label)).collect();
        let found = resample::nearest(&LabelMap { dims: self.dims, labels }, &self.affine, image);
        let map = found.map_err(|error| unusable(&error))?;
        let covered = covered(self.dims, &self.affine, image);
        if covered <= 0.0 {
            return Err(apart());
        }
        if map.labels.iter().all(|&label| label == 0) {
            return Err(Refusal::new(
                "Neither lungs nor spine nor ribs of this CT lie in the image.",
                "Give a CT that shows the same part of the patient as the image, or a label map.",
            ));
        }
        let little = (covered < ENOUGH_COVERED).then(|| {
            let percent = 100.0 * covered;
            format!("The CT covers {percent:.0} % of the image; nothing is known of the tissues beyond it.")
        });
        Ok((map, little))
    }
}

/// Refuses a CT that lies elsewhere than the image, before anything is looked for in it.
///
/// # Errors
/// When no voxel of the image lies in the CT.
pub fn overlap(ct: &Volume, image: &Volume) -> Result<(), Refusal> {
    if covered(ct.dims, &ct.affine, image) > 0.0 { Ok(()) } else { Err(apart()) }
}

/// What to tell of a CT whose files name another frame of reference than those of the image.
#[must_use]
pub fn other_frame(ct: &SeriesInfo, image: &SeriesInfo) -> Option<String> {
    let differ = !ct.frame.is_empty() && !image.frame.is_empty() && ct.frame != image.frame;
    differ.then(|| {
        "CT and image name different frames of reference, so they may not lie where they seem to: look at the mask."
            .to_owned()
    })
}

/// The share of an image's voxels whose centres lie in a grid.
fn covered(dims: [usize; 3], affine: &Affine, image: &Volume) -> f64 {
    let Some(back) = geometry::inverse(affine) else { return 0.0 };
    let [nx, ny, nz] = image.dims;
    let mut inside = 0_usize;
    for k in 0..nz {
        for j in 0..ny {
            for i in 0..nx {
                let world = geometry::to_world(&image.affine, [i as f64, j as f64, k as f64]);
                let at = geometry::to_world(&back, world);
                inside += usize::from((0..3).all(|axis| at[axis] >= -0.5 && at[axis] < dims[axis] as f64 - 0.5));
            }
        }
    }
    inside as f64 / image.data.len().max(1) as f64
}

fn apart() -> Refusal {
    Refusal::new(
        "The CT and the image do not overlap.",
        "Give the CT of this patient and study, in the same frame of reference.",
    )
}

fn unusable(error: &VolumeError) -> Refusal {
    Refusal::new(format!("The CT cannot be used: {error}."), "Export it again with its geometry.")
}

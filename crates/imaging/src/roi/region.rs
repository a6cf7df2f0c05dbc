//! Sets of voxels, from shapes in the patient, from values, or from labels.

use crate::neighbours::{joined, neighbours};
use crate::statistics::{Sphere, sphere_voxels};
use crate::{LabelMap, Refusal, Volume, VolumeError, geometry};

/// A box along the axes of the patient.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cuboid {
    /// One corner in RAS+ millimetres.
    pub from: [f64; 3],
    /// The opposite corner.
    pub to: [f64; 3],
}

/// Voxels of a volume, at least one.
#[derive(Clone, Debug, PartialEq)]
pub struct Region {
    /// What people call it.
    pub name: String,
    /// Flat indices, ascending.
    pub voxels: Vec<usize>,
}

impl Region {
    /// The voxels whose centres lie in a sphere.
    ///
    /// # Errors
    /// When there is none, or the volume's affine spans no space.
    pub fn sphere(volume: &Volume, sphere: &Sphere) -> Result<Self, Refusal> {
        let [x, y, z] = sphere.centre;
        let name = format!("sphere of {} mm at {x}, {y}, {z}", sphere.radius);
        if !(sphere.radius > 0.0 && sphere.radius.is_finite() && sphere.centre.iter().all(|v| v.is_finite())) {
            return Err(Refusal::new(
                format!("The {name} is no sphere."),
                "Give its centre and a radius above zero in mm.",
            ));
        }
        let voxels = sphere_voxels(volume.dims, &volume.affine, sphere).map_err(|error| unusable(&error))?;
        Self::filled(name, voxels, volume)
    }

    /// The voxels whose centres lie in a box.
    ///
    /// # Errors
    /// When there is none.
    pub fn cuboid(volume: &Volume, cuboid: &Cuboid) -> Result<Self, Refusal> {
        let Cuboid { from, to } = cuboid;
        let name = format!("box from {from:?} to {to:?} mm");
        let inside = |at: [f64; 3]| (0..3).all(|a| at[a] >= from[a].min(to[a]) && at[a] <= from[a].max(to[a]));
        let [nx, ny, _] = volume.dims;
        let centre = |index: usize| {
            let voxel = [index % nx, index / nx % ny, index / (nx * ny)].map(|n| n as f64);
            geometry::to_world(&volume.affine, voxel)
        };
        let voxels = (0..volume.data.len()).filter(|&index| inside(centre(index))).collect();
        Self::filled(name, voxels, volume)
    }

    /// What stands out: the voxels at or above `percent` of the largest value of `within` (all voxels where it is `None`)
    /// that are joined to the hottest one face to face, inside `within`.
    ///
    /// # Errors
    /// When the share lies outside 1 to 100 or no value is above zero.
    pub fn threshold(volume: &Volume, percent: f64, within: Option<&Self>) -> Result<Self, Refusal> {
        if !(1.0..=100.0).contains(&percent) {
            return Err(Refusal::new(
                format!("A threshold of {percent} % of the maximum makes no region."),
                "Give a number from 1 to 100; 41 is usual.",
            ));
        }
        let mut open = vec![within.is_none(); volume.data.len()];
        for &voxel in within.iter().flat_map(|region| &region.voxels) {
            open[voxel] = true;
        }
        let searched = (0..volume.data.len()).filter(|&voxel| open[voxel]);
        let hottest = searched.max_by(|&a, &b| volume.data[a].total_cmp(&volume.data[b]));
        let Some(hottest) = hottest.filter(|&voxel| volume.data[voxel] > 0.0) else {
            return Err(Refusal::new("There is no value above zero to take a share of.", "Choose another place."));
        };
        let least = f64::from(volume.data[hottest]) * percent / 100.0;
        for (open, &value) in open.iter_mut().zip(&volume.data) {
            *open &= f64::from(value) >= least;
        }
        let mut found = joined(hottest, volume.dims, &mut open);
        found.sort_unstable();
        let place = within.map_or(String::new(), |region| format!(" in the {}", region.name));
        Self::filled(format!("{percent} % of the maximum{place}"), found, volume)
    }

    /// That a region which [`Self::threshold`] found within another is only a part of what stands out there, in a sentence;
    /// `None` where it ends before the other does.
    #[must_use]
    pub fn cut_off(&self, volume: &Volume, percent: f64, within: &Self) -> Option<String> {
        let least = f64::from(volume.data[self.hottest(volume)]) * percent / 100.0;
        let goes_on = |&voxel: &usize| {
            neighbours(voxel, volume.dims)
                .any(|next| f64::from(volume.data[next]) >= least && within.voxels.binary_search(&next).is_err())
        };
        self.voxels.iter().any(goes_on).then(|| {
            format!(
                "{}: it goes on outside the region that was searched, so its volume, mean and total are those of a part; \
                 search a larger region.",
                self.name
            )
        })
    }

    /// One region for each label above zero, in the order of the labels.
    ///
    /// # Errors
    /// When the label map is on another grid or holds no label.
    pub fn labels(volume: &Volume, map: &LabelMap) -> Result<Vec<Self>, Refusal> {
        if map.dims != volume.dims || map.labels.len() != volume.data.len() {
            return Err(unusable(&VolumeError::Grid(map.dims, volume.dims)));
        }
        let mut regions: Vec<Vec<usize>> = vec![Vec::new(); 256];
        for (voxel, &label) in map.labels.iter().enumerate() {
            regions[usize::from(label)].push(voxel);
        }
        let regions: Vec<Self> = regions
            .into_iter()
            .enumerate()
            .skip(1)
            .filter(|(_, voxels)| !voxels.is_empty())
            .map(|(label, voxels)| Self { name: format!("label {label}"), voxels })
            .collect();
        if regions.is_empty() {
            return Err(Refusal::new(
                "The label map holds no label where the image lies.",
                "Check that it belongs to this patient and study.",
            ));
        }
        Ok(regions)
    }

    /// The voxel with the largest value.
    #[must_use]
    pub fn hottest(&self, volume: &Volume) -> usize {
        let hottest = self.voxels.iter().copied().max_by(|&a, &b| volume.data[a].total_cmp(&volume.data[b]));
        hottest.unwrap_or_default()
    }

    fn filled(name: String, voxels: Vec<usize>, volume: &Volume) -> Result<Self, Refusal> {
        if !voxels.is_empty() {
            return Ok(Self { name, voxels });
        }
        let [low, high] =
            [[0.0; 3], volume.dims.map(|n| n as f64 - 1.0)].map(|at| geometry::to_world(&volume.affine, at));
        Err(Refusal::new(
            format!("The {name} holds no voxel of this image."),
            format!("Positions are in RAS+ millimetres; the image runs from {low:.0?} to {high:.0?}."),
        ))
    }
}

fn unusable(error: &VolumeError) -> Refusal {
    Refusal::new(format!("The region cannot be made: {error}."), "Use images and label maps of one grid.")
}

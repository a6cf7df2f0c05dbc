//! Axial slices of a volume that lies otherwise or is finer or coarser than a model of slices knows, and the way back.

use crate::orientation::Reorientation;
use crate::{Affine, Volume, VolumeError};

/// An exchange of axes and a change of their edges. Both grids fill the same box in the patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axial {
    /// The volume's own axis that becomes i, j, k.
    axis: [usize; 3],
    /// Voxels of the volume along these.
    from: [usize; 3],
    /// Voxels of the axial grid.
    to: [usize; 3],
}

impl Axial {
    /// The axial grid of a volume: its own axes, that nearest to head-feet last, edges brought between `edges` in
    /// millimetres. `None` if the volume lies on it already.
    #[must_use]
    pub fn of(volume: &Volume, edges: Option<[f64; 2]>) -> Option<Self> {
        // Slices that are axial already stay as they are; others are laid left-right and front-back, so that the
        // noise of a seed falls where it falls in an axial volume of the same patient. Nothing is mirrored.
        let nearest = Reorientation::of(&volume.affine).axis;
        let axis = if nearest[2] == 2 { [0, 1, 2] } else { nearest };
        let spacing = volume.spacing();
        let from = axis.map(|axis| volume.dims[axis]);
        let fitting = |at: usize| {
            let edge = spacing[axis[at]];
            let wanted = edges.map_or(edge, |[least, most]| edge.clamp(least, most));
            ((from[at] as f64 * edge / wanted).round() as usize).max(1)
        };
        let to = [fitting(0), fitting(1), fitting(2)];
        (axis != [0, 1, 2] || to != from).then_some(Self { axis, from, to })
    }

    /// The volume on the axial grid.
    ///
    /// # Errors
    /// A volume of other dimensions.
    pub fn forward(&self, volume: &Volume) -> Result<Volume, VolumeError> {
        let Self { axis, from, to } = *self;
        let found = axis.map(|axis| volume.dims[axis]);
        if found != from {
            return Err(VolumeError::Grid(found, from));
        }
        let data = stretched(permuted(&volume.data, volume.dims, axis), from, to);
        let affine = volume.affine.map(|row| {
            let ratio: [f64; 3] = std::array::from_fn(|at| from[at] as f64 / to[at] as f64);
            // The first voxel's centre moves with its size, the corner of the box stays.
            let origin = row[3] + (0..3).map(|at| row[axis[at]] * (ratio[at] - 1.0) / 2.0).sum::<f64>();
            [row[axis[0]] * ratio[0], row[axis[1]] * ratio[1], row[axis[2]] * ratio[2], origin]
        });
        Volume::new(to, data, affine, volume.unit.clone())
    }

    /// Values of the axial grid on the volume's own.
    ///
    /// # Errors
    /// Values of another number.
    pub fn back(&self, data: Vec<f32>) -> Result<Vec<f32>, VolumeError> {
        let Self { axis, from, to } = *self;
        if data.len() != to.iter().product::<usize>() {
            return Err(VolumeError::Length(to[0], to[1], to[2], data.len()));
        }
        let mut own = [0; 3];
        axis.iter().enumerate().for_each(|(at, &axis)| own[axis] = at);
        Ok(permuted(&stretched(data, to, from), from, own))
    }

    /// The slice of the axial grid that holds the middle of a slice of the volume's own, counted along the same direction.
    #[must_use]
    pub fn slice(&self, own: usize) -> usize {
        ((own as f64 + 0.5) * self.to[2] as f64 / self.from[2] as f64) as usize
    }

    /// What is done, for the user.
    #[must_use]
    pub fn note(&self, affine: &Affine) -> String {
        let edge = |axis: usize| affine.iter().map(|row| row[axis] * row[axis]).sum::<f64>().sqrt();
        let own = self.axis.map(edge);
        let new: [f64; 3] = std::array::from_fn(|at| own[at] * self.from[at] as f64 / self.to[at] as f64);
        let [own, new] = [own, new].map(|[x, y, z]| format!("{x:.2} x {y:.2} x {z:.2} mm"));
        let turned = if self.axis == [0, 1, 2] { "" } else { "turned into axial slices" };
        let size = if self.from == self.to { String::new() } else { format!("brought from {own} to {new}") };
        let and = if turned.is_empty() || size.is_empty() { "" } else { " and " };
        format!(
            "For this model the volume was {turned}{and}{size}; the result was brought back to the volume's own grid."
        )
    }
}

/// The values with axis `axis[0]` first, `axis[1]` second, `axis[2]` last.
fn permuted(data: &[f32], dims: [usize; 3], axis: [usize; 3]) -> Vec<f32> {
    let stride = [1, dims[0], dims[0] * dims[1]];
    let [x, y, z] = axis.map(|axis| (dims[axis], stride[axis]));
    let row = |k: usize, j: usize| (0..x.0).map(move |i| k * z.1 + j * y.1 + i * x.1);
    (0..z.0).flat_map(|k| (0..y.0).flat_map(move |j| row(k, j))).map(|at| data[at]).collect()
}

/// The values brought from one grid to another over the same box, axis by axis.
fn stretched(mut data: Vec<f32>, from: [usize; 3], to: [usize; 3]) -> Vec<f32> {
    let mut dims = from;
    for at in 0..3 {
        if dims[at] == to[at] {
            continue;
        }
        let inner: usize = dims[..at].iter().product();
        let taps = taps(dims[at], to[at]);
        let mut next = Vec::with_capacity(data.len() / dims[at] * to[at]);
        for block in data.chunks_exact(inner * dims[at]) {
            for (first, weights) in &taps {
                next.extend((0..inner).map(|i| {
                    let of = |(n, weight): (usize, &f32)| weight * block[(first + n) * inner + i];
                    weights.iter().enumerate().map(of).sum::<f32>()
                }));
            }
        }
        (data, dims[at]) = (next, to[at]);
    }
    data
}

/// For each of `to` voxels the first of `from` that it takes and the weights: the mean over what it covers where voxels
/// grow, linear interpolation between centres where they shrink.
fn taps(from: usize, to: usize) -> Vec<(usize, Vec<f32>)> {
    let ratio = from as f64 / to as f64;
    let last = from - 1;
    let grown = |t: usize| {
        let (start, end) = (t as f64 * ratio, (t + 1) as f64 * ratio);
        let (first, stop) = (start as usize, (end.ceil() as usize).min(from));
        let share = |n: usize| ((end.min(n as f64 + 1.0) - start.max(n as f64)) / ratio).max(0.0) as f32;
        (first, (first..stop).map(share).collect())
    };
    let shrunk = |t: usize| {
        let at = ((t as f64 + 0.5) * ratio - 0.5).clamp(0.0, last as f64);
        let first = (at as usize).min(last.saturating_sub(1));
        let share = (at - first as f64) as f32;
        (first, if last == 0 { vec![1.0] } else { vec![1.0 - share, share] })
    };
    (0..to).map(|t| if to < from { grown(t) } else { shrunk(t) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Unit;

    /// Values that are linear in the patient, on a grid of these edges whose axes lie along the given patient axes.
    fn ramp(dims: [usize; 3], world: [usize; 3], edges: [f64; 3]) -> Volume {
        let mut affine = [[0.0, 0.0, 0.0, -10.0], [0.0, 0.0, 0.0, 5.0], [0.0, 0.0, 0.0, 3.0]];
        (0..3).for_each(|axis| affine[world[axis]][axis] = edges[axis]);
        let mut volume = Volume::new(dims, vec![0.0; dims.iter().product()], affine, Unit::Suv).unwrap();
        volume.data = values(&volume);
        volume
    }

    fn values(volume: &Volume) -> Vec<f32> {
        let [nx, ny, nz] = volume.dims;
        let places = (0..nz).flat_map(|k| (0..ny).flat_map(move |j| (0..nx).map(move |i| [i, j, k])));
        let world = |voxel: [usize; 3]| crate::geometry::to_world(&volume.affine, voxel.map(|n| n as f64));
        places.map(world).map(|[x, y, z]| (x + 10.0 * y + 100.0 * z) as f32).collect()
    }

    #[test]
    fn an_axial_volume_within_the_edges_stays_as_it_is() {
        let volume = ramp([4, 5, 6], [0, 1, 2], [1.0, 1.0, 3.0]);
        assert_eq!(Axial::of(&volume, None), None);
        assert_eq!(Axial::of(&volume, Some([0.8, 3.0])), None);
    }

    #[test]
    fn sagittal_and_coronal_volumes_become_axial_without_loss() {
        for world in [[1, 2, 0], [0, 2, 1], [2, 0, 1]] {
            let volume = ramp([4, 5, 6], world, [1.0, 2.0, 3.0]);
            let axial = Axial::of(&volume, None).unwrap();
            let turned = axial.forward(&volume).unwrap();
            assert_eq!(Reorientation::of(&turned.affine).axis[2], 2);
            assert_eq!(turned.data, values(&turned), "values stay where they are in the patient");
            assert_eq!(axial.back(turned.data).unwrap(), volume.data);
        }
    }

    #[test]
    fn edges_are_brought_into_the_range_and_back() {
        let volume = ramp([8, 10, 12], [1, 2, 0], [0.5, 1.0, 4.0]);
        let axial = Axial::of(&volume, Some([1.0, 2.0])).unwrap();
        let resampled = axial.forward(&volume).unwrap();
        // The volume's axes are front-back, head-feet, left-right: 12 x 4 mm become 24, 8 x 0.5 mm become 4, 10 stay.
        assert_eq!(resampled.dims, [24, 4, 10]);
        assert!(resampled.spacing().iter().all(|edge| (1.0..=2.0).contains(edge)), "{:?}", resampled.spacing());
        // A linear image is kept away from the ends, where there is nothing to interpolate with.
        let wanted = values(&resampled);
        let largest = wanted.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
        let off = resampled.data.iter().zip(&wanted).filter(|(a, b)| (*a - *b).abs() > 1e-4 * largest).count();
        assert!(off <= wanted.len() / 6, "{off} of {}", wanted.len());
        assert_eq!(axial.back(resampled.data).unwrap().len(), volume.data.len());
        assert_eq!([0, 4, 9].map(|own| axial.slice(own)), [0, 4, 9]);
        let coarse = Axial::of(&volume, Some([3.0, 4.0])).unwrap();
        assert_eq!([0, 4, 9].map(|own| coarse.slice(own)), [0, 1, 2], "ten slices of 1 mm became three");
        assert!(axial.note(&volume.affine).contains("turned into axial slices and brought from"));
    }

    #[test]
    fn weights_sum_to_one() {
        for (from, to) in [(7, 3), (3, 7), (1, 4), (4, 1), (5, 4)] {
            for (first, weights) in taps(from, to) {
                assert!(first + weights.len() <= from, "{from} to {to}");
                assert!((weights.iter().sum::<f32>() - 1.0).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn another_volume_is_refused() {
        let volume = ramp([4, 5, 6], [1, 2, 0], [1.0; 3]);
        let axial = Axial::of(&volume, None).unwrap();
        assert!(axial.forward(&ramp([4, 5, 7], [1, 2, 0], [1.0; 3])).is_err());
        assert!(axial.back(vec![0.0; 7]).is_err());
    }
}

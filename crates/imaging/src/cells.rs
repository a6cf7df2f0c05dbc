//! A volume on coarse cells, and labels back from them: what a network sees that looks for organs and not for detail.
//!
//! Cells are cubes along the volume's own axes, ordered as the patient lies: (feet to head, back to front, left to right),
//! the last contiguous, whatever the order and direction of the voxel axes. The first cell begins at the outer face of the
//! first voxel; a cell that reaches past the volume is the mean of what it holds. `training/segmenter/coarse.py` is the twin.

use crate::orientation::Reorientation;
use crate::{Affine, LabelMap, Volume, VolumeError};

/// The cells of one volume's grid.
#[derive(Clone, Debug)]
pub struct Cells {
    dims: [usize; 3],
    edge_mm: f64,
    axes: [Axis; 3],
    /// Voxels along i, j, k.
    voxels: [usize; 3],
}

/// One axis of the patient, as the volume has it.
#[derive(Clone, Copy, Debug)]
struct Axis {
    /// Which of i, j, k it is.
    index: usize,
    voxels: usize,
    /// Edge of a voxel in millimetres.
    edge: f64,
    /// Elements from one voxel to the next in the volume.
    stride: usize,
    /// Whether the volume holds it the other way round.
    reversed: bool,
}

impl Axis {
    /// Where the volume holds voxel `n`, counted along the patient's axis.
    fn offset(&self, n: usize) -> usize {
        self.stride * if self.reversed { self.voxels - 1 - n } else { n }
    }
}

impl Cells {
    /// The cells of `edge_mm` that cover a volume.
    ///
    /// # Errors
    /// When the volume is empty or `edge_mm` is not above 0.
    pub fn of(volume: &Volume, edge_mm: f64) -> Result<Self, VolumeError> {
        if volume.dims.contains(&0) || !(edge_mm > 0.0 && edge_mm.is_finite()) {
            return Err(VolumeError::Tiling("cells need voxels and an edge above 0 mm".into()));
        }
        let [nx, ny, _] = volume.dims;
        let (strides, spacing) = ([1, nx, nx * ny], volume.spacing());
        let orientation = Reorientation::of(&volume.affine);
        let axes = [2, 1, 0].map(|world| {
            let axis = orientation.axis[world];
            let reversed = orientation.reversed[world];
            Axis { index: axis, voxels: volume.dims[axis], edge: spacing[axis], stride: strides[axis], reversed }
        });
        // A millionth of a cell less: an extent of whole cells must not end in an empty one.
        let dims = axes.map(|axis| ((axis.voxels as f64 * axis.edge / edge_mm - 1e-6).ceil() as usize).max(1));
        Ok(Self { dims, edge_mm, axes, voxels: volume.dims })
    }

    /// How many there are, (D, H, W).
    #[must_use]
    pub fn dims(&self) -> [usize; 3] {
        self.dims
    }

    /// Cell index (w, h, d) to millimetres, from the affine of the volume that they are the cells of.
    #[must_use]
    pub fn affine(&self, volume: &Affine) -> Affine {
        let [z, y, x] = self.axes;
        let mut out = [[0.0; 4]; 3];
        for (row, of_volume) in out.iter_mut().zip(volume) {
            row[3] = of_volume[3];
            for (column, axis) in [x, y, z].into_iter().enumerate() {
                let direction = if axis.reversed { -1.0 } else { 1.0 };
                let voxels = direction * self.edge_mm / axis.edge;
                // From the outer face of the first voxel to the centre of the first cell.
                let face = if axis.reversed { axis.voxels as f64 - 0.5 } else { -0.5 };
                row[column] = of_volume[axis.index] * voxels;
                row[3] += of_volume[axis.index] * (face + 0.5 * voxels);
            }
        }
        out
    }

    /// The mean of each cell: values on the volume's grid in, (D, H, W) out.
    ///
    /// # Errors
    /// When `values` does not hold the volume.
    pub fn means(&self, values: &[f32]) -> Result<Vec<f32>, VolumeError> {
        let [z, y, x] = self.axes;
        if values.len() != z.voxels * y.voxels * x.voxels {
            return Err(VolumeError::Length(x.voxels, y.voxels, z.voxels, values.len()));
        }
        let [shares_z, shares_y, shares_x] = [0, 1, 2].map(|axis| self.shares(axis));
        let mut rows = Vec::with_capacity(z.voxels * y.voxels * self.dims[2]);
        for k in 0..z.voxels {
            for j in 0..y.voxels {
                let start = z.offset(k) + y.offset(j);
                rows.extend(shares_x.iter().map(|share| share.mean(|i| values[start + x.offset(i)])));
            }
        }
        let rows = along(&rows, [z.voxels, y.voxels, self.dims[2]], &shares_y);
        Ok(along(&rows, [1, z.voxels, self.dims[1] * self.dims[2]], &shares_z))
    }

    /// The label whose score, interpolated between the cells' centres, is highest at each voxel's centre; the first of
    /// several. `scores` has one score a cell for label 0, 1, 2 and so on.
    ///
    /// # Errors
    /// When a label's scores are not one a cell.
    pub fn labels(&self, scores: &[Vec<f32>]) -> Result<LabelMap, VolumeError> {
        let [depth, height, width] = self.dims;
        if let Some(wrong) = scores.iter().find(|score| score.len() != depth * height * width) {
            return Err(VolumeError::Length(width, height, depth, wrong.len()));
        }
        let [z, y, x] = self.axes;
        let [between_z, between_y, between_x] = [0, 1, 2].map(|axis| self.between(axis));
        let mut labels = vec![0_u8; self.voxels.iter().product()];
        let mut lines = vec![vec![0.0_f32; width]; scores.len()];
        for (k, at_z) in between_z.iter().enumerate() {
            for (j, at_y) in between_y.iter().enumerate() {
                for (line, score) in lines.iter_mut().zip(scores) {
                    let row = |plane: usize, row: usize| &score[(plane * height + row) * width..][..width];
                    let corners =
                        [(at_z.low, at_y.low), (at_z.low, at_y.high), (at_z.high, at_y.low), (at_z.high, at_y.high)];
                    let [a, b, c, d] = corners.map(|(plane, at)| row(plane, at));
                    for (n, value) in line.iter_mut().enumerate() {
                        *value = at_z.mix(at_y.mix(a[n], b[n]), at_y.mix(c[n], d[n]));
                    }
                }
                for (i, at_x) in between_x.iter().enumerate() {
                    let score = |line: &Vec<f32>| at_x.mix(line[at_x.low], line[at_x.high]);
                    let best =
                        lines.iter().map(score).enumerate().reduce(|best, one| if one.1 > best.1 { one } else { best });
                    let label = best.map_or(0, |(label, _)| u8::try_from(label).unwrap_or(0));
                    labels[z.offset(k) + y.offset(j) + x.offset(i)] = label;
                }
            }
        }
        Ok(LabelMap { dims: self.voxels, labels })
    }

    /// Which voxels of an axis lie in each cell, and how far.
    fn shares(&self, axis: usize) -> Vec<Share> {
        let Axis { voxels, edge, .. } = self.axes[axis];
        let share = |cell: usize| {
            let (from, to) = (cell as f64 * self.edge_mm, (cell + 1) as f64 * self.edge_mm);
            let first = ((from / edge) as usize).min(voxels - 1);
            let inside = |n: usize| (((n + 1) as f64 * edge).min(to) - (n as f64 * edge).max(from)).max(0.0);
            let weights: Vec<f64> =
                (first..voxels).take_while(|&n| n == first || (n as f64) * edge < to).map(inside).collect();
            Share { first, weights }
        };
        (0..self.dims[axis]).map(share).collect()
    }

    /// Between which cells' centres each voxel's centre lies; past the last centre it stays there.
    fn between(&self, axis: usize) -> Vec<Between> {
        let last = self.dims[axis] - 1;
        let Axis { voxels, edge, .. } = self.axes[axis];
        (0..voxels)
            .map(|n| {
                let place = ((n as f64 + 0.5) * edge / self.edge_mm - 0.5).clamp(0.0, last as f64);
                let low = place as usize;
                Between { low, high: (low + 1).min(last), weight: (place - low as f64) as f32 }
            })
            .collect()
    }
}

/// Consecutive voxels of a cell with the millimetres that lie in it.
struct Share {
    first: usize,
    weights: Vec<f64>,
}

impl Share {
    fn mean(&self, value: impl Fn(usize) -> f32) -> f32 {
        let sum = |sum: f64, (n, weight): (usize, &f64)| sum + weight * f64::from(value(self.first + n));
        (self.weights.iter().enumerate().fold(0.0, sum) / self.weights.iter().sum::<f64>()) as f32
    }
}

/// A place between two cells.
struct Between {
    low: usize,
    high: usize,
    weight: f32,
}

impl Between {
    fn mix(&self, low: f32, high: f32) -> f32 {
        (1.0 - self.weight) * low + self.weight * high
    }
}

/// Means along the middle axis of (outer, voxels, inner).
fn along(values: &[f32], [outer, voxels, inner]: [usize; 3], shares: &[Share]) -> Vec<f32> {
    let mut out = Vec::with_capacity(outer * shares.len() * inner);
    for block in 0..outer {
        for share in shares {
            out.extend((0..inner).map(|at| share.mean(|n| values[(block * voxels + n) * inner + at])));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Unit, geometry};

    /// Voxels of 4 x 3 x 5 mm with the axes in RAS order.
    fn upright() -> Volume {
        let dims = [5, 4, 3];
        let data = (0..60).map(|n| ((n * 7) % 11) as f32).collect();
        let affine = [[4.0, 0.0, 0.0, 0.0], [0.0, 3.0, 0.0, 0.0], [0.0, 0.0, 5.0, 0.0]];
        Volume::new(dims, data, affine, Unit::Suv).unwrap()
    }

    /// The same patient with i from head to feet, j from right to left and k from back to front.
    fn turned(volume: &Volume) -> Volume {
        let [nx, ny, nz] = volume.dims;
        let mut data = Vec::new();
        for y in 0..ny {
            for x in (0..nx).rev() {
                data.extend((0..nz).rev().map(|z| volume.data[volume.index(x, y, z)]));
            }
        }
        let affine = [[0.0, -4.0, 0.0, 16.0], [0.0, 0.0, 3.0, 0.0], [-5.0, 0.0, 0.0, 10.0]];
        Volume::new([nz, nx, ny], data, affine, Unit::Suv).unwrap()
    }

    #[test]
    fn cells_hold_means_by_overlap() {
        let volume = upright();
        let cells = Cells::of(&volume, 6.0).unwrap();
        // 20 x 12 x 15 mm.
        assert_eq!(cells.dims(), [3, 2, 4]);
        let means = cells.means(&volume.data).unwrap();
        let at = |x: usize, y: usize, z: usize| f64::from(volume.data[volume.index(x, y, z)]);
        // The second cell along each axis: x from 6 to 12 mm is half of voxel 1 and voxel 2, y voxels 2 and 3, z from 6 to
        // 12 mm 4 mm of voxel 1 and 2 mm of voxel 2.
        let row = |y: usize, z: usize| (2.0 * at(1, y, z) + 4.0 * at(2, y, z)) / 6.0;
        let plane = |z: usize| (row(2, z) + row(3, z)) / 2.0;
        let wanted = (4.0 * plane(1) + 2.0 * plane(2)) / 6.0;
        assert!((f64::from(means[(2 + 1) * 4 + 1]) - wanted).abs() < 1e-5);
        // The last cell along x reaches from 18 mm to 2 mm past the end.
        let corner = at(4, 0, 0) + at(4, 1, 0);
        let first = (5.0 * corner + at(4, 0, 1) + at(4, 1, 1)) / 12.0;
        assert!((f64::from(means[3]) - first).abs() < 1e-5);
    }

    #[test]
    fn the_order_and_direction_of_the_voxels_do_not_matter() {
        let (upright, turned) = (upright(), turned(&upright()));
        let [first, second] = [&upright, &turned].map(|volume| Cells::of(volume, 6.0).unwrap());
        assert_eq!(first.dims(), second.dims());
        let means = first.means(&upright.data).unwrap();
        assert_eq!(means, second.means(&turned.data).unwrap());
        let scores = [means.clone(), means.iter().map(|value| 10.0 - value).collect()];
        let [map, other] = [&first, &second].map(|cells| cells.labels(&scores).unwrap());
        assert_eq!((map.dims, other.dims), (upright.dims, turned.dims));
        let as_volume = |map: &LabelMap| map.labels.iter().map(|&label| f32::from(label)).collect();
        let labelled = upright.with_data(as_volume(&map)).unwrap();
        assert_eq!(super::tests::turned(&labelled).data, as_volume(&other));
        assert!(map.labels.contains(&0) && map.labels.contains(&1));
    }

    #[test]
    fn the_cells_lie_where_their_voxels_do() {
        for (volume, first) in [(upright(), [0, 0, 0]), (turned(&upright()), [2, 4, 0])] {
            let affine = Cells::of(&volume, 6.0).unwrap().affine(&volume.affine);
            // The outer face of the patient's first voxel is that of the first cell.
            let voxel = geometry::to_world(&volume.affine, first.map(f64::from));
            for (axis, edge) in [4.0, 3.0, 5.0].into_iter().enumerate() {
                assert!((affine[axis][3] - 3.0 - (voxel[axis] - edge / 2.0)).abs() < 1e-9, "{affine:?}");
                assert!((0..3).all(|column| affine[axis][column] == if column == axis { 6.0 } else { 0.0 }));
            }
        }
    }

    #[test]
    fn labels_change_where_the_interpolated_scores_cross() {
        let affine = [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]];
        let volume = Volume::new([12, 1, 1], vec![0.0; 12], affine, Unit::Suv).unwrap();
        let cells = Cells::of(&volume, 6.0).unwrap();
        // From 0 at 3 mm to 4 at 9 mm, above 1 behind 4.5 mm: voxel 4 has its centre there, and equal scores stay 0.
        let map = cells.labels(&[vec![1.0, 1.0], vec![0.0, 4.0]]).unwrap();
        assert_eq!(map.labels, [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1]);
    }

    #[test]
    fn what_does_not_fit_the_grid_is_refused() {
        let volume = upright();
        let cells = Cells::of(&volume, 6.0).unwrap();
        assert!(cells.means(&volume.data[1..]).is_err());
        assert!(cells.labels(&[vec![0.0; 24], vec![0.0; 23]]).is_err());
        for edge in [0.0, -6.0, f64::NAN] {
            assert!(Cells::of(&volume, edge).is_err());
        }
    }
}

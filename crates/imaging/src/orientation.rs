//! Which way a volume lies in the patient, and how its slices are shown.

use crate::Affine;

/// The three standard planes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Plane {
    /// Seen from the feet: patient right on the left, front at the top.
    Axial,
    /// Seen from the front: patient right on the left, head at the top.
    Coronal,
    /// Seen from the patient's left: front on the left, head at the top.
    Sagittal,
}

/// For each patient axis (x to the left-right, y front-back, z head-feet) the voxel axis closest to it.
///
/// An oblique volume is shown along its own voxel axes, named after the patient axis each is nearest to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reorientation {
    /// Voxel axis closest to patient axis x, y, z; each used once.
    pub axis: [usize; 3],
    /// Whether that voxel axis runs from right to left, front to back, head to feet: against RAS+.
    pub reversed: [bool; 3],
}

impl Reorientation {
    /// The orientation of a grid: of the six ways to pair the axes, the one with the largest sum of cosines.
    #[must_use]
    pub fn of(affine: &Affine) -> Self {
        const WAYS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        let length: [f64; 3] =
            std::array::from_fn(|axis| affine.iter().map(|row| row[axis] * row[axis]).sum::<f64>().sqrt());
        let cosine = |world: usize, axis: usize| affine[world][axis] / length[axis].max(f64::MIN_POSITIVE);
        let score = |way: &[usize; 3]| (0..3).map(|world| cosine(world, way[world]).abs()).sum::<f64>();
        let axis = WAYS.into_iter().reduce(|best, way| if score(&way) > score(&best) { way } else { best });
        let axis = axis.unwrap_or(WAYS[0]);
        Self { axis, reversed: std::array::from_fn(|world| affine[world][axis[world]] < 0.0) }
    }
}

/// One direction of a picture: a voxel axis and whether it is walked backwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Along {
    pub(crate) axis: usize,
    pub(crate) backwards: bool,
}

/// The pixels of one plane of a volume and where they lie in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SliceGrid {
    /// Voxel axis that a slice index runs along; the index is the voxel's own.
    pub axis: usize,
    /// How many slices there are.
    pub count: usize,
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// Pixel width and height in millimetres; their ratio is the pixel aspect.
    pub pixel: [f64; 2],
    /// Patient directions at the left, right, top and bottom edge: R, L, A, P, S or I.
    pub letters: [char; 4],
    pub(crate) u: Along,
    pub(crate) v: Along,
    dims: [usize; 3],
}

impl SliceGrid {
    /// The grid of `plane` in a volume of these voxels.
    #[must_use]
    pub fn new(dims: [usize; 3], affine: &Affine, plane: Plane) -> Self {
        let orientation = Reorientation::of(affine);
        // Patient axes across, down and through. Every picture runs to the patient's left or back, and downwards to
        // the back or feet: always against RAS+, so an axis is walked backwards unless it is reversed already.
        let (across, down, through, letters) = match plane {
            Plane::Axial => (0, 1, 2, ['R', 'L', 'A', 'P']),
            Plane::Coronal => (0, 2, 1, ['R', 'L', 'S', 'I']),
            Plane::Sagittal => (1, 2, 0, ['A', 'P', 'S', 'I']),
        };
        let along = |world: usize| Along { axis: orientation.axis[world], backwards: !orientation.reversed[world] };
        let (u, v, axis) = (along(across), along(down), orientation.axis[through]);
        let edge = |axis: usize| affine.iter().map(|row| row[axis] * row[axis]).sum::<f64>().sqrt();
        Self {
            axis,
            count: dims[axis],
            width: dims[u.axis],
            height: dims[v.axis],
            pixel: [edge(u.axis), edge(v.axis)],
            letters,
            u,
            v,
            dims,
        }
    }

    /// The voxel (i, j, k) under pixel (u, v) of slice `index`; values past an edge mean the edge.
    #[must_use]
    pub fn voxel_at(&self, index: usize, u: usize, v: usize) -> [usize; 3] {
        let mut voxel = [0; 3];
        voxel[self.axis] = index.min(self.count.saturating_sub(1));
        for (along, at) in [(self.u, u), (self.v, v)] {
            let last = self.dims[along.axis].saturating_sub(1);
            let at = at.min(last);
            voxel[along.axis] = if along.backwards { last - at } else { at };
        }
        voxel
    }

    /// Slice index and pixel (u, v) of a voxel: undoes [`SliceGrid::voxel_at`].
    #[must_use]
    pub fn pixel_of(&self, voxel: [usize; 3]) -> (usize, usize, usize) {
        let [u, v] = [self.u, self.v].map(|along| {
            let last = self.dims[along.axis].saturating_sub(1);
            let at = voxel[along.axis].min(last);
            if along.backwards { last - at } else { at }
        });
        (voxel[self.axis], u, v)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::to_world;
    use proptest::prelude::*;

    /// Signed permutations of the axes with a slight rotation.
    fn grids() -> impl Strategy<Value = Affine> {
        let orders = prop::sample::select(vec![[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]);
        (orders, [any::<bool>(), any::<bool>(), any::<bool>()], -0.3..0.3_f64).prop_map(|(order, minus, tilt)| {
            let mut affine = [[0.0; 4]; 3];
            for world in 0..3 {
                affine[world][order[world]] = if minus[world] { -2.0 - world as f64 } else { 2.0 + world as f64 };
                affine[world][order[(world + 1) % 3]] = tilt;
            }
            affine
        })
    }

    proptest! {
        #[test]
        fn pictures_are_radiological_whatever_the_affine(affine in grids()) {
            let dims = [5, 6, 7];
            let patient = |voxel: [usize; 3]| to_world(&affine, voxel.map(|n| n as f64));
            for (plane, across, down) in [(Plane::Axial, 0, 1), (Plane::Coronal, 0, 2), (Plane::Sagittal, 1, 2)] {
                let grid = SliceGrid::new(dims, &affine, plane);
                let from = patient(grid.voxel_at(2, 1, 1));
                // To the right on the screen is to the patient's left (or back); downwards is to the back (or feet).
                prop_assert!(patient(grid.voxel_at(2, 2, 1))[across] < from[across]);
                prop_assert!(patient(grid.voxel_at(2, 1, 2))[down] < from[down]);
                prop_assert_eq!([grid.width, grid.height, grid.count].iter().product::<usize>(), 210);
                prop_assert_eq!(grid.pixel_of(grid.voxel_at(2, 3, 4)), (2, 3, 4));
            }
        }
    }

    #[test]
    fn pixels_past_the_edge_mean_the_edge() {
        let affine = [[-1.0, 0.0, 0.0, 0.0], [0.0, -1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]];
        let grid = SliceGrid::new([4, 5, 6], &affine, Plane::Axial);
        assert_eq!(grid.voxel_at(99, 99, 99), [3, 4, 5]);
        assert_eq!(grid.letters, ['R', 'L', 'A', 'P']);
    }

    #[test]
    fn a_broken_affine_still_gives_three_different_axes() {
        let grid = Reorientation::of(&[[f64::NAN; 4]; 3]);
        let mut axes = grid.axis;
        axes.sort_unstable();
        assert_eq!(axes, [0, 1, 2]);
    }
}

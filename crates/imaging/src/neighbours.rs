//! Voxels next to voxels.

/// The voxels that share a face with one, as flat indices.
pub(crate) fn neighbours(voxel: usize, [nx, ny, nz]: [usize; 3]) -> impl Iterator<Item = usize> {
    let (i, j, k) = (voxel % nx, voxel / nx % ny, voxel / (nx * ny));
    [
        (i > 0).then(|| voxel - 1),
        (i + 1 < nx).then(|| voxel + 1),
        (j > 0).then(|| voxel - nx),
        (j + 1 < ny).then(|| voxel + nx),
        (k > 0).then(|| voxel - nx * ny),
        (k + 1 < nz).then(|| voxel + nx * ny),
    ]
    .into_iter()
    .flatten()
}

/// All voxels of `open` that are joined to `seed` face to face, the seed first; they are closed on the way.
///
/// `open` has one entry a voxel.
pub(crate) fn joined(seed: usize, dims: [usize; 3], open: &mut [bool]) -> Vec<usize> {
    let mut found = vec![seed];
    open[seed] = false;
    let mut next = 0;
    while let Some(&voxel) = found.get(next) {
        next += 1;
        for neighbour in neighbours(voxel, dims) {
            if std::mem::take(&mut open[neighbour]) {
                found.push(neighbour);
            }
        }
    }
    found
}

/// The sets of voxels of `open` that are joined face to face, each from its lowest index.
pub(crate) fn pieces(dims: [usize; 3], mut open: Vec<bool>) -> Vec<Vec<usize>> {
    let mut found = Vec::new();
    for seed in 0..open.len() {
        if open[seed] {
            found.push(joined(seed, dims, &mut open));
        }
    }
    found
}

/// The largest value in a box of `reach` voxels to either side along i, j, k, around each voxel.
pub(crate) fn largest_around(values: &[f32], dims: [usize; 3], reach: [usize; 3]) -> Vec<f32> {
    let mut data = values.to_vec();
    let mut stride = 1;
    for (n, reach) in dims.into_iter().zip(reach) {
        let before = data.clone();
        for (at, value) in data.iter_mut().enumerate() {
            let place = at / stride % n;
            let first = at - place.min(reach) * stride;
            let last = at + (n - 1 - place).min(reach) * stride;
            *value = before[first..=last].iter().step_by(stride).copied().fold(f32::NEG_INFINITY, f32::max);
        }
        stride *= n;
    }
    data
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_touch_by_faces_and_not_over_the_edge_of_a_row() {
        // Two rows of three: the end of the first is no neighbour of the second's beginning.
        let open = vec![true, false, true, true, false, false];
        assert_eq!(pieces([3, 2, 1], open), [vec![0, 3], vec![2]]);
    }

    #[test]
    fn the_largest_around_is_the_definition() {
        let dims = [5, 4, 3];
        let values: Vec<f32> = (0..60).map(|v| (v * 37 % 61) as f32).collect();
        let reach = [1, 2, 1];
        let found = largest_around(&values, dims, reach);
        let place = |v: usize| [v % 5, v / 5 % 4, v / 20];
        for (at, &largest) in found.iter().enumerate() {
            let near = |v: &usize| (0..3).all(|axis| place(*v)[axis].abs_diff(place(at)[axis]) <= reach[axis]);
            let wanted = (0..60).filter(near).map(|v| values[v]).fold(0.0, f32::max);
            assert_eq!(largest, wanted, "voxel {at}");
        }
    }
}

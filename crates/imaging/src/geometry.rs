//! Affines: applying, inverting, judging.

use crate::Affine;

/// Millimetres (RAS+) of a voxel position, which may lie between voxels.
#[must_use]
pub fn to_world(affine: &Affine, voxel: [f64; 3]) -> [f64; 3] {
    affine.map(|row| row[0] * voxel[0] + row[1] * voxel[1] + row[2] * voxel[2] + row[3])
}

/// Volume of the box spanned by the three voxel edges, in cubic millimetres; negative for a left-handed grid.
#[must_use]
pub fn determinant(a: &Affine) -> f64 {
    a[0][0] * (a[1][1] * a[2][2] - a[1][2] * a[2][1]) - a[0][1] * (a[1][0] * a[2][2] - a[1][2] * a[2][0])
        + a[0][2] * (a[1][0] * a[2][1] - a[1][1] * a[2][0])
}

/// The affine from millimetres back to voxel positions; `None` when the voxel edges span no volume.
#[must_use]
pub fn inverse(a: &Affine) -> Option<Affine> {
    let volume = determinant(a);
    let edges: f64 = (0..3).map(|axis| a.iter().map(|row| row[axis] * row[axis]).sum::<f64>().sqrt()).product();
    // A sheared grid loses volume; below a millionth of the upright box it is flat for every purpose here.
    if !volume.is_finite() || volume.abs() <= 1e-6 * edges {
        return None;
    }
    let minor = |r: usize, c: usize| {
        let [r0, r1] = [(r + 1) % 3, (r + 2) % 3];
        let [c0, c1] = [(c + 1) % 3, (c + 2) % 3];
        a[r0][c0] * a[r1][c1] - a[r0][c1] * a[r1][c0]
    };
    // Cyclic minors carry their own sign, so the adjugate is just their transpose.
    let mut out = [[0.0; 4]; 3];
    for (r, row) in out.iter_mut().enumerate() {
        for (c, value) in row.iter_mut().take(3).enumerate() {
            *value = minor(c, r) / volume;
        }
        row[3] = -(0..3).map(|c| row[c] * a[c][3]).sum::<f64>();
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inverse_undoes_an_oblique_affine() {
        let affine = [[-3.9, 0.2, 0.1, 250.0], [0.3, 4.1, -0.4, -130.5], [0.0, 0.5, 3.27, -900.0]];
        let back = inverse(&affine).unwrap();
        let voxel = [12.0, -7.5, 101.25];
        let again = to_world(&back, to_world(&affine, voxel));
        for axis in 0..3 {
            assert!((again[axis] - voxel[axis]).abs() < 1e-9, "{again:?}");
        }
    }

    #[test]
    fn a_flat_grid_has_no_inverse() {
        assert!(inverse(&[[1.0, 2.0, 0.0, 0.0], [1.0, 2.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]).is_none());
        assert!(inverse(&[[0.0; 4]; 3]).is_none());
        assert!(inverse(&[[f64::NAN, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]).is_none());
    }
}

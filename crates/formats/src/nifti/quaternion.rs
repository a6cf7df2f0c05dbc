//! Rotations as NIfTI's qform stores them: the vector part of a unit quaternion.

use darkroom_imaging::{Affine, geometry};

/// The affine of a qform: rotation (b, c, d), offset, voxel edges, and the handedness (1 or -1) of the third axis.
pub(crate) fn affine(vector: [f64; 3], offset: [f64; 3], edges: [f64; 3], handedness: f64) -> Affine {
    let [b, c, d] = vector;
    let square = 1.0 - (b * b + c * c + d * d);
    // Rounding may leave the vector slightly too long: then it is a half turn about itself.
    let (a, [b, c, d]) = if square < 1e-7 {
        let length = (b * b + c * c + d * d).sqrt();
        (0.0, [b / length, c / length, d / length])
    } else {
        (square.sqrt(), [b, c, d])
    };
    let rotation = [
        [a * a + b * b - c * c - d * d, 2.0 * (b * c - a * d), 2.0 * (b * d + a * c)],
        [2.0 * (b * c + a * d), a * a + c * c - b * b - d * d, 2.0 * (c * d - a * b)],
        [2.0 * (b * d - a * c), 2.0 * (c * d + a * b), a * a + d * d - b * b - c * c],
    ];
    let edges = [edges[0].abs(), edges[1].abs(), handedness * edges[2].abs()];
    std::array::from_fn(|row| {
        let [x, y, z] = std::array::from_fn(|column| rotation[row][column] * edges[column]);
        [x, y, z, offset[row]]
    })
}

/// The vector part and handedness of an affine's rotation; `None` when its axes are not at right angles, since a qform
/// cannot say that.
pub(crate) fn of(affine: &Affine) -> Option<([f64; 3], f64)> {
    let handedness = geometry::determinant(affine).signum();
    let mut axes = [[0.0; 3]; 3];
    for (column, axis) in axes.iter_mut().enumerate() {
        let length = affine.iter().map(|row| row[column] * row[column]).sum::<f64>().sqrt();
        let sign = if column == 2 { handedness } else { 1.0 };
        *axis = std::array::from_fn(|row| sign * affine[row][column] / length);
    }
    let dot = |p: usize, q: usize| axes[p].iter().zip(&axes[q]).map(|(x, y)| x * y).sum::<f64>();
    if ![dot(0, 1), dot(0, 2), dot(1, 2)].iter().all(|cosine| cosine.abs() < 1e-4) {
        return None;
    }
    let m = |row: usize, column: usize| axes[column][row];
    // The largest of the four squares is taken first, so that nothing is divided by a small number.
    let squares = [
        1.0 + m(0, 0) + m(1, 1) + m(2, 2),
        1.0 + m(0, 0) - m(1, 1) - m(2, 2),
        1.0 - m(0, 0) + m(1, 1) - m(2, 2),
        1.0 - m(0, 0) - m(1, 1) + m(2, 2),
    ];
    let largest = (0..4).fold(0, |best, next| if squares[next] > squares[best] { next } else { best });
    let r = 2.0 * squares[largest].sqrt();
    let [yz, zx, xy] = [m(2, 1) - m(1, 2), m(0, 2) - m(2, 0), m(1, 0) - m(0, 1)];
    let [b, c, d, a] = match largest {
        0 => [yz / r, zx / r, xy / r, r / 4.0],
        1 => [r / 4.0, (m(0, 1) + m(1, 0)) / r, (m(0, 2) + m(2, 0)) / r, yz / r],
        2 => [(m(0, 1) + m(1, 0)) / r, r / 4.0, (m(1, 2) + m(2, 1)) / r, zx / r],
        _ => [(m(0, 2) + m(2, 0)) / r, (m(1, 2) + m(2, 1)) / r, r / 4.0, xy / r],
    };
    let sign = if a < 0.0 { -1.0 } else { 1.0 };
    Some(([sign * b, sign * c, sign * d], handedness))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_rotation_survives(
            q in [-1.0..1.0_f64, -1.0..1.0, -1.0..1.0, -1.0..1.0], edges in [0.5..5.0_f64, 0.5..5.0, 0.5..5.0], left in any::<bool>(),
        ) {
            let length = q.iter().map(|v| v * v).sum::<f64>().sqrt();
            prop_assume!(length > 0.1);
            let sign = if q[0] < 0.0 { -1.0 } else { 1.0 };
            let vector = [1, 2, 3].map(|n| sign * q[n] / length);
            let handedness = if left { -1.0 } else { 1.0 };
            let grid = affine(vector, [1.0, 2.0, 3.0], edges, handedness);
            let (again, hand) = of(&grid).unwrap();
            prop_assert_eq!(hand, handedness);
            let back = affine(again, [1.0, 2.0, 3.0], edges, hand);
            for (x, y) in grid.iter().flatten().zip(back.iter().flatten()) {
                prop_assert!((x - y).abs() < 1e-6, "{grid:?} {back:?}");
            }
        }
    }

    #[test]
    fn half_turns_and_shears() {
        let lps = [[-2.0, 0.0, 0.0, 9.0], [0.0, -2.0, 0.0, 8.0], [0.0, 0.0, 3.0, 7.0]];
        assert_eq!(of(&lps), Some(([0.0, 0.0, 1.0], 1.0)));
        assert_eq!(affine([0.0, 0.0, 1.0], [9.0, 8.0, 7.0], [2.0, 2.0, 3.0], 1.0), lps);
        assert_eq!(of(&[[1.0, 0.5, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]), None);
        assert_eq!(of(&[[0.0; 4]; 3]), None);
    }
}

//! The 3 x 3 x 3 box mean, edges replicated, in f64, plane by plane.

use crate::Volume;

/// Calls `each` with the 3 x 3 x 3 box mean of every plane k, in order. Three planes of in-plane sums are kept.
pub(crate) fn planes(x: &Volume, mut each: impl FnMut(&[f64])) {
    let [nx, ny, nz] = x.dims;
    let area = nx * ny;
    if area == 0 || nz == 0 {
        return;
    }
    let mut row_sums = vec![0.0; area];
    let mut ring = [vec![0.0; area], vec![0.0; area], vec![0.0; area]];
    let mut mean = vec![0.0; area];
    for k in 0..=nz {
        if k < nz {
            plane_sums(&x.data[k * area..(k + 1) * area], nx, ny, &mut row_sums, &mut ring[k % 3]);
        }
        if k > 0 {
            let here = k - 1;
            let below = &ring[here.saturating_sub(1) % 3];
            let above = &ring[(here + 1).min(nz - 1) % 3];
            for (((out, &a), &b), &c) in mean.iter_mut().zip(below).zip(&ring[here % 3]).zip(above) {
                *out = (a + b + c) / 27.0;
            }
            each(&mean);
        }
    }
}

/// 3 x 3 sums of one plane, edges replicated.
fn plane_sums(plane: &[f32], nx: usize, ny: usize, row_sums: &mut [f64], out: &mut [f64]) {
    for (row, sums) in plane.chunks_exact(nx).zip(row_sums.chunks_exact_mut(nx)) {
        for (i, sum) in sums.iter_mut().enumerate() {
            *sum = f64::from(row[i.saturating_sub(1)]) + f64::from(row[i]) + f64::from(row[(i + 1).min(nx - 1)]);
        }
    }
    for (j, line) in out.chunks_exact_mut(nx).enumerate() {
        let [before, here, after] = [j.saturating_sub(1), j, (j + 1).min(ny - 1)].map(|row| row * nx);
        for (i, sum) in line.iter_mut().enumerate() {
            *sum = row_sums[before + i] + row_sums[here + i] + row_sums[after + i];
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::Unit;

    /// The definition, voxel by voxel, with none of the separation and streaming above.
    pub(crate) fn by_definition(x: &Volume) -> Vec<f64> {
        let clamp = |at: usize, step: i64, n: usize| (at as i64 + step).clamp(0, n as i64 - 1) as usize;
        let mut out = Vec::new();
        for k in 0..x.dims[2] {
            for j in 0..x.dims[1] {
                for i in 0..x.dims[0] {
                    let mut sum = 0.0;
                    for (c, b, a) in (0..27).map(|n| (n / 9 - 1, n / 3 % 3 - 1, n % 3 - 1)) {
                        let at = x.index(clamp(i, a, x.dims[0]), clamp(j, b, x.dims[1]), clamp(k, c, x.dims[2]));
                        sum += f64::from(x.data[at]);
                    }
                    out.push(sum / 27.0);
                }
            }
        }
        out
    }

    #[test]
    fn planes_are_the_definition() {
        for dims in [[7, 5, 4], [1, 6, 3], [4, 1, 1], [3, 3, 2]] {
            let data = (0..dims.iter().product::<usize>()).map(|v| (v * v % 17) as f32).collect();
            let x = Volume::new(dims, data, [[1.0, 0.0, 0.0, 0.0]; 3], Unit::Suv).unwrap();
            let mut streamed = Vec::new();
            planes(&x, |plane| streamed.extend_from_slice(plane));
            for (a, b) in streamed.iter().zip(by_definition(&x)) {
                assert!((a - b).abs() < 1e-12, "{dims:?}: {a} {b}");
            }
            assert_eq!(streamed.len(), x.data.len());
        }
    }
}

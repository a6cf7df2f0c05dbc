//! What the tests of the twins share: indices, and the comparison with a definition in float64.

use darkroom_kernels::Elements;

/// Fails unless all of `got` lies within 1e-5 of the largest wanted value of `wanted`.
pub(crate) fn close(description: &dyn std::fmt::Debug, got: &[f32], wanted: &[f64]) {
    assert_eq!(got.len(), wanted.len(), "{description:?}");
    let largest = wanted.iter().fold(0.0_f64, |a, b| a.max(b.abs()));
    for (i, (&got, wanted)) in got.iter().zip(wanted).enumerate() {
        let error = (f64::from(got) - wanted).abs();
        assert!(error <= 1e-5 * largest + 1e-7, "{description:?}: element {i} is {got}, not {wanted}");
    }
}

/// The values of a tensor.
pub(crate) fn f64s(constant: &Elements) -> Vec<f64> {
    match constant {
        Elements::F32(values) => values.iter().map(|&v| f64::from(v)).collect(),
        Elements::I32(values) => values.iter().map(|&v| f64::from(v)).collect(),
        Elements::U32(_) => panic!("bits have no value"),
    }
}

/// Every index of a box, in row-major order.
pub(crate) fn indices<const N: usize>(dims: [usize; N]) -> impl Iterator<Item = [usize; N]> {
    (0..dims.iter().product()).map(move |mut number| {
        let mut index = [0; N];
        for axis in (0..N).rev() {
            index[axis] = number % dims[axis];
            number /= dims[axis];
        }
        index
    })
}

/// Row-major position of an index.
/// The row-major position of an index.
pub(crate) fn flat<const N: usize>(dims: [usize; N], index: [usize; N]) -> usize {
    dims.iter().zip(index).fold(0, |flat, (dim, i)| flat * dim + i)
}

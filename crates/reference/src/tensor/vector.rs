//! Exponentials on Burn's CPU backend, four at a time.
//!
//! Burn calls the C library's function for each element, which in WebAssembly takes longer than all else that a softmax
//! does, or than the products of an attention around it. Every other backend does its own.

use std::any::Any;

use burn_flex::FlexTensor;
use wide::f32x4;

/// The tensor of a float primitive, if it is one of the CPU backend.
pub(super) fn of_cpu<T: Any>(primitive: &mut T) -> Option<&mut FlexTensor> {
    (primitive as &mut dyn Any).downcast_mut()
}

/// Its elements, row-major, where they can be changed: copied if they are shared or lie otherwise.
fn elements(tensor: &mut FlexTensor) -> &mut [f32] {
    *tensor = tensor.to_contiguous();
    tensor.storage_mut()
}

/// e^x for each element.
pub(super) fn exp(tensor: &mut FlexTensor) {
    map(elements(tensor), f32x4::exp);
}

/// 1 / (1 + e^-x) for each element.
pub(super) fn sigmoid(tensor: &mut FlexTensor) {
    map(elements(tensor), |x| f32x4::ONE / (f32x4::ONE + (-x).exp()));
}

/// The softmax of each row of the last axis.
pub(super) fn softmax(tensor: &mut FlexTensor) {
    let Some(width) = tensor.layout().shape().last().copied().filter(|&width| width > 0) else { return };
    for row in elements(tensor).chunks_exact_mut(width) {
        let top = fold(row, f32::NEG_INFINITY, f32x4::fast_max, f32::max);
        map(row, |x| (x - f32x4::splat(top)).exp());
        let share = 1.0 / fold(row, 0.0, |sum, x| sum + x, |sum, x| sum + x);
        for x in row {
            *x *= share;
        }
    }
}

/// All elements combined, four lanes side by side and then these.
fn fold(elements: &[f32], start: f32, lanes: fn(f32x4, f32x4) -> f32x4, single: fn(f32, f32) -> f32) -> f32 {
    let (fours, rest) = elements.as_chunks();
    let all = fours.iter().fold(f32x4::splat(start), |all, &four| lanes(all, f32x4::new(four)));
    all.to_array().iter().chain(rest).copied().fold(start, single)
}

/// Applies a function of four lanes to all elements.
fn map(elements: &mut [f32], apply: impl Fn(f32x4) -> f32x4) {
    let (fours, rest) = elements.as_chunks_mut();
    for four in fours {
        *four = apply(f32x4::new(*four)).to_array();
    }
    let mut last = [0.0; 4];
    last[..rest.len()].copy_from_slice(rest);
    rest.copy_from_slice(&apply(f32x4::new(last)).to_array()[..rest.len()]);
}

#[cfg(test)]
mod tests {
    use burn_backend::TensorData;

    use super::*;

    /// Applies `change` to a tensor of rows and gives its elements.
    fn changed(values: &[f32], width: usize, change: fn(&mut FlexTensor)) -> Vec<f32> {
        let mut tensor = FlexTensor::from_data(TensorData::new(values.to_vec(), [values.len() / width, width]));
        change(&mut tensor);
        tensor.as_slice().map(<[f32]>::to_vec).unwrap_or_default()
    }

    #[test]
    fn each_is_within_two_units_of_the_last_place() {
        let values: Vec<f32> = (-8600..8800).map(|n| n as f32 * 0.01).collect();
        for (&x, y) in values.iter().zip(changed(&values, 1, exp)) {
            let expected = f64::from(x).exp();
            assert!((f64::from(y) - expected).abs() < 2.5e-7 * expected, "e^{x} is {expected}, not {y}");
        }
        for (&x, y) in values.iter().zip(changed(&values, 1, sigmoid)) {
            let expected = 1.0 / (1.0 + (-f64::from(x)).exp());
            assert!((f64::from(y) - expected).abs() < 2.5e-7 * expected, "the sigmoid of {x} is {expected}, not {y}");
        }
    }

    #[test]
    fn ends_of_the_range() {
        let ends = [f32::NEG_INFINITY, -1000.0, 0.0, 1000.0, f32::INFINITY];
        assert_eq!(changed(&ends, 1, exp), [0.0, 0.0, 1.0, f32::INFINITY, f32::INFINITY]);
        assert_eq!(changed(&ends, 1, sigmoid), [0.0, 0.0, 0.5, 1.0, 1.0]);
        assert!(changed(&[f32::NAN], 1, exp)[0].is_nan());
    }

    #[test]
    fn rows_have_a_softmax_each() {
        let values = [0.0, 1.0, 2.0, 3.0, 4.0, 500.0, 500.0, f32::NEG_INFINITY, -900.0, 300.0];
        let shares = changed(&values, 5, softmax);
        let sum: f64 = (0..5).map(|n| f64::from(n).exp()).sum();
        for (n, &share) in shares[..5].iter().enumerate() {
            assert!((f64::from(share) - (n as f64).exp() / sum).abs() < 1e-7, "share {n} is {share}");
        }
        assert_eq!(shares[5..], [0.5, 0.5, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn what_is_shared_stays() {
        let kept = FlexTensor::from_data(TensorData::new(vec![1.0_f32, 2.0], [2]));
        let mut changed = kept.clone();
        exp(&mut changed);
        assert_eq!(kept.as_slice::<f32>(), Some(&[1.0, 2.0][..]));
    }
}

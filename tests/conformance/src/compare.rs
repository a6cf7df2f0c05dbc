//! Whether a result is the one the case wants.

use crate::{Numbers, Value};

/// Relative tolerance of `onnx.backend.test`.
pub const RELATIVE: f64 = 1e-3;
/// Absolute tolerance of `onnx.backend.test`.
pub const ABSOLUTE: f64 = 1e-7;

/// Why `got` is not `wanted`: as `numpy.testing.assert_allclose`, shape and type first.
///
/// Every element must satisfy `|got - wanted| <= ABSOLUTE + RELATIVE * |wanted|`; infinities must be
/// the same, and where one is NaN both must be. Integers are held to the same bound, as onnx does.
#[must_use]
pub fn difference(got: &Value, wanted: &Value) -> Option<String> {
    if got.dims != wanted.dims {
        return Some(format!("its shape is {:?}, wanted is {:?}", got.dims, wanted.dims));
    }
    if got.element != wanted.element {
        return Some(format!("its type is {}, wanted is {}", got.element, wanted.element));
    }
    match (&got.numbers, &wanted.numbers) {
        (Numbers::Floats(got), Numbers::Floats(wanted)) => worst(got, wanted),
        (Numbers::Integers(got), Numbers::Integers(wanted)) => {
            let real = |values: &[i128]| values.iter().map(|&value| value as f64).collect::<Vec<_>>();
            worst(&real(got), &real(wanted))
        }
        _ => Some("it is of another kind of numbers than wanted".to_owned()),
    }
}

fn worst(got: &[f64], wanted: &[f64]) -> Option<String> {
    if got.len() != wanted.len() {
        return Some(format!("{} elements, wanted are {}", got.len(), wanted.len()));
    }
    let wrong: Vec<usize> = (0..got.len()).filter(|&n| !is_close(got[n], wanted[n])).collect();
    let first = *wrong.first()?;
    let share = format!("{} of {} elements are wrong", wrong.len(), got.len());
    Some(format!("{share}; element {first} is {}, wanted is {}", got[first], wanted[first]))
}

fn is_close(got: f64, wanted: f64) -> bool {
    if !(got.is_finite() && wanted.is_finite()) {
        return got == wanted || (got.is_nan() && wanted.is_nan());
    }
    (got - wanted).abs() <= ABSOLUTE + RELATIVE * wanted.abs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rten_onnx::onnx::DataType;

    fn value(numbers: Vec<f64>) -> Value {
        Value { element: DataType::FLOAT, dims: vec![numbers.len()], numbers: Numbers::Floats(numbers) }
    }

    #[test]
    fn the_bound_is_relative_to_what_is_wanted() {
        assert_eq!(difference(&value(vec![1000.9]), &value(vec![1000.0])), None);
        assert!(difference(&value(vec![1001.1]), &value(vec![1000.0])).is_some());
        assert!(difference(&value(vec![2e-7]), &value(vec![0.0])).is_some());
    }

    #[test]
    fn what_is_no_number_must_be_none_on_both_sides() {
        let (nan, infinity) = (f64::NAN, f64::INFINITY);
        assert_eq!(difference(&value(vec![nan, infinity]), &value(vec![nan, infinity])), None);
        assert!(difference(&value(vec![0.0]), &value(vec![nan])).is_some());
        assert!(difference(&value(vec![nan]), &value(vec![0.0])).is_some());
        assert!(difference(&value(vec![-infinity]), &value(vec![infinity])).is_some());
        assert!(difference(&value(vec![0.0]), &value(vec![infinity])).is_some());
    }

    #[test]
    fn shapes_and_types_count() {
        let scalar = Value { dims: vec![], ..value(vec![1.0]) };
        assert!(difference(&scalar, &value(vec![1.0])).is_some_and(|why| why.contains("shape")));
        let double = Value { element: DataType::DOUBLE, ..value(vec![1.0]) };
        assert!(difference(&double, &value(vec![1.0])).is_some_and(|why| why.contains("DOUBLE")));
    }
}

//! Real values as stored numbers and a rescale slope.

/// Stored numbers of a slice, and the slope and intercept that bring them back.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Quantised {
    /// The intercept as a decimal string.
    pub(crate) intercept: String,
    /// The slope as a decimal string of at most 16 characters.
    pub(crate) slope: String,
    /// The numbers row by row; of signed ones, their bits.
    pub(crate) numbers: Vec<u16>,
}

/// Quantises a slice to -32767..=32767 without an intercept. The error is at most half the slope.
pub(crate) fn quantise_signed(values: impl Iterator<Item = f64> + Clone) -> Quantised {
    let top = values.clone().fold(0.0, |top: f64, value| top.max(value.abs()));
    let (slope, text) = slope(top / f64::from(i16::MAX));
    let number = |value: f64| (value / slope).round().clamp(f64::from(i16::MIN), f64::from(i16::MAX)) as i16;
    Quantised {
        intercept: "0".into(),
        slope: text,
        numbers: values.map(|value| number(value).cast_unsigned()).collect(),
    }
}

/// Quantises a slice to 0..=65535 without an intercept, values below zero becoming zero. The error of all others is at
/// most half the slope.
pub(crate) fn quantise_unsigned(values: impl Iterator<Item = f64> + Clone) -> Quantised {
    let top = values.clone().fold(0.0, f64::max);
    let (slope, text) = slope(top / f64::from(u16::MAX));
    let number = |value: f64| (value / slope).round().clamp(0.0, f64::from(u16::MAX)) as u16;
    Quantised { intercept: "0".into(), slope: text, numbers: values.map(number).collect() }
}

/// Quantises a slice to 0..=65535 between the bounds of its series, so that all slices share slope and intercept. The
/// error is at most half the slope.
pub(crate) fn quantise_between(values: impl Iterator<Item = f64>, [low, high]: [f64; 2]) -> Quantised {
    let intercept = low.floor();
    let (slope, text) = slope((high - intercept) / f64::from(u16::MAX));
    let number = |value: f64| ((value - intercept) / slope).round().clamp(0.0, f64::from(u16::MAX)) as u16;
    Quantised { intercept: intercept.to_string(), slope: text, numbers: values.map(number).collect() }
}

/// The least decimal string that is not below `least`, and its value. An empty slice gets 1.
fn slope(least: f64) -> (f64, String) {
    if least < f64::MIN_POSITIVE {
        return (1.0, "1".into());
    }
    // Nine decimals and an exponent of two digits make 15 characters at most. A part in 1e9 more rounds up for sure.
    let text = [1.0, 1.0 + 1e-9, 1.0 + 2e-9]
        .map(|more| format!("{:.9E}", least * more))
        .into_iter()
        .find(|text| text.parse::<f64>().is_ok_and(|value| value >= least))
        .unwrap_or_else(|| format!("{:.9E}", least * 1.000_001));
    (text.parse().unwrap_or(least), text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn values_come_back_within_half_a_slope(
            values in prop::collection::vec(-1.0..1.0_f64, 1..50), magnitude in -9..9_i32, signed in any::<bool>(),
        ) {
            let scale = 10_f64.powi(magnitude);
            let scaled = values.iter().map(|v| v * scale);
            let found = if signed { quantise_signed(scaled) } else { quantise_unsigned(scaled) };
            prop_assert!(found.slope.len() <= 16, "{}", found.slope);
            let slope: f64 = found.slope.parse().unwrap();
            for (number, value) in found.numbers.iter().zip(&values) {
                let wanted = if signed { value * scale } else { (value * scale).max(0.0) };
                let back = if signed { f64::from(number.cast_signed()) } else { f64::from(*number) } * slope;
                prop_assert!((back - wanted).abs() <= slope * 0.500_001, "{back} {value}");
            }
        }
    }

    #[test]
    fn values_between_bounds_share_slope_and_intercept() {
        let bounds = [-1024.5, 3071.0];
        let found = quantise_between([-1024.5, 0.25, 3071.0].into_iter(), bounds);
        assert_eq!(found.intercept, "-1025");
        let slope: f64 = found.slope.parse().unwrap();
        for (number, value) in found.numbers.iter().zip([-1024.5, 0.25, 3071.0]) {
            assert!((f64::from(*number) * slope - 1025.0 - value).abs() <= slope * 0.500_001);
        }
    }

    #[test]
    fn an_empty_slice_is_zeros() {
        assert_eq!(
            quantise_unsigned([0.0, -3.0].into_iter()),
            Quantised { intercept: "0".into(), slope: "1".into(), numbers: vec![0, 0] }
        );
    }
}

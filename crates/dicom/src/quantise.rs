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
    let (intercept, intercept_text) = intercept(low, high - low);
    let (slope, text) = slope((high - intercept) / f64::from(u16::MAX));
    let number = |value: f64| ((value - intercept) / slope).round().clamp(0.0, f64::from(u16::MAX)) as u16;
    Quantised { intercept: intercept_text, slope: text, numbers: values.map(number).collect() }
}

/// A decimal string of at most 16 characters that is not above `low`, and its value: a whole number where that gives away
/// no more than a thousandth of the range, else with as many decimals as that takes.
fn intercept(low: f64, range: f64) -> (f64, String) {
    let place = |value: f64| value.abs().max(f64::MIN_POSITIVE).log10().floor() as i32;
    // Nine digits are more than a float32 tells apart, and fit with sign and exponent.
    let mut exponent = place(range / 1000.0).min(0).max(place(low) - 8);
    // A zero has no sign.
    let mut digits = (low / 10_f64.powi(exponent)).floor() + 0.0;
    while exponent < 0 && digits % 10.0 == 0.0 {
        digits /= 10.0;
        exponent += 1;
    }
    let text = if exponent == 0 { digits.to_string() } else { format!("{digits}E{exponent}") };
    (text.parse().unwrap_or(low), text)
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

    proptest! {
        #[test]
        fn no_range_is_lost_wherever_it_lies(
            values in prop::collection::vec(-1.0..1.0_f32, 2..50), magnitude in -12..25_i32, shift in -20_000..20_000_i32,
        ) {
            // As large beside its range as float32 lets it be.
            let scale = 10_f32.powi(magnitude);
            let values: Vec<f64> = values.iter().map(|v| f64::from((v + shift as f32 / 4.0) * scale)).collect();
            let [low, high] = values.iter().fold([f64::MAX, f64::MIN], |[l, h], &v| [l.min(v), h.max(v)]);
            let found = quantise_between(values.iter().copied(), [low, high]);
            prop_assert!(found.intercept.len() <= 16 && found.slope.len() <= 16, "{found:?}");
            let [slope, intercept] = [&found.slope, &found.intercept].map(|text| text.parse::<f64>().unwrap());
            for (number, value) in found.numbers.iter().zip(&values) {
                let error = (f64::from(*number) * slope + intercept - value).abs();
                prop_assert!(error <= (high - low) / 65_535.0 * 0.51 || high == low && error <= 1e-8 * low.abs(), "{error}");
            }
        }
    }

    #[test]
    fn intercepts_are_whole_where_that_costs_nothing() {
        let of = |bounds: [f64; 2]| quantise_between(bounds.into_iter(), bounds).intercept;
        assert_eq!(of([-1024.5, 3071.0]), "-1025");
        assert_eq!(of([-1024.0, -500.0]), "-1024");
        assert_eq!(of([-0.0, 4095.0]), "0");
        // A diffusion coefficient in mm²/s, slightly below zero.
        assert_eq!(of([-2.05e-5, 3e-3]), "-21E-6");
        assert_eq!(of([-3.276_8e19, 3.276_7e19]), "-327680000E11");
        assert_eq!(of([0.0, 0.0]), "0");
    }

    #[test]
    fn an_empty_slice_is_zeros() {
        assert_eq!(
            quantise_unsigned([0.0, -3.0].into_iter()),
            Quantised { intercept: "0".into(), slope: "1".into(), numbers: vec![0, 0] }
        );
    }
}

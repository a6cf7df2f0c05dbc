//! Numbers as reports write them.

/// A value with four or five significant digits, as a power of ten where it is very small or large: an image may be in Bq/ml or in
/// units of its own, and a number that reads 0.0000 or has eleven digits tells nothing.
#[must_use]
pub fn figure(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() {
        return "–".to_owned();
    }
    if size != 0.0 && !(1e-3..999_995.0).contains(&size) {
        return format!("{value:.4e}");
    }
    let whole = if size < 1.0 { 1.0 } else { size.log10().floor() + 1.0 };
    let places = (5.0 - whole).max(0.0) as usize;
    // Below one the zeros behind the point count for nothing.
    let more = if size > 0.0 && size < 0.1 { (-size.log10()).ceil() as usize - 1 } else { 0 };
    format!("{value:.*}", places + more)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_and_large_values_keep_their_digits() {
        for (value, written) in [
            (0.0, "0.0000"),
            (2.2e-6, "2.2000e-6"),
            (-0.001_234_6, "-0.001235"),
            (0.034_5, "0.03450"),
            (0.25, "0.2500"),
            (14.663_4, "14.663"),
            (-203.894, "-203.89"),
            (179_711.4, "179711"),
            (14_378_529_397.0, "1.4379e10"),
            (f64::NAN, "–"),
        ] {
            assert_eq!(figure(value), written);
        }
    }
}

//! Numbers in words, as the page prints them.

/// A value with as many digits as its size deserves.
#[must_use]
pub fn value_words(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() {
        "n/a".to_owned()
    } else if size >= 1e6 {
        format!("{value:.2e}")
    } else if size >= 1000.0 {
        format!("{value:.0}")
    } else if size >= 100.0 {
        format!("{value:.1}")
    } else if size >= 0.005 || size == 0.0 {
        format!("{value:.2}")
    } else {
        format!("{value:.1e}")
    }
}

/// A value that always shows its sign, with a true minus.
#[must_use]
pub fn signed(value: f64) -> String {
    let words = value_words(value.abs());
    if value < 0.0 { format!("\u{2212}{words}") } else { format!("+{words}") }
}

/// A place in the patient: "L 12  P 30  S 45 mm".
#[must_use]
pub fn position_words(ras: [f64; 3]) -> String {
    let part = |value: f64, positive: char, negative: char| {
        format!("{} {:.0}", if value >= 0.0 { positive } else { negative }, value.abs())
    };
    format!("{}  {}  {} mm", part(ras[0], 'R', 'L'), part(ras[1], 'A', 'P'), part(ras[2], 'S', 'I'))
}

/// A time as a person would say it.
#[must_use]
pub fn seconds_words(seconds: f64) -> String {
    let whole = seconds.max(0.0).ceil() as u64;
    match whole {
        0..60 => format!("{whole} s"),
        60..3600 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole / 60 % 60),
    }
}

/// A size in bytes as a person would say it.
#[must_use]
pub fn size_words(bytes: usize) -> String {
    if bytes >= 1_000_000 { format!("{:.1} MB", bytes as f64 / 1e6) } else { format!("{:.0} kB", bytes as f64 / 1e3) }
}

/// A count with its thousands apart, as in tables of the field.
#[must_use]
pub fn count_words(count: usize) -> String {
    let digits = count.to_string();
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().filter_map(|group| str::from_utf8(group).ok()).collect();
    groups.join("\u{202f}")
}

/// A dose as a fraction where it is close to one: "1/10", otherwise as a percentage.
#[must_use]
pub fn dose_words(dose: f64) -> String {
    let parts = (1.0 / dose).round();
    if (1.0..=100.0).contains(&parts) && (1.0 / parts - dose).abs() < 0.02 * dose {
        format!("1/{parts:.0}")
    } else {
        format!("{:.0} %", 100.0 * dose)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_three_digits_or_so() {
        assert_eq!(value_words(3.214), "3.21");
        assert_eq!(value_words(12345.6), "12346");
        assert_eq!(value_words(14_378_529_397.0), "1.44e10");
        assert_eq!(value_words(0.0), "0.00");
        assert_eq!(value_words(0.0004), "4.0e-4");
        assert_eq!(value_words(f64::NAN), "n/a");
        assert_eq!(signed(-0.5), "\u{2212}0.50");
        assert_eq!(signed(4.0), "+4.00");
    }

    #[test]
    fn positions_name_the_side() {
        assert_eq!(position_words([-12.2, -30.0, 45.4]), "L 12  P 30  S 45 mm");
        assert_eq!(position_words([3.0, 4.0, -5.0]), "R 3  A 4  I 5 mm");
    }

    #[test]
    fn times_and_sizes_read_well() {
        assert_eq!(seconds_words(11.2), "12 s");
        assert_eq!(seconds_words(75.0), "1 min 15 s");
        assert_eq!(seconds_words(3_700.0), "1 h 01 min");
        assert_eq!(size_words(3_200_000), "3.2 MB");
        assert_eq!(size_words(4_321), "4 kB");
    }

    #[test]
    fn doses_are_fractions_when_they_can_be() {
        assert_eq!(dose_words(0.1), "1/10");
        assert_eq!(dose_words(0.25), "1/4");
        assert_eq!(dose_words(1.0), "1/1");
        assert_eq!(dose_words(0.7), "70 %");
    }
}

//! DICOM dates and times as seconds on one axis.

/// Seconds of a day.
pub const DAY: f64 = 86_400.0;

/// Days since 1970-01-01 of a date (DA): `YYYYMMDD`, or `YYYY.MM.DD` of old files.
#[must_use]
pub fn date(text: &str) -> Option<i64> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let part = |range: std::ops::Range<usize>| digits.get(range).and_then(|part| part.parse::<i64>().ok());
    let (year, month, day) = (part(0..4)?, part(4..6)?, part(6..8)?);
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let longest = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if digits.len() != 8 || !(1..=12).contains(&month) || !(1..=longest).contains(&day) {
        return None;
    }
    // Years begin in March, so that a leap day is a year's last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let era_days = year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Some(era_days + (153 * month + 2) / 5 + day - 1 - 719_468)
}

/// Seconds since midnight of a time (TM): `HHMMSS.FFFFFF`, shortened from the right, or with colons in old files.
#[must_use]
pub fn time(text: &str) -> Option<f64> {
    let plain: String = text.trim().chars().filter(|c| *c != ':').collect();
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    if !matches!(whole.len(), 2 | 4 | 6) || !whole.chars().chain(fraction.chars()).all(|c| c.is_ascii_digit()) {
        return None;
    }
    let part = |start: usize| whole.get(start..start + 2).map_or(Some(0), |part| part.parse::<u32>().ok());
    let (hours, minutes, seconds) = (part(0)?, part(2)?, part(4)?);
    // 60 is a leap second.
    if hours > 23 || minutes > 59 || seconds > 60 {
        return None;
    }
    let fraction: f64 = format!("0.{fraction}0").parse().ok()?;
    Some(f64::from(hours * 3600 + minutes * 60 + seconds) + fraction)
}

/// Seconds since 1970-01-01 of a date and time (DT), in the file's own local time: an offset from UTC is left out,
/// because the times it is compared with carry none; [`offset`] reads it.
#[must_use]
pub fn date_time(text: &str) -> Option<f64> {
    let local = text.trim().split(['+', '-', '&']).next()?;
    Some(date(local.get(..8)?)? as f64 * DAY + time(local.get(8..)?)?)
}

/// Seconds that the local time of a date and time (DT), or of Timezone Offset From UTC (0008,0201), is ahead of UTC:
/// what stands behind the digits as `+0100` or `-0500`.
#[must_use]
pub fn offset(text: &str) -> Option<f64> {
    let sign = text.rfind(['+', '-'])?;
    let digits = text.get(sign + 1..)?.trim();
    if digits.len() != 4 || !digits.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let seconds = time(digits)?;
    Some(if text[sign..].starts_with('-') { -seconds } else { seconds })
}

/// The moment nearest to `moment` whose time of day is `clock`.
#[must_use]
pub fn nearest(moment: f64, clock: f64) -> f64 {
    ((moment - clock) / DAY).round() * DAY + clock
}

/// Hours, minutes and seconds of a moment, for people.
#[must_use]
pub fn clock(seconds: f64) -> String {
    let second = seconds.rem_euclid(DAY).round() as u32 % 86_400;
    format!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)
}

/// The digits of a moment's time as DICOM writes them (TM): `HHMMSS.FFFFFF`.
#[must_use]
pub fn digits(seconds: f64) -> String {
    let micros = (seconds.rem_euclid(DAY) * 1e6).round() as u64 % 86_400_000_000;
    let second = micros / 1_000_000;
    format!("{:02}{:02}{:02}.{:06}", second / 3600, second / 60 % 60, second % 60, micros % 1_000_000)
}

/// The day of a moment as `YYYY-MM-DD`; `None` on day zero, which stands for files without a date.
#[must_use]
pub fn day(seconds: f64) -> Option<String> {
    let days = (seconds / DAY).floor() as i64;
    if !(1..4_000_000).contains(&days) {
        return None;
    }
    // Back from days to a year that begins in March, whose leap day is its last.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let date = of_year - (153 * month + 2) / 5 + 1;
    let (month, late) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    Some(format!("{:04}-{month:02}-{date:02}", year + era * 400 + late))
}

/// A moment for people: day, where there is one, and time of day.
#[must_use]
pub fn stamp(seconds: f64) -> String {
    // A second that rounds up to midnight is the next day's first.
    let seconds = seconds.round();
    day(seconds).map_or_else(|| clock(seconds), |day| format!("{day} {}", clock(seconds)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_days() {
        assert_eq!(date("19700101"), Some(0));
        assert_eq!(date("20000301"), Some(11_017));
        assert_eq!(date("2024.02.29"), Some(19_782));
        assert_eq!(date("20250101").unwrap() - date("20241231").unwrap(), 1);
        for bad in ["", "2025", "20251301", "20250100", "20250229", "21000229", "20250431", "x"] {
            assert_eq!(date(bad), None, "{bad}");
        }
    }

    #[test]
    fn times_are_seconds() {
        assert_eq!(time("101530.25"), Some(36_930.25));
        assert_eq!(time("10:15:30"), Some(36_930.0));
        assert_eq!(time("1015"), Some(36_900.0));
        assert_eq!(time("10"), Some(36_000.0));
        for bad in ["", "1", "250000", "106000", "ab", "101530.x"] {
            assert_eq!(time(bad), None, "{bad}");
        }
        assert_eq!(date_time("19700102000001.5+0100"), Some(DAY + 1.5));
        assert_eq!(date_time("19700102"), None);
        assert_eq!(offset("19700102000001.5+0130"), Some(5400.0));
        assert_eq!(offset("-0500"), Some(-18_000.0));
        for none in ["19700102000001", "+1", "+01:00", "x-ab00", ""] {
            assert_eq!(offset(none), None, "{none}");
        }
        assert_eq!(nearest(3.0 * DAY + 60.0, DAY - 60.0), 3.0 * DAY - 60.0);
        assert_eq!(nearest(3.0 * DAY + 7200.0, 3600.0), 3.0 * DAY + 3600.0);
        assert_eq!(clock(DAY + 36_930.4), "10:15:30");
        assert_eq!(clock(-1.0), "23:59:59");
        assert_eq!(digits(DAY + 36_930.25), "101530.250000");
    }

    #[test]
    fn days_come_back_as_dates() {
        for text in ["19700102", "20000229", "20250301", "20241231", "21000228"] {
            let days = date(text).unwrap();
            assert_eq!(day(days as f64 * DAY + 5.0).unwrap().replace('-', ""), text);
        }
        assert_eq!(day(3600.0), None);
        assert_eq!(stamp(36_930.0), "10:15:30");
        assert_eq!(stamp(date_time("20250301101530").unwrap()), "2025-03-01 10:15:30");
        assert_eq!(stamp(date_time("20250301235959.7").unwrap()), "2025-03-02 00:00:00");
    }
}

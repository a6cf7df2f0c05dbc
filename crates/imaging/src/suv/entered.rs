//! What a person enters where a file is silent or wrong.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Sex;
use crate::moment::{self, DAY};

/// Values entered by hand. Each comes before the file's, and is told in everything that is written later.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Entered {
    /// Body weight in kilograms.
    pub weight_kg: Option<f64>,
    /// Body height in metres.
    pub height_m: Option<f64>,
    /// Sex, which lean body mass and ideal weight depend on.
    pub sex: Option<Sex>,
    /// Injected activity in megabecquerel, at the time of injection.
    pub dose_mbq: Option<f64>,
    /// When it was injected.
    pub injected_at: Option<When>,
    /// The moment that the image's decay correction refers to, mostly the start of the scan.
    pub scanned_at: Option<When>,
    /// Half-life of the radionuclide in seconds.
    pub half_life_s: Option<f64>,
    /// START, ADMIN or NONE.
    pub decay_correction: Option<String>,
}

impl Entered {
    /// Whether nothing was entered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a value was entered for `field`.
    #[must_use]
    pub fn has(&self, field: Field) -> bool {
        match field {
            Field::Weight => self.weight_kg.is_some(),
            Field::Height => self.height_m.is_some(),
            Field::Sex => self.sex.is_some(),
            Field::Dose => self.dose_mbq.is_some(),
            Field::InjectedAt => self.injected_at.is_some(),
            Field::ScannedAt => self.scanned_at.is_some(),
            Field::HalfLife => self.half_life_s.is_some(),
            Field::DecayCorrection => self.decay_correction.is_some(),
        }
    }
}

/// A value that can be entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Field {
    /// [`Entered::weight_kg`].
    Weight,
    /// [`Entered::height_m`].
    Height,
    /// [`Entered::sex`].
    Sex,
    /// [`Entered::dose_mbq`].
    Dose,
    /// [`Entered::injected_at`].
    InjectedAt,
    /// [`Entered::scanned_at`].
    ScannedAt,
    /// [`Entered::half_life_s`].
    HalfLife,
    /// [`Entered::decay_correction`].
    DecayCorrection,
}

impl Field {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Weight,
        Self::Height,
        Self::Sex,
        Self::Dose,
        Self::InjectedAt,
        Self::ScannedAt,
        Self::HalfLife,
        Self::DecayCorrection,
    ];

    /// The field's name as an option of the command line, without dashes.
    #[must_use]
    pub fn option(self) -> &'static str {
        match self {
            Self::Weight => "weight",
            Self::Height => "height",
            Self::Sex => "sex",
            Self::Dose => "injected-dose",
            Self::InjectedAt => "injected-at",
            Self::ScannedAt => "scanned-at",
            Self::HalfLife => "half-life",
            Self::DecayCorrection => "decay-correction",
        }
    }
}

/// A time of day, or a moment with its date.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum When {
    /// Seconds since midnight.
    Clock(f64),
    /// Seconds since 1970-01-01, local time.
    Moment(f64),
}

impl When {
    /// The moment nearest before `limit` (or at it) that this time of day names; a moment is itself.
    #[must_use]
    pub fn before(self, limit: f64) -> f64 {
        match self {
            Self::Moment(moment) => moment,
            Self::Clock(clock) => {
                let same_day = (limit / DAY).floor() * DAY + clock;
                if same_day > limit { same_day - DAY } else { same_day }
            }
        }
    }

    /// The moment that this time of day names on the day of `other`; a moment is itself.
    #[must_use]
    pub fn on_the_day_of(self, other: f64) -> f64 {
        match self {
            Self::Moment(moment) => moment,
            Self::Clock(clock) => (other / DAY).floor() * DAY + clock,
        }
    }
}

impl FromStr for When {
    type Err = String;

    /// Reads `HH:MM`, `HH:MM:SS` or `YYYY-MM-DD HH:MM[:SS]` (a `T` may stand between).
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("\"{text}\" is no time; write 10:35, 10:35:20 or 2025-03-01 10:35");
        let text = text.trim();
        match text.split_once([' ', 'T']) {
            Some((day, clock)) => {
                let days = moment::date(day).filter(|_| day.len() == 10).ok_or_else(wrong)?;
                Ok(Self::Moment(days as f64 * DAY + moment::time(clock).ok_or_else(wrong)?))
            }
            None => moment::time(text).filter(|_| text.contains(':')).map(Self::Clock).ok_or_else(wrong),
        }
    }
}

impl TryFrom<String> for When {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<When> for String {
    fn from(when: When) -> Self {
        match when {
            When::Clock(seconds) => moment::clock(seconds),
            When::Moment(seconds) => moment::stamp(seconds),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_laid_before_the_scan() {
        assert_eq!("10:35".parse(), Ok(When::Clock(38_100.0)));
        assert_eq!("1970-01-02T00:00:30".parse(), Ok(When::Moment(DAY + 30.0)));
        for wrong in ["", "1035", "25:00", "2025-03-01", "1-3-2025 10:00", "now"] {
            assert!(wrong.parse::<When>().is_err(), "{wrong}");
        }
        // Half past eleven in the evening lies before a scan half an hour past midnight.
        assert_eq!(When::Clock(84_600.0).before(5.0 * DAY + 1800.0), 4.0 * DAY + 84_600.0);
        assert_eq!(When::Clock(100.0).before(5.0 * DAY + 1800.0), 5.0 * DAY + 100.0);
    }

    #[test]
    fn what_was_entered_travels_as_json() {
        let text = r#"{"weight_kg": 71.5, "injected_at": "2025-03-01 10:35", "sex": "O"}"#;
        let entered: Entered = serde_json::from_str(text).unwrap();
        assert_eq!((entered.weight_kg, entered.sex), (Some(71.5), Some(Sex::Other)));
        let again = serde_json::to_string(&entered).unwrap();
        assert_eq!(serde_json::from_str::<Entered>(&again).unwrap(), entered);
        assert!(serde_json::from_str::<Entered>(r#"{"wait": 1}"#).is_err());
        assert!(serde_json::from_str::<Entered>(r#"{"injected_at": "noon"}"#).is_err());
    }
}

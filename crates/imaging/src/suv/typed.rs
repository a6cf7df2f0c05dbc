//! What a person typed into a field, as a value.

use super::{Entered, Field, Nuclide, Sex};

impl Entered {
    /// Takes what was typed into `field`, in the field's own unit: kilograms, metres, megabecquerel, seconds.
    ///
    /// # Errors
    /// A half sentence that says how the field is written. Whether a value makes sense is said where SUV is computed.
    pub fn set(&mut self, field: Field, text: &str) -> Result<(), String> {
        let text = text.trim();
        match field {
            Field::Weight => self.weight_kg = Some(number(text)?),
            Field::Height => self.height_m = Some(number(text)?),
            Field::Sex => self.sex = Some(sex(text)?),
            Field::Dose => self.dose_mbq = Some(number(text)?),
            Field::InjectedAt => self.injected_at = Some(text.parse()?),
            Field::ScannedAt => self.scanned_at = Some(text.parse()?),
            Field::HalfLife => self.half_life_s = Some(half_life(text)?),
            Field::DecayCorrection => self.decay_correction = Some(decay_correction(text)?),
        }
        Ok(())
    }
}

impl Field {
    /// The field's name and unit, for the person who fills it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Weight => "Weight, kg",
            Self::Height => "Height, m",
            Self::Sex => "Sex: M, F or O",
            Self::Dose => "Injected dose, MBq",
            Self::InjectedAt => "Injected at",
            Self::ScannedAt => "Scanned at",
            Self::HalfLife => "Half-life, s, or nuclide",
            Self::DecayCorrection => "Decay correction",
        }
    }

    /// An example of how it is written.
    #[must_use]
    pub fn example(self) -> &'static str {
        match self {
            Self::Weight => "71.5",
            Self::Height => "1.75",
            Self::Sex => "F",
            Self::Dose => "350",
            Self::InjectedAt | Self::ScannedAt => "10:35 or 2025-03-01 10:35",
            Self::HalfLife => "6586.2 or F-18",
            Self::DecayCorrection => "START, ADMIN or NONE",
        }
    }
}

/// M, F or O.
///
/// # Errors
/// How it is written.
pub fn sex(text: &str) -> Result<Sex, String> {
    Sex::of(text).ok_or_else(|| "write M, F or O".to_owned())
}

/// Seconds, or the half-life of a nuclide of PET.
///
/// # Errors
/// How it is written.
pub fn half_life(text: &str) -> Result<f64, String> {
    let seconds = text.parse().ok().or_else(|| Nuclide::of(text).map(|nuclide| nuclide.half_life));
    seconds.ok_or_else(|| "write seconds, or a nuclide of PET such as F-18".to_owned())
}

fn decay_correction(text: &str) -> Result<String, String> {
    let word = text.to_ascii_uppercase();
    if ["START", "ADMIN", "NONE"].contains(&word.as_str()) {
        Ok(word)
    } else {
        Err("write START, ADMIN or NONE".to_owned())
    }
}

fn number(text: &str) -> Result<f64, String> {
    text.replace(',', ".")
        .parse()
        .ok()
        .filter(|value: &f64| value.is_finite())
        .ok_or_else(|| format!("\"{text}\" is no number"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suv::When;

    const ALL: [Field; 8] = [
        Field::Weight,
        Field::Height,
        Field::Sex,
        Field::Dose,
        Field::InjectedAt,
        Field::ScannedAt,
        Field::HalfLife,
        Field::DecayCorrection,
    ];

    #[test]
    fn each_field_takes_its_example_and_refuses_nonsense() {
        let mut entered = Entered::default();
        for field in ALL {
            let example =
                field.example().split(" or ").next().unwrap_or_default().split(',').next().unwrap_or_default();
            entered.set(field, example).unwrap();
            assert!(entered.set(field, "whatever").is_err(), "{field:?}");
            assert!(entered.set(field, "").is_err(), "{field:?}");
        }
        let full = Entered {
            weight_kg: Some(71.5),
            height_m: Some(1.75),
            sex: Some(Sex::Female),
            dose_mbq: Some(350.0),
            injected_at: Some(When::Clock(38_100.0)),
            scanned_at: Some(When::Clock(38_100.0)),
            half_life_s: Some(6586.2),
            decay_correction: Some("START".to_owned()),
        };
        assert_eq!(entered, full);
    }

    #[test]
    fn commas_and_nuclides_are_understood() {
        let mut entered = Entered::default();
        entered.set(Field::Weight, " 71,5 ").unwrap();
        entered.set(Field::HalfLife, "F-18").unwrap();
        assert_eq!(entered.weight_kg, Some(71.5));
        assert!(entered.half_life_s.is_some_and(|seconds| (6000.0..7000.0).contains(&seconds)));
        assert!(entered.set(Field::Dose, "inf").is_err());
    }
}

//! What body weight is replaced by in other kinds of SUV: lean mass, ideal weight, surface.
//!
//! The formulas are those that DICOM names in Part 16 (126402 to 126406), with weight in kilograms and height in metres.

use serde::{Deserialize, Serialize};

/// Patient's Sex (0010,0040) as the formulas need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sex {
    /// M.
    #[serde(rename = "M")]
    Male,
    /// F.
    #[serde(rename = "F")]
    Female,
    /// O: the mean of both formulas.
    #[serde(rename = "O")]
    Other,
}

impl Sex {
    /// Reads the attribute's value.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        match text.trim().to_ascii_uppercase().as_str() {
            "M" | "MALE" => Some(Self::Male),
            "F" | "FEMALE" => Some(Self::Female),
            "O" | "OTHER" => Some(Self::Other),
            _ => None,
        }
    }

    /// The attribute's value.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Male => "M",
            Self::Female => "F",
            Self::Other => "O",
        }
    }

    fn choose(self, male: f64, female: f64) -> f64 {
        match self {
            Self::Male => male,
            Self::Female => female,
            Self::Other => f64::midpoint(male, female),
        }
    }
}

/// What SUV of a type other than body weight is relative to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// Lean body mass of James, with 120 in the formula for men.
    LeanJames120,
    /// Lean body mass of James, with 128 in the formula for men, as first published.
    LeanJames128,
    /// Lean body mass of Janmahasatian.
    LeanJanmahasatian,
    /// Ideal body weight, which depends on height and sex alone.
    Ideal,
}

impl Basis {
    /// The basis that SUV Type (0054,1006) names.
    #[must_use]
    pub fn of(suv_type: &str) -> Option<Self> {
        match suv_type {
            "LBM" => Some(Self::LeanJames120),
            "LBMJAMES128" => Some(Self::LeanJames128),
            "LBMJANMA" => Some(Self::LeanJanmahasatian),
            "IBW" => Some(Self::Ideal),
            _ => None,
        }
    }

    /// What people call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::LeanJames120 => "lean body mass (James, 120)",
            Self::LeanJames128 => "lean body mass (James, 128)",
            Self::LeanJanmahasatian => "lean body mass (Janmahasatian)",
            Self::Ideal => "ideal body weight",
        }
    }

    /// Kilograms for a weight in kilograms and a height in metres; may come out below zero for absurd bodies.
    #[must_use]
    pub fn kilograms(self, weight: f64, height: f64, sex: Sex) -> f64 {
        let centimetres = height * 100.0;
        let square = (weight / centimetres).powi(2);
        let mass_index = weight / (height * height);
        match self {
            Self::LeanJames120 => sex.choose(1.10 * weight - 120.0 * square, 1.07 * weight - 148.0 * square),
            Self::LeanJames128 => sex.choose(1.10 * weight - 128.0 * square, 1.07 * weight - 148.0 * square),
            Self::LeanJanmahasatian => sex.choose(
                9270.0 * weight / (6680.0 + 216.0 * mass_index),
                9270.0 * weight / (8780.0 + 244.0 * mass_index),
            ),
            Self::Ideal => sex.choose(48.0 + 1.06 * (centimetres - 152.0), 45.5 + 0.91 * (centimetres - 152.0)),
        }
    }
}

/// Body surface in square metres: Du Bois and Du Bois 1916, 0.007184 H^0.725 W^0.425 with H in centimetres.
#[must_use]
pub fn surface(weight: f64, height: f64) -> f64 {
    0.007_184 * (height * 100.0).powf(0.725) * weight.powf(0.425)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(value: f64, wanted: f64) {
        assert!((value - wanted).abs() < 5e-4, "{value} {wanted}");
    }

    #[test]
    fn formulas_give_values_worked_out_by_hand() {
        // 70 kg at 1.75 m: (W/H)^2 = 0.16, body mass index 22.857.
        close(Basis::LeanJames128.kilograms(70.0, 1.75, Sex::Male), 56.52);
        close(Basis::LeanJames120.kilograms(70.0, 1.75, Sex::Male), 57.80);
        close(Basis::LeanJames128.kilograms(70.0, 1.75, Sex::Female), 51.22);
        close(Basis::LeanJanmahasatian.kilograms(70.0, 1.75, Sex::Male), 55.8571);
        close(Basis::LeanJanmahasatian.kilograms(70.0, 1.75, Sex::Female), 45.1970);
        close(Basis::Ideal.kilograms(70.0, 1.75, Sex::Male), 72.38);
        close(Basis::Ideal.kilograms(70.0, 1.75, Sex::Female), 66.43);
        close(Basis::Ideal.kilograms(70.0, 1.75, Sex::Other), 69.405);
        close(surface(70.0, 1.75), 1.8481);
    }
}

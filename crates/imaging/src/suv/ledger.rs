//! The facts and the entered values behind one door: each is asked for by name, judged, and put down in the record.

use std::ops::RangeInclusive;

use super::{Basis, Entered, EnteredValue, Facts, Field, Missing, Nuclide, Sex, surface};

/// Activities below this, in becquerel, are taken for megabecquerel: no one images with less than a drop.
const LEAST_BECQUEREL: f64 = 1e5;
/// What an injection can be, in megabecquerel: a mouse's to a generator's of rubidium.
const DOSES: RangeInclusive<f64> = 0.1..=20_000.0;
/// Fewest megabecquerel that a number without a unit is taken for; below it is more likely gigabecquerel.
const LEAST_MEGABECQUEREL: f64 = 1.0;
/// Weights above this, in kilograms, are taken for grams.
const MOST_KILOGRAMS: f64 = 1000.0;
/// What a body can weigh, in kilograms: a mouse to the heaviest of people.
const WEIGHTS: RangeInclusive<f64> = 0.01..=700.0;
/// Heights above this, in metres, are taken for centimetres.
const MOST_METRES: f64 = 3.0;
/// How tall a body can be, in metres.
const HEIGHTS: RangeInclusive<f64> = 0.3..=2.8;
/// Half-lives in seconds: rubidium-82 has 75, zirconium-89 three days.
const HALF_LIVES: RangeInclusive<f64> = 10.0..=1e7;

/// Answers questions about a series and keeps what was used.
#[derive(Debug)]
pub(super) struct Ledger<'a> {
    pub(super) facts: &'a Facts,
    pub(super) entered: &'a Entered,
    pub(super) used: Vec<EnteredValue>,
    pub(super) notes: Vec<String>,
    pub(super) doubts: Vec<String>,
}

pub(super) fn missing(tag: &str, what: impl Into<String>, field: Option<Field>) -> Missing {
    Missing { tag: tag.into(), what: what.into(), field }
}

impl<'a> Ledger<'a> {
    pub(super) fn new(facts: &'a Facts, entered: &'a Entered) -> Self {
        Self { facts, entered, used: Vec::new(), notes: facts.notes.clone(), doubts: Vec::new() }
    }

    /// Notes something that puts the values in doubt.
    pub(super) fn doubt(&mut self, doubt: String) {
        self.notes.push(doubt.clone());
        self.doubts.push(doubt);
    }

    /// Whether the slices agree on what no one can enter.
    pub(super) fn agreement(&self) -> Result<(), Missing> {
        self.open_conflict(None)
    }

    /// Whether the slices agree on a value that a rule asks for, and it can be read.
    pub(super) fn settled(&self, field: Field) -> Result<(), Missing> {
        self.open_conflict(Some(field))
    }

    fn open_conflict(&self, field: Option<Field>) -> Result<(), Missing> {
        let conflict = self.facts.conflicts.iter().find(|conflict| conflict.field == field);
        conflict.map_or(Ok(()), |conflict| Err(conflict.clone()))
    }

    /// Entered values that the rule did not ask for, in a sentence.
    pub(super) fn unused(&self) -> Option<String> {
        let idle = |field: &Field| self.entered.has(*field) && !self.used.iter().any(|used| used.field == *field);
        let names: Vec<String> =
            Field::ALL.into_iter().filter(idle).map(|field| field.option().replace('-', " ")).collect();
        (!names.is_empty()).then(|| {
            format!("Entered, but not used, since the rule for these values does not ask for it: {}.", names.join(", "))
        })
    }

    /// A fact that the slices agree on.
    fn asked(&self, field: Field, fact: Option<f64>) -> Result<Option<f64>, Missing> {
        self.settled(field).map(|()| fact)
    }

    /// Puts down a value entered by hand, once.
    pub(super) fn mark(&mut self, field: Field, name: &str, value: String) {
        if !self.used.iter().any(|used| used.field == field) {
            self.used.push(EnteredValue { field, name: name.into(), value });
        }
    }

    /// Body weight in kilograms.
    pub(super) fn weight(&mut self) -> Result<f64, Missing> {
        let refuse = |what: String| missing("(0010,1030)", what, Some(Field::Weight));
        let weight = match self.entered.weight_kg {
            Some(weight) => {
                self.mark(Field::Weight, "Patient's Weight (0010,1030)", format!("{weight} kg"));
                weight
            }
            None => match self.asked(Field::Weight, self.facts.weight)? {
                None | Some(0.0) => return Err(refuse("the patient's weight (0010,1030) is missing".into())),
                Some(grams) if grams > MOST_KILOGRAMS => {
                    self.notes.push(format!("The patient's weight (0010,1030) of {grams} is taken for grams."));
                    grams / 1000.0
                }
                Some(weight) => weight,
            },
        };
        if WEIGHTS.contains(&weight) {
            Ok(weight)
        } else {
            Err(refuse(format!("a patient's weight (0010,1030) of {weight} kg is not possible")))
        }
    }

    /// Body height in metres.
    fn height(&mut self) -> Result<f64, Missing> {
        let refuse = |what: String| missing("(0010,1020)", what, Some(Field::Height));
        let height = match self.entered.height_m {
            Some(height) => {
                self.mark(Field::Height, "Patient's Size (0010,1020)", format!("{height} m"));
                height
            }
            None => match self.asked(Field::Height, self.facts.height)? {
                None | Some(0.0) => return Err(refuse("the patient's height (0010,1020) is missing".into())),
                Some(height) => height,
            },
        };
        let metres = if height > MOST_METRES {
            self.notes.push(format!("The patient's height (0010,1020) of {height} is taken for centimetres."));
            height / 100.0
        } else {
            height
        };
        if HEIGHTS.contains(&metres) {
            Ok(metres)
        } else {
            Err(refuse(format!("a patient's height (0010,1020) of {metres} m is not possible")))
        }
    }

    fn sex(&mut self) -> Result<Sex, Missing> {
        if let Some(sex) = self.entered.sex {
            self.mark(Field::Sex, "Patient's Sex (0010,0040)", sex.code().into());
            return Ok(sex);
        }
        self.settled(Field::Sex)?;
        let sex = self.facts.sex.as_deref().and_then(Sex::of);
        if sex == Some(Sex::Other) {
            self.notes.push("Patient's Sex (0010,0040) is O: the mean of both formulas is used.".into());
        }
        sex.ok_or_else(|| missing("(0010,0040)", "the patient's sex (0010,0040) is missing", Some(Field::Sex)))
    }

    /// Kilograms of what SUV of another type is relative to, and of the body.
    pub(super) fn basis(&mut self, basis: Basis) -> Result<(f64, f64), Missing> {
        let (weight, height, sex) = (self.weight()?, self.height()?, self.sex()?);
        let kilograms = basis.kilograms(weight, height, sex);
        if kilograms > 0.0 {
            return Ok((kilograms, weight));
        }
        let what = format!(
            "the {} of {weight} kg at {height} m (0010,1020) comes out at {kilograms:.1} kg, which is not possible",
            basis.name()
        );
        Err(missing("(0010,1020)", what, Some(Field::Height)))
    }

    /// Square metres of the body's surface, and its kilograms.
    pub(super) fn surface(&mut self) -> Result<(f64, f64), Missing> {
        let (weight, height) = (self.weight()?, self.height()?);
        Ok((surface(weight, height), weight))
    }

    /// Injected activity in megabecquerel.
    pub(super) fn dose(&mut self) -> Result<f64, Missing> {
        let refuse = |what: String| missing("(0018,1074)", what, Some(Field::Dose));
        let possible = |dose: f64, written: String| {
            if DOSES.contains(&dose) {
                Ok(dose)
            } else {
                Err(refuse(format!("an injected dose (0018,1074) of {written} is not possible")))
            }
        };
        if let Some(dose) = self.entered.dose_mbq {
            self.mark(Field::Dose, "Radionuclide Total Dose (0018,1074)", format!("{dose} MBq"));
            return possible(dose, format!("{dose} MBq"));
        }
        match self.asked(Field::Dose, self.facts.dose)? {
            None if !self.facts.drug => {
                let what = "the injected dose (0018,1074) is missing, with the whole radiopharmaceutical information \
                            (0054,0016)";
                Err(refuse(what.into()))
            }
            None | Some(0.0) => Err(refuse("the injected dose (0018,1074) is missing".into())),
            Some(written) if (LEAST_MEGABECQUEREL..LEAST_BECQUEREL).contains(&written) => {
                self.notes.push(format!("The injected dose (0018,1074) of {written} is taken for megabecquerel."));
                possible(written, format!("{written} MBq"))
            }
            Some(written) if (0.0..LEAST_BECQUEREL).contains(&written) => {
                Err(refuse(format!("an injected dose (0018,1074) of {written} is neither in Bq nor in MBq")))
            }
            Some(written) => possible(written / 1e6, format!("{written} Bq")),
        }
    }

    /// Half-life in seconds.
    pub(super) fn half_life(&mut self) -> Result<f64, Missing> {
        let refuse = |what: String| missing("(0018,1075)", what, Some(Field::HalfLife));
        let known = self.facts.nuclide.iter().find_map(|text| Nuclide::of(text));
        let seconds = if let Some(seconds) = self.entered.half_life_s {
            self.mark(Field::HalfLife, "Radionuclide Half Life (0018,1075)", format!("{seconds} s"));
            if let Some(Nuclide { name, half_life, .. }) = known.filter(|nuclide| !nuclide.has(seconds)) {
                self.notes.push(format!(
                    "The half-life (0018,1075) entered, {seconds} s, is not that of {name}, {half_life} s; the former is used."
                ));
            }
            seconds
        } else {
            match (self.asked(Field::HalfLife, self.facts.half_life)?.filter(|&written| written != 0.0), known) {
                (Some(written), Some(nuclide)) => self.agreed(written, nuclide),
                (Some(written), None) => written,
                (None, Some(nuclide)) => {
                    let Nuclide { name, half_life, .. } = nuclide;
                    self.notes
                        .push(format!("The half-life (0018,1075) is missing; that of {name}, {half_life} s, is used."));
                    *half_life
                }
                (None, None) => {
                    let what = "the half-life (0018,1075) is missing and the radionuclide (0054,0300) is not known";
                    return Err(refuse(what.into()));
                }
            }
        };
        if HALF_LIVES.contains(&seconds) {
            Ok(seconds)
        } else {
            Err(refuse(format!("a half-life (0018,1075) of {seconds} s is not possible")))
        }
    }

    /// A written half-life held against the nuclide's, which tells minutes from seconds.
    fn agreed(&mut self, written: f64, nuclide: &Nuclide) -> f64 {
        let Nuclide { name, half_life, .. } = nuclide;
        if nuclide.has(written) {
            return written;
        }
        for (unit, seconds) in [("milliseconds", 0.001), ("minutes", 60.0), ("hours", 3600.0), ("days", 86_400.0)] {
            if nuclide.has(written * seconds) {
                self.notes.push(format!("The half-life (0018,1075) of {written} is taken for {unit}."));
                return written * seconds;
            }
        }
        self.notes.push(format!(
            "The half-life (0018,1075) of {written} s is not that of {name}, {half_life} s; the former is used."
        ));
        written
    }
}

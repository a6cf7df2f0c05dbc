//! Numbers that a model is told besides the image, such as an age, a sex, the volume of the ventricles.

use std::collections::BTreeMap;

use darkroom_graph::Graph;
use darkroom_sampling::Unconditional;
use serde::{Deserialize, Serialize};

use crate::PipelineError;

/// The numbers that a model is told, in the order of its input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Numbers {
    /// What they are.
    pub entries: Vec<Number>,
    /// What stands for none of them in guidance: nothing does, or zeros do.
    #[serde(default)]
    pub unconditional: Unconditional,
}

/// A number that a model is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Number {
    /// Its name, as a user sets it.
    pub name: String,
    /// What it is measured in; empty for a plain number.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// The smallest and the largest that the model was trained with.
    pub range: [f64; 2],
    /// What it is where nothing is said.
    pub default: f64,
    /// The values that the network is told as 0 and as 1; absent where it is told the number itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<[f64; 2]>,
}

impl Number {
    /// The value as the network is told it.
    fn told(&self, value: f64) -> f32 {
        self.told.map_or(value, |[zero, one]| (value - zero) / (one - zero)) as f32
    }

    /// The range with its unit, in words.
    #[must_use]
    pub fn range_words(&self) -> String {
        let [low, high] = self.range;
        format!("{low} to {high} {}", self.unit).trim_end().to_owned()
    }
}

impl Numbers {
    /// Every number by its name: those of `set`, the others at their defaults.
    ///
    /// # Errors
    /// A name that is none of them, a value outside its range.
    pub fn filled(&self, set: &BTreeMap<String, f64>) -> Result<BTreeMap<String, f64>, PipelineError> {
        known(set, &self.entries)?;
        let value = |number: &Number| {
            let value = set.get(&number.name).copied().unwrap_or(number.default);
            let [low, high] = number.range;
            if (low..=high).contains(&value) {
                return Ok((number.name.clone(), value));
            }
            let range = number.range_words();
            Err(PipelineError::Number { name: number.name.clone(), value, range })
        };
        self.entries.iter().map(value).collect()
    }

    /// Filled values as the network is told them.
    pub(super) fn told(&self, filled: &BTreeMap<String, f64>) -> Vec<f32> {
        let value = |number: &Number| number.told(filled.get(&number.name).copied().unwrap_or(number.default));
        self.entries.iter().map(value).collect()
    }

    /// Whether they make sense.
    ///
    /// # Errors
    /// The first that does not, in a sentence.
    pub(super) fn check(&self) -> Result<(), PipelineError> {
        let refuse = |reason: String| Err(PipelineError::Manifest(reason));
        if self.entries.is_empty() || self.unconditional == Unconditional::ExtraClass {
            return refuse("the numbers it is told are none, or guided by a class that they have not".to_owned());
        }
        for (at, Number { name, range: [low, high], default, told, .. }) in self.entries.iter().enumerate() {
            let usable = low.is_finite() && high.is_finite() && (low..=high).contains(&default);
            if !usable || name.is_empty() || name.contains('=') {
                return refuse(format!("the number \"{name}\" has no name, no range, or a default outside it"));
            }
            if told.is_some_and(|[zero, one]| zero == one || !zero.is_finite() || !one.is_finite()) {
                return refuse(format!("the number {name} is told as 0 and as 1 for the same value"));
            }
            if self.entries[..at].iter().any(|other| other.name == *name) {
                return refuse(format!("it names two numbers {name}"));
            }
        }
        Ok(())
    }

    /// The shape of the input that holds them for each item of a batch: (batch, D), or (batch, L, D) as context for
    /// attention, L tokens of D numbers in the order of the entries.
    ///
    /// # Errors
    /// An input that holds another number of values.
    pub(super) fn dims(&self, graph: &Graph, name: &str, batch: usize) -> Result<Vec<usize>, PipelineError> {
        let count = self.entries.len();
        let input = graph.input(name).map_or(&[][..], |input| input.dims.as_slice());
        let stated: usize = input.iter().skip(1).flatten().product();
        // The last axis that the file leaves open takes what the others leave.
        let open = input.iter().rposition(Option::is_none).filter(|&axis| axis > 0);
        let dim = |(axis, dim): (usize, &Option<usize>)| match dim {
            _ if axis == 0 => batch,
            Some(dim) => *dim,
            None if Some(axis) == open => count / stated.max(1),
            None => 1,
        };
        let dims: Vec<usize> = input.iter().enumerate().map(dim).collect();
        if dims.len() > 1 && dims[1..].iter().product::<usize>() == count {
            return Ok(dims);
        }
        Err(PipelineError::Manifest(format!("its input {name} cannot hold the {count} numbers that it is told")))
    }
}

/// What a model that is told `numbers`, if any, makes of those that were set.
///
/// # Errors
/// As [`Numbers::filled`]; numbers set of a model that is told none.
pub(super) fn filled(
    numbers: Option<&Numbers>,
    set: &BTreeMap<String, f64>,
) -> Result<BTreeMap<String, f64>, PipelineError> {
    match numbers {
        Some(numbers) => numbers.filled(set),
        None => known(set, &[]).map(|()| BTreeMap::new()),
    }
}

/// Refuses a name that no entry has.
fn known(set: &BTreeMap<String, f64>, entries: &[Number]) -> Result<(), PipelineError> {
    let names = || entries.iter().map(|number| number.name.as_str()).collect::<Vec<_>>();
    match set.keys().find(|name| !names().contains(&name.as_str())) {
        Some(name) => Err(PipelineError::NumberName { name: name.clone(), known: names().join(", ") }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use super::*;

    fn numbers() -> Numbers {
        let number = |name: &str, range, default, told| Number {
            name: name.to_owned(),
            unit: String::new(),
            range,
            default,
            told,
        };
        let entries = vec![number("age", [44.0, 82.0], 63.0, Some([44.0, 82.0])), number("sex", [0.0, 1.0], 0.0, None)];
        Numbers { entries, unconditional: Unconditional::None }
    }

    #[test]
    fn what_is_not_set_is_at_its_default_and_told_on_the_network_s_scale() {
        let numbers = numbers();
        let filled = numbers.filled(&BTreeMap::from([("sex".to_owned(), 1.0)])).unwrap();
        assert_eq!(numbers.told(&filled), [0.5, 1.0]);
    }

    #[test]
    fn another_name_and_a_value_outside_are_refused() {
        let refusal = |name: &str, value| numbers().filled(&BTreeMap::from([(name.to_owned(), value)])).unwrap_err();
        assert_eq!(refusal("age", 12.0).to_string(), "age is 12, the model was trained with 44 to 82");
        assert!(refusal("age", f64::NAN).to_string().contains("44 to 82"));
        assert!(refusal("weight", 70.0).to_string().contains("age, sex"));
        let none = filled(None, &BTreeMap::from([("age".to_owned(), 1.0)])).unwrap_err();
        assert!(none.to_string().contains("told no numbers"), "{none}");
    }

    #[test]
    fn entries_that_contradict_themselves_are_refused() {
        let changed = |change: fn(&mut Numbers)| {
            let mut numbers = numbers();
            change(&mut numbers);
            numbers.check().unwrap_err().to_string()
        };
        assert!(numbers().check().is_ok());
        assert!(changed(|numbers| numbers.entries[0].default = 1.0).contains("a default outside it"));
        assert!(changed(|numbers| numbers.entries[0].told = Some([1.0, 1.0])).contains("the same value"));
        assert!(changed(|numbers| numbers.entries[1].name = "age".to_owned()).contains("two numbers age"));
        assert!(changed(|numbers| numbers.unconditional = Unconditional::ExtraClass).contains("guided by a class"));
        assert!(changed(|numbers| numbers.entries.clear()).contains("none"));
    }
}

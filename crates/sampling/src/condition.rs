//! Classes as a condition.

use serde::{Deserialize, Serialize};

use crate::SamplingError;

/// The classes a model knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Classes {
    /// Their names; class n is the n-th.
    pub names: Vec<String>,
    /// What stands for no class.
    #[serde(default)]
    pub unconditional: Unconditional,
}

/// What stands for no condition in guidance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unconditional {
    /// The model was never trained without its condition.
    #[default]
    None,
    /// A class of its own behind the others.
    ExtraClass,
    /// Zeros in place of the condition.
    Zeros,
}

impl Classes {
    /// The number of a class, given as a number or by name.
    ///
    /// # Errors
    /// A number beyond the last class, a name that is none of them.
    pub fn find(&self, class: &str) -> Result<usize, SamplingError> {
        if let Some(index) = self.names.iter().position(|name| name.eq_ignore_ascii_case(class)) {
            return Ok(index);
        }
        match class.parse() {
            Ok(index) => self.check(index),
            Err(_) => Err(SamplingError::ClassName { name: class.to_owned(), names: self.names.join(", ") }),
        }
    }

    /// The class itself, if the model knows it.
    ///
    /// # Errors
    /// A class beyond the last.
    pub fn check(&self, class: usize) -> Result<usize, SamplingError> {
        let classes = self.names.len();
        if class < classes {
            return Ok(class);
        }
        Err(SamplingError::Class { class, classes: classes.max(1), names: self.names.join(", ") })
    }

    /// The number that stands for no class; `None` where zeros in place of the condition do.
    ///
    /// # Errors
    /// A model that has neither, which cannot be guided.
    pub fn none(&self) -> Result<Option<usize>, SamplingError> {
        match self.unconditional {
            Unconditional::None => Err(SamplingError::NoUnconditional),
            Unconditional::ExtraClass => Ok(Some(self.names.len())),
            Unconditional::Zeros => Ok(None),
        }
    }
}

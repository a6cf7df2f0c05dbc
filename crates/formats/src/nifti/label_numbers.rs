//! Labels as bytes, however high a file numbers them: FreeSurfer's go to thousands, of which one map holds a hundred.

use std::collections::BTreeSet;

use crate::FormatError;

/// Highest number of a label, so that every whole number up to it is exact in float32.
const HIGHEST: f32 = 1_048_576.0;

/// The labels of a map, and the file's number of each.
pub(super) struct Numbered {
    pub(super) labels: Vec<u8>,
    /// The file's number of labels 1, 2, 3 ...; empty where they are the file's own.
    pub(super) numbers: Vec<u32>,
}

/// Takes numbers up to 255 as they are; of higher ones each gets its place in their order, 0 staying 0.
///
/// # Errors
/// A value that is no whole number, or more different ones than a byte can tell apart.
pub(super) fn numbered(values: &[f32]) -> Result<Numbered, FormatError> {
    let mut present = BTreeSet::new();
    for (voxel, &value) in values.iter().enumerate() {
        if !(0.0..=HIGHEST).contains(&value) || value.fract() != 0.0 {
            return Err(FormatError::NotLabels { voxel, value });
        }
        present.insert(value as u32);
        if present.len() > usize::from(u8::MAX) + 1 {
            return Err(FormatError::ManyLabels);
        }
    }
    if present.last().is_none_or(|&highest| highest <= u32::from(u8::MAX)) {
        return Ok(Numbered { labels: values.iter().map(|&value| value as u8).collect(), numbers: Vec::new() });
    }
    let numbers: Vec<u32> = present.into_iter().filter(|&number| number > 0).collect();
    if numbers.len() > usize::from(u8::MAX) {
        return Err(FormatError::ManyLabels);
    }
    // The place behind the last number that is not higher: 1 for the first, 0 for none.
    let label = |&value: &f32| numbers.partition_point(|&number| number <= value as u32) as u8;
    Ok(Numbered { labels: values.iter().map(label).collect(), numbers })
}

impl Numbered {
    /// The names of the labels: the file's, by its own numbers, and where these are higher than a byte, the number itself
    /// for what it does not name.
    pub(super) fn names(&self, written: Vec<(u32, String)>) -> Vec<(u8, String)> {
        if self.numbers.is_empty() {
            return written.into_iter().filter_map(|(number, name)| Some((u8::try_from(number).ok()?, name))).collect();
        }
        let name = |number: &u32| {
            let known = written.iter().find(|(written, _)| written == number);
            known.map_or_else(|| format!("label {number}"), |(_, name)| name.clone())
        };
        (1..=u8::MAX).zip(self.numbers.iter().map(name)).collect()
    }
}

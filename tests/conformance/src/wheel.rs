//! The cases in the wheel of the PyPI package `onnx`.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::ConformanceError;

/// The package and version that the cases come from.
pub const PACKAGE: &str = "onnx==1.19.1";

/// The wheel of [`PACKAGE`] for CPython 3.11 on x86-64 Linux. Its test data are those of every other.
pub const SHA256: &str = "1839af08ab4a909e4af936b8149c27f8c64b96138981024e251906e0539d8bf9";

/// Where the node tests lie in the wheel.
const FOLDER: &str = "onnx/backend/test/data/node/";

/// One case as the wheel holds it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Case {
    /// The name of its folder.
    pub name: String,
    /// `model.onnx`.
    pub model: Vec<u8>,
    /// One or more sets of inputs with their outputs.
    pub sets: Vec<DataSet>,
}

/// Inputs and outputs in the model's order, each a protobuf message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DataSet {
    /// `input_0.pb` and so on.
    pub inputs: Vec<Vec<u8>>,
    /// `output_0.pb` and so on.
    pub outputs: Vec<Vec<u8>>,
}

/// Checks the wheel's hash and takes the cases out, sorted by name.
///
/// # Errors
/// Another wheel than the pinned one, or one that cannot be unpacked.
pub fn open(bytes: &[u8]) -> Result<Vec<Case>, ConformanceError> {
    let got: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    if got != SHA256 {
        return Err(ConformanceError::Hash { got, wanted: SHA256 });
    }
    let mut cases: BTreeMap<String, Case> = BTreeMap::new();
    let mut messages: BTreeMap<(String, String, Kind, usize), Vec<u8>> = BTreeMap::new();
    for file in darkroom_formats::unpack(bytes)? {
        let Some((case, path)) = file.name.strip_prefix(FOLDER).and_then(|path| path.split_once('/')) else { continue };
        let entry = cases.entry(case.to_owned()).or_insert_with(|| Case { name: case.to_owned(), ..Case::default() });
        if path == "model.onnx" {
            entry.model = file.bytes;
        } else if let Some((set, kind, index)) = message(path) {
            messages.insert((case.to_owned(), set.to_owned(), kind, index), file.bytes);
        }
    }
    let mut last_set = None;
    for ((case, set, kind, _), bytes) in messages {
        let Some(entry) = cases.get_mut(&case) else { continue };
        if last_set.as_ref() != Some(&(case.clone(), set.clone())) {
            entry.sets.push(DataSet::default());
            last_set = Some((case, set));
        }
        let Some(set) = entry.sets.last_mut() else { continue };
        match kind {
            Kind::Input => set.inputs.push(bytes),
            Kind::Output => set.outputs.push(bytes),
        }
    }
    Ok(cases.into_values().filter(|case| !case.model.is_empty()).collect())
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Input,
    Output,
}

/// `test_data_set_0/input_1.pb` taken apart.
fn message(path: &str) -> Option<(&str, Kind, usize)> {
    let (set, file) = path.split_once('/')?;
    let (kind, index) = file.strip_suffix(".pb")?.split_once('_')?;
    let kind = match kind {
        "input" => Kind::Input,
        "output" => Kind::Output,
        _ => return None,
    };
    Some((set, kind, index.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_wheel_is_refused_with_both_hashes() {
        let error = open(b"no wheel").unwrap_err().to_string();
        assert!(error.contains(SHA256) && error.contains("delete it"), "{error}");
    }

    #[test]
    fn paths_of_messages_are_taken_apart() {
        let parts = message("test_data_set_0/input_12.pb").unwrap();
        assert!(parts.0 == "test_data_set_0" && parts.1 == Kind::Input && parts.2 == 12);
        assert!(message("test_data_set_0/notes.txt").is_none() && message("README.pb").is_none());
    }
}

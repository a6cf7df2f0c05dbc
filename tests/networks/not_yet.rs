//! The exports that do not run yet.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;

/// What computes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backend {
    /// The kernels' twins.
    Cpu,
    /// The shaders.
    Gpu,
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cpu => "cpu",
            Self::Gpu => "gpu",
        })
    }
}

/// The reason for each export that `not_yet.txt` names for a backend. A line is `cpu`, `gpu` or `both`, the export, and
/// the sentence it is refused by; a `#` begins a comment.
pub(crate) fn read(backend: Backend) -> HashMap<String, String> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("not_yet.txt")).unwrap();
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut reasons = HashMap::new();
    for line in lines {
        let parts: Vec<&str> = line.splitn(3, ' ').collect();
        let [place, export, reason] = parts[..] else { panic!("not_yet.txt: {line}") };
        assert!(["cpu", "gpu", "both"].contains(&place), "not_yet.txt: {line}");
        if place == "both" || place == backend.to_string() {
            let twice = reasons.insert(export.to_owned(), reason.to_owned());
            assert!(twice.is_none(), "not_yet.txt names {export} twice");
        }
    }
    reasons
}

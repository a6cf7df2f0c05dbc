//! What tests expect of the series found in files.

#![allow(clippy::panic, reason = "a helper of a test may fail like the test")]

use darkroom_dicom::{Series, read};
use darkroom_imaging::{NamedBytes, Verdict};

/// The only series of some files.
pub(crate) fn one(files: Vec<NamedBytes>) -> Series {
    let mut found = read(files);
    assert_eq!(found.len(), 1, "{:?}", found.iter().map(|series| &series.info).collect::<Vec<_>>());
    found.remove(0)
}

/// Why a series was refused.
pub(crate) fn what(series: &Series) -> &str {
    match &series.info.verdict {
        Verdict::Usable => panic!("usable: {:?}", series.info),
        Verdict::Refused { what, next } => {
            assert!(what.ends_with('.') && next.ends_with('.'), "not sentences: {what} {next}");
            assert!(series.volume.is_none());
            what
        }
    }
}

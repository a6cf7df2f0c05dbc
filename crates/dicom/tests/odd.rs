//! Files that are written oddly and can be understood all the same.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail like the test")]

mod support;

use darkroom_dicom::{Series, read};
use darkroom_imaging::{NamedBytes, Verdict};
use dicom_transfer_syntax_registry::entries::{EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN};
use support::{SLICES, series};

fn usable(files: Vec<NamedBytes>) -> Series {
    let found = read(files).remove(0);
    assert_eq!(found.info.verdict, Verdict::Usable, "{:?}", found.info);
    found
}

#[test]
fn zeros_behind_the_data_set_are_no_elements() {
    let plain = usable(series(|_, _| {})).volume;
    for syntax in [EXPLICIT_VR_LITTLE_ENDIAN.erased(), IMPLICIT_VR_LITTLE_ENDIAN.erased()] {
        for zeros in (1..=17).chain([510, 512, 2048]) {
            let files = (0..SLICES).map(|n| {
                let mut bytes = Vec::new();
                support::slice(n).write_dataset_with_ts(&mut bytes, &syntax).unwrap();
                bytes.extend(vec![0; zeros]);
                NamedBytes { name: n.to_string(), bytes }
            });
            assert_eq!(usable(files.collect()).volume, plain, "{zeros} {}", syntax.uid());
        }
    }
}

//! What a derived series may not take over from its source: identifiers that it lacks or repeats.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail like the test")]

mod support;

use std::collections::BTreeSet;

use darkroom_dicom::{Series, derive, read};
use darkroom_imaging::NamedBytes;
use darkroom_imaging::suv::Entered;
use dicom_core::VR;
use dicom_dictionary_std::tags;
use dicom_object::{DefaultDicomObject, InMemDicomObject};
use support::derived::{derivation, expect_valid, object, result, source, text};
use support::{put, series};

/// The files of a result of a series.
fn derived(source: &Series) -> Vec<NamedBytes> {
    derive(source, &result(source), &derivation()).unwrap()
}

/// The derived series of the default one, each slice edited.
fn of_edited(edit: impl Fn(&mut InMemDicomObject)) -> Vec<DefaultDicomObject> {
    derived(&read(series(|_, o| edit(o))).remove(0)).iter().map(object).collect()
}

#[test]
fn every_slice_gets_an_identifier_of_its_own() {
    let repeated = of_edited(|o| put(o, tags::SOP_INSTANCE_UID, VR::UI, "9.9.9"));
    let empty = of_edited(|o| put(o, tags::SOP_INSTANCE_UID, VR::UI, ""));
    for files in [repeated, empty] {
        let uids: BTreeSet<String> = files.iter().map(|file| text(file, tags::SOP_INSTANCE_UID)).collect();
        assert_eq!(uids.len(), support::SLICES, "{uids:?}");
        for file in &files {
            assert_eq!(file.meta().media_storage_sop_instance_uid(), text(file, tags::SOP_INSTANCE_UID));
        }
    }
}

#[test]
fn a_source_that_cannot_be_named_is_not_referenced() {
    let files = derived(&read(series(|_, o| put(o, tags::SOP_INSTANCE_UID, VR::UI, ""))).remove(0));
    assert!(object(&files[0]).get(tags::SOURCE_IMAGE_SEQUENCE).is_none());
    expect_valid(&files, "PETImage");
}

#[test]
fn entered_values_make_another_series() {
    let entered = |weight: f64, dose: f64| {
        let mut source = source();
        let entered = Entered { weight_kg: Some(weight), dose_mbq: Some(dose), ..Entered::default() };
        source.enter(&entered).unwrap();
        source
    };
    // Twice the weight and twice the dose: the same voxels, other attributes.
    let [one, two] = [entered(70.0, 370.0), entered(140.0, 740.0)];
    assert_eq!(one.volume.as_ref().unwrap().data, two.volume.as_ref().unwrap().data);
    let files = [derived(&source()), derived(&one), derived(&two)];
    for tag in [tags::SOP_INSTANCE_UID, tags::SERIES_INSTANCE_UID] {
        let uids: BTreeSet<String> = files.iter().map(|files| text(&object(&files[0]), tag)).collect();
        assert_eq!(uids.len(), 3, "{tag}: {uids:?}");
    }
    assert_eq!(derived(&one), files[1]);
}

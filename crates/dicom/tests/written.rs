//! What a derived series may not take over from its source: identifiers that it lacks or repeats, what is
//! private, what contradicts it, and open escapes.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail like the test")]

mod support;

use std::collections::BTreeSet;

use darkroom_dicom::{Series, derive, read};
use darkroom_imaging::NamedBytes;
use darkroom_imaging::suv::Entered;
use dicom_core::{DataElement, PrimitiveValue, Tag, VR};
use dicom_dictionary_std::tags;
use dicom_object::{DefaultDicomObject, InMemDicomObject};
use support::derived::{derivation, expect_valid, object, result, source, text};
use support::{put, sequence, series};

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

/// The private attributes of a file and of its items.
fn private(object: &InMemDicomObject) -> Vec<Tag> {
    let mut found = Vec::new();
    for element in object {
        let tag = element.header().tag;
        found.extend((tag.group() % 2 == 1).then_some(tag));
        found.extend(element.value().items().into_iter().flatten().flat_map(private));
    }
    found
}

/// Writes a private attribute; where `creator` is empty, none is named.
fn put_private(object: &mut InMemDicomObject, [group, block, element]: [u16; 3], creator: &str, value: &str) {
    if !creator.is_empty() {
        put(object, Tag(group, block), VR::LO, creator);
    }
    put(object, Tag(group, block << 8 | element), VR::LO, value);
}

#[test]
fn private_attributes_stay_behind_but_for_what_suv_needs() {
    let files = of_edited(|o| {
        put_private(o, [0x0009, 0x10, 0x01], "ACME IDS", "Secret^Name");
        put_private(o, [0x0009, 0x11, 0x02], "GEMS_PETD_01", "SECRETID");
        put_private(o, [0x0009, 0x11, 0x0D], "GEMS_PETD_01", "20250301100000");
        put_private(o, [0x7053, 0x10, 0x00], "Philips PET Private Group", "0.0005");
        put_private(o, [0x7053, 0x10, 0x10], "Philips PET Private Group", "SECRET");
        put_private(o, [0x0029, 0x10, 0x01], "ACME", "SECRET");
        let mut inner = support::code("1", "ACME", "an item of an item");
        put_private(&mut inner, [0x0009, 0x10, 0x0D], "GEMS_PETD_01", "20250301100000");
        let mut drug = support::drug();
        put_private(&mut drug, [0x0019, 0x10, 0x01], "ACME", "Secret^Nest");
        drug.put(DataElement::new(tags::RADIOPHARMACEUTICAL_CODE_SEQUENCE, VR::SQ, sequence(vec![inner])));
        support::set_drug(o, drug);
        let mut equipment = support::code("109101", "DCM", "Acquisition Equipment");
        put_private(&mut equipment, [0x0019, 0x10, 0x01], "ACME", "SECRET");
        o.put(DataElement::new(tags::CONTRIBUTING_EQUIPMENT_SEQUENCE, VR::SQ, sequence(vec![equipment])));
    });
    let needed = [[0x0009, 0x0011], [0x0009, 0x110D], [0x7053, 0x0010], [0x7053, 0x1000]]
        .map(|[group, element]| Tag(group, element));
    for file in &files {
        assert_eq!(private(file), needed);
    }
    let drug = &files[0].get(tags::RADIOPHARMACEUTICAL_INFORMATION_SEQUENCE).unwrap().items().unwrap()[0];
    assert!(drug.get(tags::RADIONUCLIDE_TOTAL_DOSE).is_some());
}

#[test]
fn a_factor_without_its_creator_is_kept_where_its_maker_is_named() {
    for (maker, kept) in [("Philips Medical Systems", vec![Tag(0x7053, 0x1000), Tag(0x7053, 0x1009)]), ("ACME", vec![])]
    {
        let files = of_edited(|o| {
            put(o, tags::MANUFACTURER, VR::LO, maker);
            put(o, tags::UNITS, VR::CS, if kept.is_empty() { "BQML" } else { "CNTS" });
            for (element, value) in [(0x00, "0.0005"), (0x09, "2"), (0x10, "SECRET")] {
                put_private(o, [0x7053, 0x10, element], "", value);
            }
        });
        assert_eq!(private(&files[0]), kept);
    }
}

#[test]
fn a_side_is_asked_for_where_a_part_may_be_one_of_a_pair() {
    let kinds = [
        (support::slice as fn(usize) -> InMemDicomObject, "PETImage"),
        (support::ct, "CTImage"),
        (support::mr, "MRImage"),
    ];
    for (make, class) in kinds {
        for (part, before, after) in [
            ("CHEST", None, None),
            ("BRAIN", Some(""), None),
            ("KNEE", None, Some("")),
            ("KNEE", Some("L"), Some("L")),
            ("KNEE", Some(""), Some("")),
            ("", None, Some("")),
        ] {
            let edited = |n| {
                let mut o = make(n);
                put(&mut o, tags::BODY_PART_EXAMINED, VR::CS, part);
                o.remove_element(tags::LATERALITY);
                if let Some(side) = before {
                    put(&mut o, tags::LATERALITY, VR::CS, side);
                }
                support::file(&format!("{n}.dcm"), o)
            };
            let files = derived(&read((0..support::SLICES).map(edited).collect()).remove(0));
            let found = object(&files[0]).get(tags::LATERALITY).map(|element| element.to_str().unwrap().into_owned());
            assert_eq!(found.as_deref(), after, "{class} {part}");
            expect_valid(&files[..1], class);
        }
    }
}

#[test]
fn what_belongs_to_the_sources_pixels_stays_behind() {
    let files = derived(
        &read(series(|_, o| {
            put(o, tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "MONOCHROME1");
            put(o, tags::PRESENTATION_LUT_SHAPE, VR::CS, "INVERSE");
            for (tag, vr) in [(tags::EXTENDED_OFFSET_TABLE, VR::OV), (tags::EXTENDED_OFFSET_TABLE_LENGTHS, VR::OV)] {
                o.put(DataElement::new(tag, vr, PrimitiveValue::U64(vec![0].into())));
            }
            // One overlay with data of its own, one in a bit of the pixels.
            for group in [0x6000, 0x6002] {
                put(o, Tag(group, 0x0040), VR::CS, "G");
                o.put(DataElement::new(Tag(group, 0x0050), VR::SS, PrimitiveValue::I16([1, 1].into())));
                for (element, value) in [(0x10, support::ROWS as u16), (0x11, support::COLUMNS as u16), (0x102, 0)] {
                    o.put(DataElement::new(Tag(group, element), VR::US, PrimitiveValue::from(value)));
                }
                let bits: u16 = if group == 0x6002 { 16 } else { 1 };
                o.put(DataElement::new(Tag(group, 0x100), VR::US, PrimitiveValue::from(bits)));
            }
            let drawn = PrimitiveValue::U16(vec![0; support::ROWS * support::COLUMNS / 16].into());
            o.put(DataElement::new(Tag(0x6000, 0x3000), VR::OW, drawn));
        }))
        .remove(0),
    );
    let file = object(&files[0]);
    let found: Vec<Tag> = file.iter().map(|element| element.header().tag).collect();
    let of = |group: u16| found.iter().filter(|tag| tag.group() == group).count();
    assert_eq!((of(0x2050), of(0x6000), of(0x6002), of(0x7FE0)), (0, 7, 0, 1));
    assert_eq!(text(&file, tags::PHOTOMETRIC_INTERPRETATION), "MONOCHROME2");
    expect_valid(&files, "PETImage");
}

#[test]
fn series_numbers_fit_their_representation() {
    for (number, wanted) in [("4", "9004"), ("2147483647", "9000"), ("", "9000"), ("2147474647", "2147483647")] {
        let files = of_edited(|o| put(o, tags::SERIES_NUMBER, VR::IS, number));
        assert_eq!(text(&files[0], tags::SERIES_NUMBER), wanted, "{number}");
    }
}

#[test]
fn a_source_without_a_class_gets_that_of_its_kind() {
    for (make, class) in [(support::slice as fn(usize) -> InMemDicomObject, "PETImage"), (support::ct, "CTImage")] {
        let classless = |n| {
            let mut o = make(n);
            put(&mut o, tags::SOP_CLASS_UID, VR::UI, "");
            support::file(&format!("{n}.dcm"), o)
        };
        let files = derived(&read((0..support::SLICES).map(classless).collect()).remove(0));
        let file = object(&files[0]);
        assert_eq!(file.meta().media_storage_sop_class_uid(), text(&file, tags::SOP_CLASS_UID));
        expect_valid(&files, class);
    }
}

#[test]
fn values_entered_as_uncorrected_name_no_decay() {
    let mut source = source();
    source.enter(&Entered { decay_correction: Some("NONE".into()), ..Entered::default() }).unwrap();
    let files = derived(&source);
    let file = object(&files[0]);
    assert!(file.get(tags::DECAY_FACTOR).is_none());
    assert_eq!(text(&file, tags::CORRECTED_IMAGE), "ATTN\\SCAT");
    expect_valid(&files, "PETImage");
}

#[test]
fn the_mark_is_ascii_behind_a_description_in_kanji() {
    for (kanji, kept) in [(5, true), (14, false)] {
        let description = format!("PET \x1b$B{}\x1b(B", ";3ED".repeat(kanji));
        let files = of_edited(|o| {
            put(o, tags::SPECIFIC_CHARACTER_SET, VR::CS, "\\ISO 2022 IR 87");
            put(o, tags::SERIES_DESCRIPTION, VR::LO, &description);
        });
        let wanted = format!("{} | SYNTH pet-enhance 1.0.0", if kept { &description } else { "PET " });
        assert_eq!(text(&files[0], tags::SERIES_DESCRIPTION), wanted);
    }
}

#[test]
fn what_could_not_be_read_is_not_written() {
    let sequence = tags::REQUEST_ATTRIBUTES_SEQUENCE;
    let files = of_edited(|o| {
        o.put(dicom_core::DataElement::new(sequence, VR::UN, dicom_core::PrimitiveValue::from(&b"Doe^Jane"[..])));
    });
    assert!(files[0].get(sequence).is_none());
}

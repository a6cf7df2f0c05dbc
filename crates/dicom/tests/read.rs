//! Reading series: order, geometry, scaling, and everything that can be wrong with files.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of a test may fail like the test")]

mod support;

use darkroom_dicom::read;
use darkroom_imaging::{NamedBytes, Unit, Verdict};
use dicom_core::VR;
use dicom_dictionary_std::{tags, uids};
use support::found::{one, what};
use support::{COLUMNS, ROWS, SLICES, put, series, slice, slope, stored};

/// 70 kg, 370 MBq, one hour of F-18 between injection and the series' start.
fn factor() -> f64 {
    70_000.0 / (370e6 * (-(2.0_f64.ln()) / 6586.2 * 3600.0).exp())
}

#[test]
fn a_series_is_ordered_by_position_and_scaled_slice_by_slice() {
    let found = one(series(|_, _| {}));
    assert_eq!(found.info.verdict, Verdict::Usable);
    assert_eq!((found.info.title.as_str(), found.info.modality.as_str(), found.info.files), ("PET AC", "PT", SLICES));
    let volume = found.volume.unwrap();
    assert_eq!(volume.dims, [COLUMNS, ROWS, SLICES]);
    assert_eq!(volume.unit, Unit::Suv);
    // LPS to RAS: x and y change sign. Spacing 4 between rows, 5 between columns.
    assert_eq!(volume.affine, [[-5.0, 0.0, 0.0, 20.0], [0.0, -4.0, 0.0, 30.0], [0.0, 0.0, 3.25, -100.0]]);
    for (i, j, k) in [(0, 0, 0), (15, 0, 0), (3, 11, 9), (7, 5, 4)] {
        let expected = f64::from(stored(i, j, k)) * slope(k) * factor();
        let value = f64::from(volume.data[volume.index(i, j, k)]);
        assert!((value - expected).abs() <= 1e-6 * expected.abs(), "{value} {expected}");
    }
    assert!(found.info.notes.iter().any(|note| note.contains("70.0 kg, 370.0 MBq")), "{:?}", found.info.notes);
}

#[test]
fn files_without_preamble_or_meta_or_group_length_are_read() {
    let expected = one(series(|_, _| {})).volume;
    let bare =
        |from: usize| series(|_, _| {}).into_iter().map(move |f| NamedBytes { bytes: f.bytes[from..].to_vec(), ..f });
    assert_eq!(one(bare(128).collect()).volume, expected);
    // Group length is the first element, twelve bytes after the preamble and the four letters.
    let without_length = series(|_, _| {}).into_iter().map(|mut f| {
        f.bytes.drain(132..144);
        f
    });
    assert_eq!(one(without_length.collect()).volume, expected);
    let without_meta = series(|_, _| {}).into_iter().map(|f| {
        let length = u32::from_le_bytes(f.bytes[140..144].try_into().unwrap()) as usize;
        NamedBytes { bytes: f.bytes[144 + length..].to_vec(), ..f }
    });
    assert_eq!(one(without_meta.collect()).volume, expected);
}

#[test]
fn implicit_files_without_meta_are_read() {
    let expected = one(series(|_, _| {})).volume;
    let implicit = dicom_transfer_syntax_registry::entries::IMPLICIT_VR_LITTLE_ENDIAN.erased();
    let files = (0..SLICES).map(|n| {
        let mut bytes = Vec::new();
        slice(n).write_dataset_with_ts(&mut bytes, &implicit).unwrap();
        NamedBytes { name: n.to_string(), bytes }
    });
    assert_eq!(one(files.collect()).volume, expected);
}

#[test]
fn damaged_files_are_named_and_leave_a_gap() {
    let mut files = series(|_, _| {});
    let cut = files.iter_mut().find(|file| file.name == "4.dcm").unwrap();
    cut.bytes.truncate(cut.bytes.len() - 100);
    let found = read(files);
    assert_eq!(found.len(), 2);
    assert!(what(&found[0]).starts_with("1 slice is missing: between -90.2 and -83.8 mm"), "{}", what(&found[0]));
    assert!(what(&found[1]).starts_with("4.dcm is damaged or ends early"), "{}", what(&found[1]));

    for bytes in [&b"Dear diary, this is no image at all."[..], b"", &[0x30; 40]] {
        assert_eq!(what(&one(vec![NamedBytes { name: "x".into(), bytes: bytes.into() }])), "x is not a DICOM file.");
    }
    // An element that announces two gigabytes: refused before they are asked for.
    let mut huge = vec![0; 128];
    huge.extend(b"DICM");
    huge.extend([8, 0, 5, 0, 0xFF, 0xFF, 0xFF, 0x7F]);
    let huge = what(&one(vec![NamedBytes { name: "x".into(), bytes: huge }])).to_owned();
    assert!(huge.contains("2147483647 bytes are announced"), "{huge}");
    let envelope = [0x30, 0x80, 6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 3, 0xA0];
    assert_eq!(what(&one(vec![NamedBytes { name: "x".into(), bytes: envelope.into() }])), "x is encrypted.");
}

#[test]
fn two_series_mixed_are_two_entries() {
    let mut files = series(|_, _| {});
    files.extend(series(|n, o| {
        put(o, tags::SERIES_INSTANCE_UID, VR::UI, "2.25.77");
        put(o, tags::SERIES_DESCRIPTION, VR::LO, "PET NAC");
        put(o, tags::SOP_INSTANCE_UID, VR::UI, &format!("2.25.99{n}"));
    }));
    // Within one series: a coronal view of another size.
    files.push(support::file("mip", {
        let mut o = slice(0);
        put(&mut o, tags::IMAGE_ORIENTATION_PATIENT, VR::DS, "1\\0\\0\\0\\0\\-1");
        o
    }));
    let found = read(files);
    let titles: Vec<&str> = found.iter().map(|series| series.info.title.as_str()).collect();
    assert_eq!(titles, ["PET AC (16 x 12, 10 slices)", "PET NAC", "PET AC (16 x 12, 1 slices)"]);
    assert!(found[..2].iter().all(|series| series.info.verdict == Verdict::Usable));
    assert!(what(&found[2]).contains("one slice"));
}

#[test]
fn orientations_around_a_rounding_are_one_orientation() {
    let jitter = |n: usize, o: &mut dicom_object::InMemDicomObject| {
        let sine = if n.is_multiple_of(2) { 0.000_499_99 } else { 0.000_500_01 };
        put(o, tags::IMAGE_ORIENTATION_PATIENT, VR::DS, &format!("1\\{sine:.8}\\0\\-{sine:.8}\\1\\0"));
        put(o, tags::PIXEL_SPACING, VR::DS, &format!("4\\{:.8}", 4.0 + sine));
    };
    let found = one(series(jitter));
    assert_eq!((found.info.verdict, found.info.files), (Verdict::Usable, SLICES));
}

#[test]
fn missing_slices_are_told_by_place() {
    let mut files = series(|_, _| {});
    files.retain(|file| file.name != "3.dcm" && file.name != "6.dcm" && file.name != "7.dcm");
    files.extend(
        series(|n, o| put(o, tags::IMAGE_POSITION_PATIENT, VR::DS, &format!("-20\\-30\\{}", 3.25 * n as f64)))
            .drain(..3),
    );
    let found = one(files);
    assert!(what(&found).contains("slices are missing"), "{}", what(&found));
}

#[test]
fn bed_seams_are_noted_and_their_mean_is_used() {
    let found = one(series(|n, o| {
        let z = if n > 5 { 3.25 * n as f64 - 0.08 } else { 3.25 * n as f64 };
        put(o, tags::IMAGE_POSITION_PATIENT, VR::DS, &format!("-20\\-30\\{z}"));
    }));
    assert!(found.info.notes.iter().any(|note| note.contains("between 3.17 and 3.25 mm")), "{:?}", found.info.notes);
    assert!((found.info.spacing[2] - (3.25 * 9.0 - 0.08) / 9.0).abs() < 1e-9);
}

#[test]
fn copies_are_dropped_but_frames_are_refused() {
    let mut twice = series(|_, _| {});
    twice.extend(series(|_, _| {}));
    let found = one(twice);
    assert_eq!(found.volume.as_ref().unwrap().dims[2], SLICES);
    assert!(found.info.notes.iter().any(|note| note.contains("10 files were there twice")));

    let mut frames = series(|_, _| {});
    frames.extend(series(|n, o| put(o, tags::SOP_INSTANCE_UID, VR::UI, &format!("2.25.55{n}"))));
    assert!(what(&one(frames)).starts_with("The series holds 2 images at each of 10 positions"));
    let mut stray = series(|_, _| {});
    stray.extend(series(|n, o| put(o, tags::SOP_INSTANCE_UID, VR::UI, &format!("2.25.55{n}"))).drain(..1));
    assert!(what(&one(stray)).starts_with("At 1 positions"));
}

#[test]
fn a_tilted_stack_keeps_its_positions() {
    let found = one(series(|n, o| {
        put(o, tags::IMAGE_POSITION_PATIENT, VR::DS, &format!("-20\\{}\\{}", -30.0 + 0.5 * n as f64, 3.25 * n as f64));
    }));
    let affine = found.volume.unwrap().affine;
    assert!((affine[1][2] + 0.5).abs() < 1e-9, "{affine:?}");
    assert!(found.info.notes.iter().any(|note| note.contains("tilted by 8.7 degrees")), "{:?}", found.info.notes);
}

#[test]
fn constant_and_single_slices_are_refused() {
    assert!(what(&one(series(|_, o| support::set_pixels(o, &[0; ROWS * COLUMNS])))).contains("same value"));
    assert!(what(&one(vec![support::file("one", slice(0))])).contains("one slice"));
}

#[test]
fn other_objects_are_refused_by_kind() {
    let kind = |class: &str, modality: &str| {
        let found = one(series(|_, o| {
            put(o, tags::SOP_CLASS_UID, VR::UI, class);
            put(o, tags::MODALITY, VR::CS, modality);
        }));
        assert_eq!(found.info.files, SLICES);
        what(&found).to_owned()
    };
    assert!(kind(uids::RT_STRUCTURE_SET_STORAGE, "RTSTRUCT").contains("structure set"));
    assert!(kind(uids::COMPREHENSIVE_SR_STORAGE, "SR").contains("structured report"));
    assert!(kind(uids::ENHANCED_CT_IMAGE_STORAGE, "CT").contains("multi-frame CT"));
    assert!(kind(uids::ENHANCED_PET_IMAGE_STORAGE, "PT").contains("multi-frame"));
    assert!(kind(uids::SECONDARY_CAPTURE_IMAGE_STORAGE, "PT").contains("screenshot"));
    let frames = one(series(|_, o| put(o, tags::NUMBER_OF_FRAMES, VR::IS, "5")));
    assert!(what(&frames).contains("5 frames"));
    // The index of a medium is no series.
    let directory = series(|_, o| put(o, tags::SOP_CLASS_UID, VR::UI, uids::MEDIA_STORAGE_DIRECTORY_STORAGE));
    assert!(read(directory).is_empty());
}

#[test]
fn ct_and_mr_are_read_where_they_are_wanted() {
    let files = |class: &str, modality: &str| {
        series(|_, o| {
            put(o, tags::SOP_CLASS_UID, VR::UI, class);
            put(o, tags::MODALITY, VR::CS, modality);
            put(o, tags::RESCALE_INTERCEPT, VR::DS, "-1024");
        })
    };
    let ct = one(files(uids::CT_IMAGE_STORAGE, "CT"));
    assert_eq!((ct.info.modality.as_str(), ct.info.unit.as_str(), ct.suv.is_none()), ("CT", "HU", true));
    let volume = ct.volume.unwrap();
    assert_eq!(volume.data[volume.index(3, 2, 1)], f32::from(stored(3, 2, 1)) * slope(1) as f32 - 1024.0);
    let mr = one(files(uids::MR_IMAGE_STORAGE, "MR"));
    assert_eq!((mr.info.modality.as_str(), mr.info.unit.as_str()), ("MR", ""));
    // Where only PET is wanted, a CT is refused before its pixels are looked at; PET comes first in a study.
    let mut study = files(uids::CT_IMAGE_STORAGE, "CT");
    let pet_only = darkroom_dicom::read_only(study.clone(), &[darkroom_dicom::Kind::Pet]).remove(0);
    assert!(what(&pet_only).contains("a CT series, which is not taken here"));
    study.extend(series(|n, o| {
        put(o, tags::SERIES_INSTANCE_UID, VR::UI, "2.25.9");
        put(o, tags::SOP_INSTANCE_UID, VR::UI, &format!("2.25.91{n}"));
    }));
    let modalities: Vec<String> = read(study).into_iter().map(|series| series.info.modality).collect();
    assert_eq!(modalities, ["PT", "CT"]);
}

#[test]
fn other_tracers_and_synthetic_series_are_noted() {
    let psma = one(series(|_, o| {
        let mut drug = support::drug();
        put(&mut drug, tags::RADIOPHARMACEUTICAL, VR::LO, "PSMA-11");
        support::set_drug(o, drug);
    }));
    assert!(psma.info.notes.iter().any(|note| note.contains("tracer is PSMA-11")), "{:?}", psma.info.notes);
    assert!(!one(series(|_, _| {})).info.notes.iter().any(|note| note.contains("tracer")));
    let again = one(series(|_, o| put(o, tags::SYNTHETIC_DATA, VR::CS, "YES")));
    assert!(again.info.is_synthetic(), "{:?}", again.info.warnings);
    assert!(again.info.warnings.iter().all(|warning| again.info.notes.contains(warning)));
}

#[test]
fn missing_attributes_are_named() {
    let without = |tag| what(&one(series(|_, o| o.retain(|element| element.header().tag != tag)))).to_owned();
    assert!(without(tags::IMAGE_POSITION_PATIENT).contains("(0020,0032)"));
    assert!(without(tags::IMAGE_ORIENTATION_PATIENT).contains("(0020,0037)"));
    assert!(without(tags::PIXEL_SPACING).contains("(0028,0030)"));
    assert!(without(tags::PIXEL_DATA).contains("(7FE0,0010)"));
    assert!(without(tags::BITS_ALLOCATED).contains("(0028,0100)"));
    let short = one(series(|_, o| support::set_pixels(o, &[1, 2, 3])));
    assert!(what(&short).contains("its pixels need 384 bytes and have 6"), "{}", what(&short));
}

#[test]
fn a_file_that_cannot_be_read_is_told_beside_the_series_it_may_belong_to() {
    let mut files = series(|_, _| {});
    let last = files.iter_mut().find(|file| file.name == format!("{}.dcm", SLICES - 1)).unwrap();
    last.bytes.truncate(last.bytes.len() - 100);
    let name = last.name.clone();
    let found = read(files);
    assert_eq!(found[0].info.verdict, Verdict::Usable);
    let beside = |warning: &&String| warning.starts_with("1 file beside this series") && !warning.contains(&name);
    let warning = found[0].info.warnings.iter().find(beside).unwrap();
    let unread = |note: &String| note.starts_with(darkroom_imaging::UNREAD) && note.contains(&name);
    assert!(found[0].info.notes.iter().any(unread), "{:?}", found[0].info.notes);
    let mut entered = found[0].clone();
    entered.enter(&darkroom_imaging::suv::Entered { weight_kg: Some(80.0), ..Default::default() }).unwrap();
    assert!(entered.info.notes.contains(warning) && entered.info.notes.iter().any(unread));
}

#[test]
fn series_of_one_title_are_told_apart() {
    let other = |_: usize, object: &mut dicom_object::InMemDicomObject| {
        put(object, tags::SERIES_INSTANCE_UID, VR::UI, "2.25.77");
    };
    let found = read(series(|_, _| {}).into_iter().chain(series(other)).collect());
    let titles: Vec<&str> = found.iter().map(|series| series.info.title.as_str()).collect();
    assert_eq!(titles, ["PET AC (1)", "PET AC (2)"]);
    // One that cannot be used takes no place, as contours of the same name.
    let contours = |_: usize, object: &mut dicom_object::InMemDicomObject| {
        put(object, tags::SERIES_INSTANCE_UID, VR::UI, "2.25.78");
        put(object, tags::SOP_CLASS_UID, VR::UI, uids::RT_STRUCTURE_SET_STORAGE);
    };
    let found = read(series(|_, _| {}).into_iter().chain(series(contours)).collect());
    assert_eq!((found.len(), found[0].info.title.as_str()), (2, "PET AC"));
}

#[test]
fn what_is_no_patient_with_fdg_is_warned_of() {
    let warned =
        |edit: fn(&mut dicom_object::InMemDicomObject)| one(series(move |_, o| edit(o))).info.warnings.join(" ");
    assert_eq!(warned(|_| {}), "");
    assert!(warned(|o| put(o, tags::BODY_PART_EXAMINED, VR::CS, "PHANTOM")).contains("PHANTOM"));
    assert!(warned(|o| put(o, tags::PATIENT_SPECIES_DESCRIPTION, VR::LO, "Mus musculus")).contains("Mus musculus"));
    let gallium = |o: &mut dicom_object::InMemDicomObject| {
        let mut drug = support::drug();
        drug.remove_element(tags::RADIOPHARMACEUTICAL);
        let code = support::code("C-131A3", "SRT", "^68^Gallium");
        let codes = support::sequence(vec![code]);
        drug.put(dicom_core::DataElement::new(tags::RADIONUCLIDE_CODE_SEQUENCE, VR::SQ, codes));
        support::set_drug(o, drug);
    };
    assert!(warned(gallium).contains("one of Ga-68"));
}

//! Files that are written oddly and can be understood all the same.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail like the test")]

mod support;

use darkroom_dicom::{Series, read};
use darkroom_imaging::{NamedBytes, Verdict};
use dicom_core::{DataElement, PrimitiveValue, Tag, VR};
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;
use dicom_transfer_syntax_registry::entries::{EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN};
use support::{COLUMNS, ROWS, SLICES, drug, series};

const ITEM: [u8; 4] = [0xFE, 0xFF, 0, 0xE0];
const SEQUENCE_END: [u8; 8] = [0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0];

/// Where the pixels' element begins: twelve bytes of header and two a pixel from the end.
fn before_pixels(file: &NamedBytes) -> usize {
    file.bytes.len() - 12 - 2 * ROWS * COLUMNS
}

/// The plain series with bytes put in before the pixels of each file, after an edit.
fn spliced(edit: impl Fn(&mut InMemDicomObject), bytes: &[u8]) -> Vec<NamedBytes> {
    let mut files = series(|_, object| edit(object));
    for file in &mut files {
        let at = before_pixels(file);
        file.bytes.splice(at..at, bytes.iter().copied());
    }
    files
}

fn usable(files: Vec<NamedBytes>) -> Series {
    let found = read(files).remove(0);
    assert_eq!(found.info.verdict, Verdict::Usable, "{:?}", found.info);
    found
}

/// Why a series is refused, and what to do.
fn refusal(files: Vec<NamedBytes>) -> String {
    let found = read(files).remove(0);
    let Verdict::Refused { what, next } = &found.info.verdict else { unreachable!("usable: {:?}", found.info) };
    assert!(what.ends_with('.') && next.ends_with('.'), "{what} {next}");
    format!("{what} {next}")
}

fn element(tag: Tag, representation: &[u8; 2], length: u32) -> Vec<u8> {
    let mut bytes: Vec<u8> = [tag.group(), tag.element()].iter().flat_map(|part| part.to_le_bytes()).collect();
    bytes.extend(representation);
    bytes.extend([0, 0]);
    bytes.extend(length.to_le_bytes());
    bytes
}

fn item(contents: &[u8]) -> Vec<u8> {
    [&ITEM[..], &(contents.len() as u32).to_le_bytes(), contents].concat()
}

/// The drug of the default series as one implicit item.
fn implicit_drug() -> Vec<u8> {
    let mut bytes = Vec::new();
    drug().write_dataset_with_ts(&mut bytes, &IMPLICIT_VR_LITTLE_ENDIAN.erased()).unwrap();
    item(&bytes)
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

#[test]
fn public_attributes_of_unknown_representation_are_read_by_their_tag() {
    let plain = usable(series(|_, _| {}));
    let tag = tags::RADIOPHARMACEUTICAL_INFORMATION_SEQUENCE;
    let of_length = series(|_, object| {
        object.put(DataElement::new(tag, VR::UN, PrimitiveValue::U8(implicit_drug().into())));
        let rows = (ROWS as u16).to_le_bytes();
        object.put(DataElement::new(tags::ROWS, VR::UN, PrimitiveValue::U8(rows[..].into())));
    });
    let found = usable(of_length);
    assert_eq!((found.volume, found.suv), (plain.volume.clone(), plain.suv.clone()));
    let undefined = [element(tag, b"UN", u32::MAX), implicit_drug(), SEQUENCE_END.to_vec()].concat();
    let found = usable(spliced(|object| _ = object.remove_element(tag), &undefined));
    assert_eq!((found.volume, found.suv), (plain.volume, plain.suv));
}

#[test]
fn private_sequences_of_unknown_representation_hinder_nothing() {
    let plain = usable(series(|_, _| {})).volume;
    let inner = item(&[&[0x11, 0, 1, 0x10, 4, 0, 0, 0][..], b"ABCD"].concat());
    let private = [element(Tag(0x2005, 0x1401), b"UN", u32::MAX), inner, SEQUENCE_END.to_vec()].concat();
    assert_eq!(usable(spliced(|_| {}, &private)).volume, plain);
    let within = item(&private);
    let within = [element(Tag(0x2005, 0x1400), b"SQ", within.len() as u32), within].concat();
    assert_eq!(usable(spliced(|_| {}, &within)).volume, plain);
    // Of a length, and no data set inside: bytes that nobody asks for.
    let bytes = [&ITEM[..], &[0xFF; 8]].concat();
    let opaque = [element(Tag(0x2005, 0x1402), b"UN", bytes.len() as u32), bytes].concat();
    assert_eq!(usable(spliced(|_| {}, &opaque)).volume, plain);
}

#[test]
fn numbers_of_floating_point_and_palettes_are_named() {
    for (tag, vr, name) in [
        (tags::FLOAT_PIXEL_DATA, VR::OF, "Float Pixel Data (7FE0,0008)"),
        (tags::DOUBLE_FLOAT_PIXEL_DATA, VR::OD, "Double Float Pixel Data (7FE0,0009)"),
    ] {
        let told = refusal(series(|_, object| {
            object.remove_element(tags::PIXEL_DATA);
            let values = if vr == VR::OF { PrimitiveValue::from(1.5_f32) } else { PrimitiveValue::from(1.5_f64) };
            object.put(DataElement::new(tag, vr, values));
        }));
        assert!(told.contains(name) && told.contains("integers"), "{told}");
    }
    let palette = refusal(series(|_, object| {
        support::put(object, tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "PALETTE COLOR");
    }));
    assert!(palette.contains("palette") && palette.contains("grey"), "{palette}");
}

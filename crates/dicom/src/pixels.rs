//! The stored numbers of one slice.

use std::borrow::Cow;

use darkroom_formats::inflate;
use dicom_core::PrimitiveValue;
use dicom_dictionary_std::tags;
use dicom_encoding::transfer_syntax::{Codec, TransferSyntaxIndex};
use dicom_object::InMemDicomObject;
use dicom_transfer_syntax_registry::{TransferSyntaxRegistry, entries};

use crate::codecs::{self, Announced};
use crate::open::File;
use crate::{DicomError, attributes};

/// How a slice's numbers are stored.
#[derive(Clone, Copy, Debug)]
struct Layout {
    allocated: usize,
    stored: usize,
    high: usize,
    signed: bool,
}

/// The numbers of a slice as stored, before any rescaling: `rows * columns` of them, row by row.
pub(crate) fn decode(file: &File) -> Result<Vec<f64>, DicomError> {
    let object = &file.object;
    refuse_other_numbers(file)?;
    let missing = |attribute| DicomError::Missing { name: file.name.clone(), attribute };
    let count = |tag, attribute| attributes::count(object, tag).ok_or_else(|| missing(attribute));
    let rows = count(tags::ROWS, "Rows (0028,0010)")?;
    let columns = count(tags::COLUMNS, "Columns (0028,0011)")?;
    let allocated = count(tags::BITS_ALLOCATED, "Bits Allocated (0028,0100)")?;
    let stored = attributes::count(object, tags::BITS_STORED).unwrap_or(allocated);
    let high = attributes::count(object, tags::HIGH_BIT).unwrap_or(stored.saturating_sub(1));
    let signed = attributes::count(object, tags::PIXEL_REPRESENTATION).unwrap_or(0) == 1;
    if !matches!(allocated, 8 | 16 | 32) || stored == 0 || high >= allocated || stored > high + 1 {
        return Err(missing("set of Bits Allocated, Bits Stored and High Bit (0028,0100) to (0028,0102)"));
    }
    let layout = Layout { allocated, stored, high, signed };
    let bytes = raw(file, &Announced { size: [columns, rows], stored, allocated })?;
    let needed = rows.saturating_mul(columns).saturating_mul(allocated / 8);
    match bytes.get(..needed) {
        Some(bytes) => Ok(numbers(bytes, layout)),
        None => Err(DicomError::Damaged {
            name: file.name.clone(),
            detail: format!("its pixels need {needed} bytes and have {}", bytes.len()),
        }),
    }
}

/// Refuses pixels that are no measured integers: of floating point, or places in a palette.
fn refuse_other_numbers(file: &File) -> Result<(), DicomError> {
    let floating = [
        (tags::FLOAT_PIXEL_DATA, "Float Pixel Data (7FE0,0008)"),
        (tags::DOUBLE_FLOAT_PIXEL_DATA, "Double Float Pixel Data (7FE0,0009)"),
    ];
    let name = &file.name;
    let what = if let Some((_, found)) = floating.iter().find(|(tag, _)| file.object.get(*tag).is_some()) {
        format!("{name} holds its numbers as {found}, which is not read; export it with integers and a Rescale Slope.")
    } else if attributes::text(&file.object, tags::PHOTOMETRIC_INTERPRETATION).as_deref() == Some("PALETTE COLOR") {
        format!("{name} holds places in a colour palette, not measured values; export the series in shades of grey.")
    } else {
        return Ok(());
    };
    Err(DicomError::Unsuitable { what })
}

/// The little-endian bytes of a slice, decompressed.
fn raw<'a>(file: &'a File, announced: &Announced) -> Result<Cow<'a, [u8]>, DicomError> {
    let undecodable =
        |detail: String| DicomError::Undecodable { name: file.name.clone(), syntax: file.syntax.clone(), detail };
    let width = announced.allocated / 8;
    if let Some(decode) = codecs::decoder(&file.syntax) {
        let numbers = decode(&fragments(file)?, announced).map_err(undecodable)?;
        return Ok(Cow::Owned(codecs::little_endian(&numbers, width)));
    }
    if file.syntax == entries::ENCAPSULATED_UNCOMPRESSED_EXPLICIT_VR_LITTLE_ENDIAN.uid() {
        return Ok(Cow::Owned(fragments(file)?));
    }
    if file.syntax == entries::DEFLATED_IMAGE_FRAME_COMPRESSION.uid() {
        return inflate(&fragments(file)?).map(Cow::Owned).map_err(|error| undecodable(error.to_string()));
    }
    let syntax = TransferSyntaxRegistry.get(&file.syntax);
    if syntax.is_some_and(|syntax| matches!(syntax.codec(), Codec::EncapsulatedPixelData(..))) {
        return Err(undecodable("there is no decoder for it".into()));
    }
    let element = file.object.get(tags::PIXEL_DATA);
    let missing = || DicomError::Missing { name: file.name.clone(), attribute: "Pixel Data (7FE0,0010)" };
    let value = element.and_then(|element| element.value().primitive()).ok_or_else(missing)?;
    match value {
        // Big endian: the parser has turned each word; the words of longer numbers still stand high before low.
        PrimitiveValue::U16(words) if width == 4 && file.syntax == entries::EXPLICIT_VR_BIG_ENDIAN.uid() => Ok(
            Cow::Owned(words.chunks_exact(2).flat_map(|pair| [pair[1], pair[0]]).flat_map(u16::to_le_bytes).collect()),
        ),
        value => Ok(value.to_bytes()),
    }
}

/// The compressed bytes of a single frame: all its fragments, one after another.
fn fragments(file: &File) -> Result<Vec<u8>, DicomError> {
    let missing = || DicomError::Missing { name: file.name.clone(), attribute: "Pixel Data (7FE0,0010)" };
    let element = file.object.get(tags::PIXEL_DATA).ok_or_else(missing)?;
    Ok(element.value().fragments().ok_or_else(missing)?.concat())
}

fn numbers(bytes: &[u8], layout: Layout) -> Vec<f64> {
    let Layout { allocated, stored, high, signed } = layout;
    let width = allocated / 8;
    bytes
        .chunks_exact(width)
        .map(|chunk| {
            let raw = chunk.iter().rev().fold(0_i64, |sum, &byte| sum << 8 | i64::from(byte));
            // Brings the high bit to the top, then back down: drops what lies above and below, and extends the sign.
            let top = raw << (63 - high);
            let number = if signed { top >> (64 - stored) } else { (top as u64 >> (64 - stored)) as i64 };
            number as f64
        })
        .collect()
}

/// Removes the pixels of a slice, once they are in a volume or not wanted.
pub(crate) fn strip(object: &mut InMemDicomObject) {
    for tag in [tags::PIXEL_DATA, tags::FLOAT_PIXEL_DATA, tags::DOUBLE_FLOAT_PIXEL_DATA] {
        object.remove_element(tag);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_bits_are_cut_out_and_signed() {
        let layout = |allocated, stored, high, signed| Layout { allocated, stored, high, signed };
        assert_eq!(numbers(&[0xFF, 0xFF, 2, 1], layout(16, 16, 15, true)), [-1.0, 258.0]);
        assert_eq!(numbers(&[0xFF, 0xFF], layout(16, 16, 15, false)), [65535.0]);
        assert_eq!(numbers(&[0xFF, 0xF7], layout(16, 12, 11, true)), [2047.0]);
        assert_eq!(numbers(&[0x00, 0x08], layout(16, 12, 11, true)), [-2048.0]);
        assert_eq!(numbers(&[0xF0, 0xFF], layout(16, 12, 15, false)), [4095.0]);
        assert_eq!(numbers(&[200, 3], layout(8, 8, 7, false)), [200.0, 3.0]);
        assert_eq!(numbers(&[0, 0, 0, 0x80], layout(32, 32, 31, true)), [f64::from(i32::MIN)]);
    }
}

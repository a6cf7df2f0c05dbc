//! Slices in JPEG: read to the number where the frame is what the file says, refused in a sentence where it is not.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail like the test")]

mod support;

use darkroom_dicom::read;
use darkroom_imaging::{NamedBytes, Unit, Verdict};
use dicom_core::{DataElement, PrimitiveValue, VR, value::PixelFragmentSequence};
use dicom_dictionary_std::{tags, uids};
use dicom_object::FileMetaTableBuilder;
use support::{COLUMNS, ROWS, SLICES, put, slice};

/// A JPEG frame header.
#[derive(Clone, Copy)]
struct Frame {
    bits: u8,
    size: [u16; 2],
    components: u8,
}

const FITTING: Frame = Frame { bits: 8, size: [COLUMNS as u16, ROWS as u16], components: 1 };

/// What a file says of its numbers: bits allocated, bits stored.
const BYTES: [u16; 2] = [8, 8];

impl Frame {
    fn sized(self, columns: usize, rows: usize) -> Self {
        Self { size: [columns as u16, rows as u16], ..self }
    }

    /// Start of image and the frame header of a process: 0 is baseline, 3 lossless.
    fn start(self, process: u8) -> Vec<u8> {
        let mut out = vec![0xFF, 0xD8, 0xFF, 0xC0 + process, 0, 8 + 3 * self.components, self.bits];
        out.extend(self.size.iter().rev().flat_map(|n| n.to_be_bytes()));
        out.push(self.components);
        out.extend((1..=self.components).flat_map(|component| [component, 0x11, 0]));
        out
    }

    /// The scan header: all components, the first tables; the predictor of lossless frames stands where others begin.
    fn scan(self, first: u8, last: u8) -> Vec<u8> {
        let mut out = vec![0xFF, 0xDA, 0, 6 + 2 * self.components, self.components];
        out.extend((1..=self.components).flat_map(|component| [component, 0]));
        out.extend([first, last, 0]);
        out
    }

    /// Baseline (process 0): blocks of eight by eight pixels, 135 and 128 by turns.
    fn chequered(self) -> Vec<u8> {
        let mut out = self.start(0);
        // A step of eight is one grey level of a block's mean.
        out.extend([0xFF, 0xDB, 0, 67, 0]);
        out.extend([8; 64]);
        // One code a table, a single zero bit: a difference of three bits, and the end of a block.
        for (class, symbol) in [(0x00, 3), (0x10, 0)] {
            out.extend([0xFF, 0xC4, 0, 20, class, 1]);
            out.extend([0; 15]);
            out.push(symbol);
        }
        out.extend(self.scan(0, 63));
        let blocks = self.size.map(|n| usize::from(n).div_ceil(8)).iter().product::<usize>();
        let up_and_down = [[0, 1, 1, 1, 0], [0; 5]];
        let components = usize::from(self.components);
        finish(out, (0..blocks).flat_map(|block| vec![up_and_down[block % 2]; components]).flatten().collect())
    }

    /// Lossless (process 14), each pixel predicted from its left neighbour, the category of its difference in five bits.
    fn lossless(self, pixel: impl Fn(usize, usize) -> u16) -> Vec<u8> {
        let mut out = self.start(3);
        out.extend([0xFF, 0xC4, 0, 2 + 17 + 17, 0, 0, 0, 0, 0, 17]);
        out.extend([0; 11]);
        out.extend(0..17);
        out.extend(self.scan(1, 0));
        let mut bits = Vec::new();
        for row in 0..usize::from(self.size[1]) {
            for column in 0..usize::from(self.size[0]) {
                let predicted = match (column, row) {
                    (0, 0) => 1 << (self.bits - 1),
                    (0, _) => i32::from(pixel(0, row - 1)),
                    _ => i32::from(pixel(column - 1, row)),
                };
                let difference = i32::from(pixel(column, row)) - predicted;
                let length = i32::BITS - difference.unsigned_abs().leading_zeros();
                bits.extend((0..5).rev().map(|bit| length >> bit & 1));
                let told = if difference < 0 { difference + (1 << length) - 1 } else { difference };
                // Sixteen bits can only be -32768.
                bits.extend((0..length).rev().filter(|_| length < 16).map(|bit| told as u32 >> bit & 1));
            }
        }
        finish(out, bits)
    }
}

/// Appends the bits of a scan, filled up with ones, and the end of the image.
fn finish(mut out: Vec<u8>, mut bits: Vec<u32>) -> Vec<u8> {
    bits.resize(bits.len().next_multiple_of(8), 1);
    for byte in bits.chunks(8).map(|bits| bits.iter().fold(0, |byte, bit| byte << 1 | *bit as u8)) {
        out.push(byte);
        if byte == 0xFF {
            out.push(0);
        }
    }
    out.extend([0xFF, 0xD9]);
    out
}

/// The default series in a unit of its own, its pixels replaced by a compressed frame.
fn series(syntax: &str, [allocated, stored]: [u16; 2], frame: &[u8]) -> Vec<NamedBytes> {
    (0..SLICES)
        .map(|n| {
            let mut object = slice(n);
            put(&mut object, tags::UNITS, VR::CS, "GML");
            put(&mut object, tags::RESCALE_SLOPE, VR::DS, "1");
            for (tag, value) in [
                (tags::BITS_ALLOCATED, allocated),
                (tags::BITS_STORED, stored),
                (tags::HIGH_BIT, stored - 1),
                (tags::PIXEL_REPRESENTATION, 0),
            ] {
                object.put(DataElement::new(tag, VR::US, PrimitiveValue::from(value)));
            }
            let pixels = PixelFragmentSequence::new_fragments(vec![frame.to_vec()]);
            object.put(DataElement::new(tags::PIXEL_DATA, VR::OB, pixels));
            let mut bytes = Vec::new();
            object
                .with_meta(FileMetaTableBuilder::new().transfer_syntax(syntax))
                .unwrap()
                .write_all(&mut bytes)
                .unwrap();
            NamedBytes { name: format!("{n}.dcm"), bytes }
        })
        .collect()
}

/// Why a series of such slices is refused.
fn refusal(syntax: &str, bits: [u16; 2], frame: &[u8]) -> String {
    let found = read(series(syntax, bits, frame)).remove(0);
    assert!(found.volume.is_none(), "usable: {:?}", found.info);
    let Verdict::Refused { what, next } = found.info.verdict else { unreachable!("without volume and not refused") };
    assert!(what.ends_with('.') && next.contains("uncompressed"), "{what} {next}");
    what
}

#[test]
fn lossless_pixels_are_read_to_the_number() {
    let ramp = |scale: usize| move |column: usize, row: usize| ((row * 17 + column * 3) * scale) as u16;
    // Bits of the frame, allocated, stored: also fewer than allocated, and eight in words.
    for (bits, allocated, stored, scale) in
        [(16, 16, 16, 250), (12, 16, 12, 16), (8, 16, 8, 1), (8, 8, 8, 1), (16, 16, 12, 16)]
    {
        let frame = Frame { bits, ..FITTING }.lossless(ramp(scale));
        for syntax in [uids::JPEG_LOSSLESS, uids::JPEG_LOSSLESS_SV1] {
            let found = read(series(syntax, [allocated, stored], &frame)).remove(0);
            let volume = found.volume.unwrap_or_else(|| unreachable!("{:?}", found.info));
            assert_eq!(volume.unit, Unit::Suv);
            for row in 0..ROWS {
                for column in 0..COLUMNS {
                    let value = volume.data[volume.index(column, row, 3)];
                    assert_eq!(
                        value,
                        f32::from(ramp(scale)(column, row)),
                        "{bits} {allocated} {stored}: {column} {row}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_baseline_frame_is_read() {
    let found = read(series(uids::JPEG_BASELINE8_BIT, BYTES, &FITTING.chequered())).remove(0);
    let volume = found.volume.unwrap_or_else(|| unreachable!("{:?}", found.info));
    for column in 0..COLUMNS {
        assert_eq!(volume.data[volume.index(column, 5, 0)], if column < 8 { 135.0 } else { 128.0 });
    }
}

#[test]
fn a_frame_of_another_size_is_refused() {
    for (columns, rows) in [(COLUMNS + 8, ROWS), (COLUMNS, ROWS + 1), (COLUMNS - 4, ROWS), (ROWS, COLUMNS)] {
        let other = FITTING.sized(columns, rows);
        let words = Frame { bits: 16, ..other }.lossless(|_, _| 40_000);
        let told = format!("the compressed image is {columns} x {rows} pixels, its header says {COLUMNS} x {ROWS}");
        for what in [
            refusal(uids::JPEG_BASELINE8_BIT, BYTES, &other.chequered()),
            refusal(uids::JPEG_LOSSLESS_SV1, [16, 16], &words),
        ] {
            assert!(what.contains(&told), "{what}");
        }
    }
}

#[test]
fn a_frame_that_announces_gigabytes_is_refused_by_its_header() {
    // Nothing follows the header, so that whoever went on to the pixels would miss them first.
    let what = refusal(uids::JPEG_BASELINE8_BIT, BYTES, &FITTING.sized(65_500, 65_500).start(0));
    assert!(what.contains("65500 x 65500"), "{what}");
}

#[test]
fn colour_and_a_wrong_number_of_bits_are_refused() {
    let colour = Frame { components: 3, ..FITTING }.chequered();
    assert!(refusal(uids::JPEG_BASELINE8_BIT, BYTES, &colour).contains("colour"));
    assert!(
        refusal(uids::JPEG_BASELINE8_BIT, [16, 16], &FITTING.chequered()).contains("8 bits, its header says 16 stored")
    );
    let words = Frame { bits: 16, ..FITTING }.lossless(|column, _| column as u16);
    assert!(refusal(uids::JPEG_LOSSLESS_SV1, BYTES, &words).contains("16 bits, its header says 8 stored in 8"));
}

#[test]
fn cut_and_changed_frames_end_in_sentences() {
    let good = Frame { bits: 16, ..FITTING }.lossless(|column, row| (column * row) as u16);
    for length in 0..good.len().min(120) {
        refusal(uids::JPEG_LOSSLESS_SV1, [16, 16], &good[..length]);
    }
    for at in 2..120 {
        for byte in [0, 1, 0x7F, 0xFF] {
            let mut frame = good.clone();
            frame[at] = byte;
            let _ = read(series(uids::JPEG_LOSSLESS_SV1, [16, 16], &frame));
        }
    }
}

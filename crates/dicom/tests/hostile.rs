//! Files that are wrong on purpose, thousands of them: every one must end in series or sentences, never in a panic.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail like the test")]

mod support;

use darkroom_dicom::read;
use darkroom_imaging::{NamedBytes, Verdict};
use dicom_core::{DataElement, VR, value::PixelFragmentSequence};
use dicom_dictionary_std::{tags, uids};
use dicom_object::FileMetaTableBuilder;
use support::{COLUMNS, ROWS, SLICES, series, slice, stored};

/// Deterministic numbers (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }
}

fn expect_sentences(files: Vec<NamedBytes>) {
    for found in read(files) {
        if let Verdict::Refused { what, next } = &found.info.verdict {
            assert!(what.len() > 10 && what.ends_with('.') && next.ends_with('.'), "{what} {next}");
        }
        assert_eq!(found.volume.is_some(), found.info.verdict == Verdict::Usable);
    }
}

#[test]
fn changed_bytes_never_panic() {
    let good = series(|_, _| {});
    let header = good[0].bytes.len() - 2 * ROWS * COLUMNS;
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    for _ in 0..600 {
        let mut files = good.clone();
        for file in &mut files {
            for _ in 0..=dice.below(3) {
                let at = dice.below(header);
                file.bytes[at] = [0, 0xFF, b'\\', b'9', dice.below(256) as u8][dice.below(5)];
            }
        }
        expect_sentences(files);
    }
}

#[test]
fn cut_files_never_panic() {
    let good = series(|_, _| {});
    for length in 0..good[0].bytes.len() {
        let mut file = good[0].clone();
        file.bytes.truncate(length);
        expect_sentences(vec![file]);
    }
}

/// Slice `n` with its pixels in RLE: two segments, high bytes first, of literal runs.
fn compressed(n: usize, damage: impl Fn(&mut Vec<u8>)) -> NamedBytes {
    let pixels: Vec<u16> = (0..ROWS * COLUMNS).map(|at| stored(at % COLUMNS, at / COLUMNS, n) as u16).collect();
    let segment = |shift: u32| -> Vec<u8> {
        let plane: Vec<u8> = pixels.iter().map(|pixel| (pixel >> shift) as u8).collect();
        plane.chunks(128).flat_map(|run| std::iter::once(run.len() as u8 - 1).chain(run.iter().copied())).collect()
    };
    let (high, low) = (segment(8), segment(0));
    let mut fragment = vec![0; 64];
    fragment[0] = 2;
    fragment[4] = 64;
    fragment[8..12].copy_from_slice(&(64 + high.len() as u32).to_le_bytes());
    fragment.extend(high);
    fragment.extend(low);
    damage(&mut fragment);
    let mut object = slice(n);
    let pixels = PixelFragmentSequence::new_fragments(vec![fragment]);
    object.put(DataElement::new(tags::PIXEL_DATA, VR::OB, pixels));
    let meta = FileMetaTableBuilder::new().transfer_syntax(uids::RLE_LOSSLESS);
    let mut bytes = Vec::new();
    object.with_meta(meta).unwrap().write_all(&mut bytes).unwrap();
    NamedBytes { name: format!("{n}.dcm"), bytes }
}

#[test]
fn compressed_pixels_are_the_same_pixels() {
    let plain = read(series(|_, _| {})).remove(0).volume;
    let found = read((0..SLICES).map(|n| compressed(n, |_| {})).collect()).remove(0);
    assert_eq!(found.volume, plain, "{:?}", found.info);
}

#[test]
fn damaged_or_unknown_compression_is_explained() {
    let broken = read((0..SLICES).map(|n| compressed(n, |fragment| fragment.truncate(80))).collect()).remove(0);
    assert!(matches!(&broken.info.verdict, Verdict::Refused { .. }));
    let foreign = series(|_, _| {}).into_iter().map(|mut file| {
        let at = file.bytes.windows(19).position(|part| part == b"1.2.840.10008.1.2.1").unwrap();
        file.bytes[at..at + 19].copy_from_slice(b"1.2.840.99999.1.2.1");
        file
    });
    let foreign = read(foreign.collect()).remove(0);
    let Verdict::Refused { what, next } = &foreign.info.verdict else { unreachable!("usable") };
    assert!(what.contains("1.2.840.99999.1.2.1") && next.contains("uncompressed"), "{what} {next}");
}

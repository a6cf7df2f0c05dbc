//! Files that are wrong on purpose, thousands of them: every one must end in findings, never in a panic.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail like the test")]

use darkroom_formats::{nifti, npy, open, pack};
use darkroom_imaging::{NamedBytes, Unit, Verdict, Volume};

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

fn good_files() -> Vec<Vec<u8>> {
    let affine = [[-2.0, 0.0, 0.0, 0.0], [0.0, 2.0, 0.0, 0.0], [0.0, 0.0, 2.0, 0.0]];
    let volume = Volume::new([8, 8, 8], (0..512).map(|v| v as f32).collect(), affine, Unit::Suv).unwrap();
    let plain = nifti::write_plain(&volume, "").unwrap();
    let packed = nifti::write(&volume, "").unwrap();
    let zip = pack(&[NamedBytes { name: "a.nii".into(), bytes: plain.clone() }]).unwrap();
    vec![plain, packed, zip, npy::write(&[2, 3], &[1.0; 6]).unwrap()]
}

fn expect_findings(bytes: Vec<u8>) {
    let _ = npy::read(&bytes);
    let _ = nifti::read_labels(&bytes);
    for finding in open(vec![NamedBytes { name: "x".into(), bytes }]).findings {
        assert_eq!(finding.volume.is_some(), finding.info.verdict == Verdict::Usable);
        if let Verdict::Refused { what, next } = finding.info.verdict {
            assert!(what.len() > 10 && what.ends_with('.') && next.ends_with('.'), "{what} {next}");
        }
    }
}

#[test]
fn changed_bytes_never_panic() {
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    for good in good_files() {
        for _ in 0..1500 {
            let mut bytes = good.clone();
            for _ in 0..=dice.below(3) {
                let at = dice.below(bytes.len().min(700));
                bytes[at] = [0, 0xFF, 0x7F, b'(', dice.below(256) as u8][dice.below(5)];
            }
            expect_findings(bytes);
        }
    }
}

#[test]
fn cut_files_never_panic() {
    for good in good_files() {
        for length in 0..good.len() {
            expect_findings(good[..length].to_vec());
        }
    }
}

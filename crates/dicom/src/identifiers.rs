//! New unique identifiers, the same for the same result.

use darkroom_imaging::Volume;
use darkroom_imaging::suv::Entered;
use sha2::{Digest, Sha256};

/// The makers of identifiers of one derived series.
///
/// They are derived from UUIDs (`2.25.` and the number, PS3.5 B.2), and these from a hash of what they name: writing
/// the same result twice gives the same files, and any other result gives others.
#[derive(Debug)]
pub(crate) struct Identifiers([u8; 32]);

impl Identifiers {
    /// Identifiers for a result, the text that tells how it was made, what was entered by hand, which changes attributes
    /// even where no voxel changes, and the series that it was made from.
    pub(crate) fn new(series_uid: &str, description: &str, entered: &Entered, result: &Volume) -> Self {
        let mut hash = Sha256::new();
        hash.update(series_uid);
        hash.update([0]);
        hash.update(description);
        hash.update([0]);
        // Every digit of a number, of which the description may show fewer.
        hash.update(format!("{entered:?}"));
        for number in result.affine.iter().flatten() {
            hash.update(number.to_le_bytes());
        }
        for value in &result.data {
            hash.update(value.to_le_bytes());
        }
        Self(hash.finalize().into())
    }

    /// The identifier of the derived series.
    pub(crate) fn series(&self) -> String {
        self.of("series", 0, "")
    }

    /// The identifier of a derived slice: by its place too, since sources may lack an identifier or repeat one.
    pub(crate) fn instance(&self, place: usize, source: &str) -> String {
        self.of("instance", place, source)
    }

    fn of(&self, what: &str, place: usize, source: &str) -> String {
        let mut hash = Sha256::new();
        hash.update(self.0);
        hash.update(format!("{what} {place} {source}"));
        let digest = hash.finalize();
        let number = digest.iter().take(16).fold(0_u128, |sum, &byte| sum << 8 | u128::from(byte));
        // Version 8 (made by one's own rule) and the variant of RFC 9562.
        let number = number & !(0xF_u128 << 76) & !(0b11_u128 << 62) | 8 << 76 | 0b10 << 62;
        format!("2.25.{number}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_follow_content_and_are_valid() {
        let of = |value: f32, weight_kg: Option<f64>| {
            let unit = darkroom_imaging::Unit::Suv;
            let volume = Volume::new([1, 1, 1], vec![value], [[1.0, 0.0, 0.0, 0.0]; 3], unit).unwrap();
            Identifiers::new("2.25.7", "made", &Entered { weight_kg, ..Entered::default() }, &volume)
        };
        let uid = of(1.0, None).instance(3, "a");
        assert_eq!(uid, of(1.0, None).instance(3, "a"));
        assert_ne!(uid, of(1.0, None).series());
        assert_ne!(uid, of(1.0, None).instance(3, "b"));
        assert_ne!(uid, of(1.0, None).instance(4, "a"));
        assert_ne!(uid, of(2.0, None).instance(3, "a"));
        assert_ne!(uid, of(1.0, Some(70.0)).instance(3, "a"));
        assert_ne!(of(1.0, Some(70.0)).series(), of(1.0, Some(70.000_000_1)).series());
        let number: u128 = uid.strip_prefix("2.25.").unwrap().parse().unwrap();
        assert!(uid.len() <= 64);
        assert_eq!((number >> 76 & 0xF, number >> 62 & 0b11), (8, 0b10));
    }
}

//! New unique identifiers, the same for the same result.

use darkroom_imaging::Volume;
use sha2::{Digest, Sha256};

use crate::Derivation;

/// The makers of identifiers of one derived series.
///
/// They are derived from UUIDs (`2.25.` and the number, PS3.5 B.2), and these from a hash of what they name: writing
/// the same result twice gives the same files, and any other result gives others.
#[derive(Debug)]
pub(crate) struct Identifiers([u8; 32]);

impl Identifiers {
    /// Identifiers for a result, how it was made, and the series that it was made from.
    pub(crate) fn new(series_uid: &str, derivation: &Derivation, result: &Volume) -> Self {
        let mut hash = Sha256::new();
        hash.update(series_uid);
        hash.update(derivation.description(&[]));
        for value in &result.data {
            hash.update(value.to_le_bytes());
        }
        Self(hash.finalize().into())
    }

    /// The identifier of the thing that is derived from `source` in the role `what`.
    pub(crate) fn of(&self, what: &str, source: &str) -> String {
        let mut hash = Sha256::new();
        hash.update(self.0);
        hash.update(what);
        hash.update([0]);
        hash.update(source);
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
    use crate::Work;
    use crate::derivation::Dose;

    #[test]
    fn identifiers_follow_content_and_are_valid() {
        let derivation = Derivation {
            model: "m".into(),
            version: "1".into(),
            software: "s".into(),
            weights_sha256: "00".into(),
            quantisation: "int8".into(),
            backend: "cpu".into(),
            adapter: String::new(),
            dose: Some(Dose { fraction: 0.1, estimated: false }),
            mask: false,
            segmenter_sha256: None,
            ct_sha256: None,
            thinned: None,
            work: Work::Enhanced,
            process: None,
        };
        let volume = |value: f32| {
            Volume::new([1, 1, 1], vec![value], [[1.0, 0.0, 0.0, 0.0]; 3], darkroom_imaging::Unit::Suv).unwrap()
        };
        let of = |value: f32| Identifiers::new("2.25.7", &derivation, &volume(value));
        assert_eq!(of(1.0).of("instance", "a"), of(1.0).of("instance", "a"));
        assert_ne!(of(1.0).of("instance", "a"), of(1.0).of("series", "a"));
        assert_ne!(of(1.0).of("instance", "a"), of(1.0).of("instance", "b"));
        assert_ne!(of(1.0).of("instance", "a"), of(2.0).of("instance", "a"));
        let uid = of(1.0).of("instance", "a");
        let number: u128 = uid.strip_prefix("2.25.").unwrap().parse().unwrap();
        assert!(uid.len() <= 64);
        assert_eq!((number >> 76 & 0xF, number >> 62 & 0b11), (8, 0b10));
    }
}

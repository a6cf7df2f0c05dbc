//! Sets that are whole, cut, hostile and odd.

use super::*;

const EXPLICIT: Encoding = Encoding { explicit: true, big: false };
const IMPLICIT: Encoding = Encoding { explicit: false, big: false };

/// What a check gives of a set that needs no correction.
fn whole(set: &[u8]) -> Result<Corrections, String> {
    Ok(Corrections { found: Vec::new(), end: set.len() })
}

/// An explicit sequence of undefined length, its item too, with one text inside.
fn nested(text_length: u8) -> Vec<u8> {
    let mut set = vec![0x54, 0, 0x16, 0, b'S', b'Q', 0, 0, 255, 255, 255, 255];
    set.extend([0xFE, 0xFF, 0x00, 0xE0, 255, 255, 255, 255]);
    set.extend([0x08, 0, 0x04, 0x01, b'L', b'O', text_length, 0, b'a', b'b']);
    set.extend([0xFE, 0xFF, 0x0D, 0xE0, 0, 0, 0, 0, 0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]);
    set.extend([0x10, 0, 0x10, 0, b'P', b'N', 2, 0, b'c', b'd']);
    set
}

#[test]
fn whole_sets_pass_and_cut_ones_are_located() {
    assert_eq!(check(&nested(2), EXPLICIT), whole(&nested(2)));
    let set = nested(2);
    let cut = check(&set[..set.len() - 1], EXPLICIT).unwrap_err();
    assert_eq!(cut, "at byte 54 of its data set 2 bytes are announced and 1 are left");
    assert!(check(&nested(200), EXPLICIT).is_err());
}

#[test]
fn a_hostile_length_is_refused_at_any_depth() {
    assert!(check(&[8, 0, 5, 0, 0xFF, 0xFF, 0xFF, 0x7F, 0], IMPLICIT).unwrap_err().contains("2147483647 bytes"));
    // Implicit: a sequence of defined length whose item's element announces four gigabytes.
    let mut set = vec![0x54, 0, 0x16, 0, 16, 0, 0, 0, 0xFE, 0xFF, 0, 0xE0, 8, 0, 0, 0];
    set.extend([8, 0, 4, 1, 0xFE, 0xFF, 0xFF, 0xFF]);
    assert!(check(&set, IMPLICIT).is_err());
    let endless: Vec<u8> = (0..1000)
        .flat_map(|_| [0x54, 0, 0x16, 0, 255, 255, 255, 255, 0xFE, 0xFF, 0, 0xE0, 255, 255, 255, 255])
        .collect();
    assert!(check(&endless, IMPLICIT).unwrap_err().contains("nested"));
}

#[test]
fn nothing_is_unchecked_behind_a_stray_end() {
    let hostile = [8, 0, 4, 1, 0xF0, 0xFF, 0xFF, 0xFF];
    for end in [0x0D, 0xDD] {
        let stray = [0xFE, 0xFF, end, 0xE0, 0, 0, 0, 0];
        let element = [8, 0, 0, 1, 2, 0, 0, 0, b'a', b'b'];
        let read_on = [&element[..], &stray, &element].concat();
        assert_eq!(check(&read_on, IMPLICIT), whole(&read_on));
        let told = check(&[&element[..], &stray, &hostile].concat(), IMPLICIT).unwrap_err();
        assert!(told.contains("4294967280 bytes"), "{told}");
        // Within an item of defined length, and within its sequence behind an early end.
        let inner = [&element[..], &stray, &hostile].concat();
        let item = [&[0xFE, 0xFF, 0, 0xE0, inner.len() as u8, 0, 0, 0], &inner[..]].concat();
        let early = [&stray[..], &hostile].concat();
        for inside in [item, early] {
            let set = [&[0x54, 0, 0x16, 0, inside.len() as u8, 0, 0, 0], &inside[..]].concat();
            assert!(check(&set, IMPLICIT).is_err(), "{set:?}");
        }
    }
}

#[test]
fn sequences_of_unknown_representation_get_their_length() {
    // (0009,1001) UN of undefined length, implicit inside, between two texts.
    let mut set = vec![0x08, 0, 0x60, 0, b'C', b'S', 2, 0, b'P', b'T'];
    set.extend([0x09, 0, 0x01, 0x10, b'U', b'N', 0, 0, 255, 255, 255, 255]);
    set.extend([0xFE, 0xFF, 0, 0xE0, 255, 255, 255, 255, 0x08, 0, 0x04, 0x01, 2, 0, 0, 0, b'a', b'b']);
    set.extend([0xFE, 0xFF, 0x0D, 0xE0, 0, 0, 0, 0, 0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]);
    let end = set.len();
    set.extend([0x10, 0, 0x10, 0, b'P', b'N', 2, 0, b'c', b'd']);
    let corrections = check(&set, EXPLICIT).unwrap();
    assert_eq!(corrections.found, [(18, end as u32 - 22)]);
    let told = corrected(&set, &corrections, EXPLICIT);
    assert_eq!((told.len(), &told[18..22]), (set.len(), &[end as u8 - 22, 0, 0, 0][..]));
    assert_eq!(check(&told, EXPLICIT), whole(&told));
    // Within a container of defined length, whose length stays.
    let inner = &set[10..end];
    let mut bound = vec![0x54, 0, 0x16, 0, b'S', b'Q', 0, 0, inner.len() as u8 + 8, 0, 0, 0];
    bound.extend([0xFE, 0xFF, 0, 0xE0, inner.len() as u8, 0, 0, 0]);
    bound.extend(inner);
    assert_eq!(check(&bound, EXPLICIT).unwrap().found, [(28, inner.len() as u32 - 12)]);
}

#[test]
fn zeros_end_a_set_but_not_an_item() {
    let set = nested(2);
    for zeros in 0..20 {
        let padded = [&set[..], &vec![0; zeros]].concat();
        assert_eq!(check(&padded, EXPLICIT), whole(&set), "{zeros}");
    }
    let open = [&set[..30], &[0; 24]].concat();
    assert_eq!(check(&open, EXPLICIT).map(|corrections| corrections.end), Ok(open.len()));
}

#[test]
fn fragments_of_compressed_pixels_are_not_elements() {
    let mut set = vec![0xE0, 0x7F, 0x10, 0, b'O', b'B', 0, 0, 255, 255, 255, 255];
    set.extend([0xFE, 0xFF, 0, 0xE0, 0, 0, 0, 0]);
    set.extend([0xFE, 0xFF, 0, 0xE0, 12, 0, 0, 0]);
    set.extend([0xFF; 12]);
    set.extend([0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]);
    assert_eq!(check(&set, EXPLICIT), whole(&set));
    assert!(check(&set[..set.len() - 12], EXPLICIT).is_err());
}

#[test]
fn bytes_of_any_kind_end_the_walk() {
    let mut state = 12345_u32;
    for _ in 0..20_000 {
        let bytes: Vec<u8> = (0..40)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                // Mostly bytes that mean something.
                [0, 0, 8, 0xFE, 0xFF, 0xE0, 0x0D, 0xDD, b'S', b'Q', (state >> 24) as u8][(state >> 8) as usize % 11]
            })
            .collect();
        for explicit in [false, true] {
            for big in [false, true] {
                let _ = check(&bytes, Encoding { explicit, big });
            }
        }
    }
}

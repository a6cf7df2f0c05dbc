//! A first walk over a data set that only adds up lengths.
//!
//! The parser takes the memory that a length announces before it looks whether the bytes are there; a few wrong bits
//! would ask for four gigabytes and end the module. So every announced length is held against the file first. The walk
//! also tells where a truncated file breaks off, and which parts the parser cannot read: sequences of unknown
//! representation and undefined length, which are implicit inside and which the parser takes for explicit.

use std::borrow::Cow;
use std::ops::Range;

/// Item, end of item and end of sequence.
const ITEM: (u16, u16) = (0xFFFE, 0xE000);
const ITEM_END: (u16, u16) = (0xFFFE, 0xE00D);
const SEQUENCE_END: (u16, u16) = (0xFFFE, 0xE0DD);
const PIXEL_DATA: (u16, u16) = (0x7FE0, 0x0010);
const UNDEFINED: u32 = u32::MAX;
/// Sequences within sequences; real files have five.
const DEEPEST: usize = 32;
/// Representations whose length has two bytes. All others, future ones included, have four after two reserved bytes.
const SHORT: [&[u8; 2]; 21] = [
    b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FL", b"FD", b"IS", b"LO", b"LT", b"PN", b"SH", b"SL", b"SS",
    b"ST", b"TM", b"UI", b"UL", b"US",
];

/// How the elements of a data set are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Encoding {
    pub(crate) explicit: bool,
    pub(crate) big: bool,
}

/// Checks that every announced length fits into the file. Gives the places of sequences of unknown representation that are
/// to be cut out before parsing; all are private, for public ones have a representation. So are zeros behind the last element.
///
/// # Errors
/// A half sentence that says where a length does not fit.
pub(crate) fn check(set: &[u8], encoding: Encoding) -> Result<Vec<Range<usize>>, String> {
    let content = set.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    let mut walk = Walk { set, at: 0, content, cuts: Vec::new(), bound: 0 };
    // A stray end of an item or a sequence ends nothing out here: the parser reads on behind it.
    while walk.at + 8 <= set.len() {
        walk.elements(set.len(), encoding, DEEPEST)?;
    }
    Ok(walk.cuts)
}

/// A data set without some of its parts.
pub(crate) fn without<'a>(set: &'a [u8], cuts: &[Range<usize>]) -> Cow<'a, [u8]> {
    if cuts.is_empty() {
        return Cow::Borrowed(set);
    }
    let starts = std::iter::once(0).chain(cuts.iter().map(|cut| cut.end));
    let ends = cuts.iter().map(|cut| cut.start).chain(std::iter::once(set.len()));
    Cow::Owned(starts.zip(ends).flat_map(|(start, end)| &set[start..end]).copied().collect())
}

struct Walk<'a> {
    set: &'a [u8],
    at: usize,
    /// Where nothing but zeros begins.
    content: usize,
    /// What is to be cut out.
    cuts: Vec<Range<usize>>,
    /// Containers of a defined length around the current element: their lengths would be wrong after a cut.
    bound: usize,
}

/// What precedes a value.
struct Element {
    tag: (u16, u16),
    sequence: bool,
    unknown: bool,
    length: u32,
}

impl Walk<'_> {
    /// Walks elements up to `end`, or up to the end of the item they are in.
    fn elements(&mut self, end: usize, encoding: Encoding, depth: usize) -> Result<(), String> {
        loop {
            let start = self.at;
            // Some writers pad a file to whole blocks with zeros: behind the last element, where no item is open.
            if depth == DEEPEST && (self.content..end).contains(&start) {
                self.cuts.push(start..end);
                break;
            }
            if start + 8 > end {
                break;
            }
            let element = self.element(encoding)?;
            if matches!(element.tag, ITEM_END | SEQUENCE_END) {
                return Ok(());
            }
            let known = self.cuts.len();
            self.value(&element, encoding, depth)?;
            if element.unknown && element.length == UNDEFINED {
                if self.bound > 0 {
                    return Err(format!("byte {start} of its data set begins a private sequence that cannot be read"));
                }
                self.cuts.truncate(known);
                self.cuts.push(start..self.at.min(self.set.len()));
            }
        }
        self.at = self.at.max(end);
        Ok(())
    }

    fn value(&mut self, element: &Element, encoding: Encoding, depth: usize) -> Result<(), String> {
        // An implicit data set does not say what is a sequence. An end before any item is none, and is refused there.
        let starts_with_item =
            self.at + 4 <= self.set.len() && matches!(self.tag(encoding.big), ITEM | ITEM_END | SEQUENCE_END);
        let nested = element.sequence || (starts_with_item && element.tag != PIXEL_DATA);
        // Sequences of unknown representation are implicit inside, whatever they stand in.
        let inside = Encoding { explicit: encoding.explicit && !element.unknown, ..encoding };
        if element.length == UNDEFINED {
            self.items(self.set.len(), inside, depth, element.tag == PIXEL_DATA)
        } else {
            let end = self.fits(element.length)?;
            if nested {
                self.bound += 1;
                self.items(end, inside, depth, false)?;
                self.bound -= 1;
                self.ends(end)?;
            }
            self.at = end;
            Ok(())
        }
    }

    /// Holds the walk within a container of defined length to that length: what stands behind an early end, the parser
    /// would read as something else.
    fn ends(&self, end: usize) -> Result<(), String> {
        if self.at > end || self.at + 8 <= end {
            return Err(format!("byte {} of its data set ends what should end at byte {end}", self.at));
        }
        Ok(())
    }

    /// Walks the items of a sequence, or the fragments of compressed pixels, which hold no elements.
    fn items(&mut self, end: usize, encoding: Encoding, depth: usize, fragments: bool) -> Result<(), String> {
        let Some(depth) = depth.checked_sub(1) else { return Err("its sequences are nested without end".into()) };
        while self.at + 8 <= end {
            let tag = self.tag(encoding.big);
            self.at += 4;
            let length = self.long(encoding.big);
            match tag {
                SEQUENCE_END => return Ok(()),
                ITEM if length == UNDEFINED => self.elements(self.set.len(), encoding, depth)?,
                ITEM => {
                    let item_end = self.fits(length)?;
                    if !fragments {
                        self.bound += 1;
                        self.elements(item_end, encoding, depth)?;
                        self.bound -= 1;
                        self.ends(item_end)?;
                    }
                    self.at = item_end;
                }
                _ => return Err(format!("byte {} of its data set should begin an item and does not", self.at - 8)),
            }
        }
        Ok(())
    }

    /// Reads what precedes a value and moves to the value.
    fn element(&mut self, encoding: Encoding) -> Result<Element, String> {
        let tag = self.tag(encoding.big);
        self.at += 4;
        if !encoding.explicit || tag.0 == 0xFFFE {
            return Ok(Element { tag, sequence: false, unknown: false, length: self.long(encoding.big) });
        }
        let representation = [self.set[self.at], self.set[self.at + 1]];
        let length = if SHORT.contains(&&representation) {
            self.at += 2;
            u32::from(self.short(encoding.big))
        } else if self.at + 8 <= self.set.len() {
            self.at += 4;
            self.long(encoding.big)
        } else {
            return Err(format!("it stops within an element at byte {} of its data set", self.at - 4));
        };
        Ok(Element { tag, sequence: &representation == b"SQ", unknown: &representation == b"UN", length })
    }

    /// Where a value of this length ends, if the file reaches that far.
    fn fits(&self, length: u32) -> Result<usize, String> {
        let left = self.set.len() - self.at;
        if length as usize <= left {
            Ok(self.at + length as usize)
        } else {
            Err(format!("at byte {} of its data set {length} bytes are announced and {left} are left", self.at))
        }
    }

    fn tag(&self, big: bool) -> (u16, u16) {
        let word = |at: usize| {
            let bytes = [self.set[at], self.set[at + 1]];
            if big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }
        };
        (word(self.at), word(self.at + 2))
    }

    fn short(&mut self, big: bool) -> u16 {
        let bytes = [self.set[self.at], self.set[self.at + 1]];
        self.at += 2;
        if big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }
    }

    fn long(&mut self, big: bool) -> u32 {
        let bytes = std::array::from_fn(|n| self.set[self.at + n]);
        self.at += 4;
        if big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPLICIT: Encoding = Encoding { explicit: true, big: false };
    const IMPLICIT: Encoding = Encoding { explicit: false, big: false };

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
        assert_eq!(check(&nested(2), EXPLICIT), Ok(Vec::new()));
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
            assert_eq!(check(&[&element[..], &stray, &element].concat(), IMPLICIT), Ok(Vec::new()));
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
    fn private_sequences_of_unknown_representation_are_cut_out() {
        // (0009,1001) UN of undefined length, implicit inside, between two texts.
        let mut set = vec![0x08, 0, 0x60, 0, b'C', b'S', 2, 0, b'P', b'T'];
        set.extend([0x09, 0, 0x01, 0x10, b'U', b'N', 0, 0, 255, 255, 255, 255]);
        set.extend([0xFE, 0xFF, 0, 0xE0, 255, 255, 255, 255, 0x08, 0, 0x04, 0x01, 2, 0, 0, 0, b'a', b'b']);
        set.extend([0xFE, 0xFF, 0x0D, 0xE0, 0, 0, 0, 0, 0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]);
        let end = set.len();
        set.extend([0x10, 0, 0x10, 0, b'P', b'N', 2, 0, b'c', b'd']);
        let cuts = check(&set, EXPLICIT).unwrap();
        assert_eq!((cuts.len(), cuts[0].clone()), (1, 10..end));
        assert_eq!(without(&set, &cuts).len(), 20);
        // Inside a container of defined length a cut would falsify that length.
        let inner = &set[10..end];
        let mut bound = vec![0x54, 0, 0x16, 0, b'S', b'Q', 0, 0, inner.len() as u8 + 8, 0, 0, 0];
        bound.extend([0xFE, 0xFF, 0, 0xE0, inner.len() as u8, 0, 0, 0]);
        bound.extend(inner);
        assert!(check(&bound, EXPLICIT).unwrap_err().contains("private sequence"));
    }

    #[test]
    fn fragments_of_compressed_pixels_are_not_elements() {
        let mut set = vec![0xE0, 0x7F, 0x10, 0, b'O', b'B', 0, 0, 255, 255, 255, 255];
        set.extend([0xFE, 0xFF, 0, 0xE0, 0, 0, 0, 0]);
        set.extend([0xFE, 0xFF, 0, 0xE0, 12, 0, 0, 0]);
        set.extend([0xFF; 12]);
        set.extend([0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]);
        assert_eq!(check(&set, EXPLICIT), Ok(Vec::new()));
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
}

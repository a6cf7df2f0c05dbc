//! A first walk over a data set that only adds up lengths.
//!
//! The parser takes the memory that a length announces before it looks whether the bytes are there; a few wrong bits
//! would ask for four gigabytes and end the module. So every announced length is held against the file first. The walk
//! also tells where a truncated file breaks off, and finds what the parser cannot read: zeros behind the last element, and
//! sequences of unknown representation and undefined length, which are implicit inside and which it takes for explicit.
//! These get the length that they turn out to have, so that the parser takes them for bytes.

use std::borrow::Cow;

#[cfg(test)]
mod tests;

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

/// What is to be changed in a data set before the parser reads it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Corrections {
    /// Where an undefined length stands, and the length that is meant.
    found: Vec<(usize, u32)>,
    /// Where the last element ends: behind it are zeros or nothing.
    end: usize,
}

/// Checks that every announced length fits into the file. Gives what the parser needs to be told otherwise.
///
/// # Errors
/// A half sentence that says where a length does not fit.
pub(crate) fn check(set: &[u8], encoding: Encoding) -> Result<Corrections, String> {
    let content = set.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    let corrections = Corrections { found: Vec::new(), end: set.len() };
    let mut walk = Walk { set, at: 0, content, corrections };
    // A stray end of an item or a sequence ends nothing out here: the parser reads on behind it.
    while walk.at + 8 <= set.len() {
        walk.elements(set.len(), encoding, DEEPEST)?;
    }
    Ok(walk.corrections)
}

/// A data set as the parser is to read it.
pub(crate) fn corrected<'a>(set: &'a [u8], corrections: &Corrections, encoding: Encoding) -> Cow<'a, [u8]> {
    let set = &set[..corrections.end];
    if corrections.found.is_empty() {
        return Cow::Borrowed(set);
    }
    let mut set = set.to_vec();
    for &(at, length) in &corrections.found {
        let length = if encoding.big { length.to_be_bytes() } else { length.to_le_bytes() };
        set[at..at + 4].copy_from_slice(&length);
    }
    Cow::Owned(set)
}

struct Walk<'a> {
    set: &'a [u8],
    at: usize,
    /// Where nothing but zeros begins.
    content: usize,
    corrections: Corrections,
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
                self.corrections.end = start;
                break;
            }
            if start + 8 > end {
                break;
            }
            let element = self.element(encoding)?;
            if matches!(element.tag, ITEM_END | SEQUENCE_END) {
                return Ok(());
            }
            let value = self.at;
            self.value(&element, encoding, depth)?;
            // Compressed pixels have fragments, whatever their representation.
            if element.unknown && element.length == UNDEFINED && element.tag != PIXEL_DATA {
                self.corrections.found.push((value - 4, (self.at - value) as u32));
            }
        }
        self.at = self.at.max(end);
        Ok(())
    }

    fn value(&mut self, element: &Element, encoding: Encoding, depth: usize) -> Result<(), String> {
        // An implicit data set does not say what is a sequence. An end before any item is none, and is refused there.
        let starts_with_item =
            self.at + 4 <= self.set.len() && matches!(self.tag(encoding.big), ITEM | ITEM_END | SEQUENCE_END);
        let nested = element.sequence || (starts_with_item && element.tag != PIXEL_DATA && !element.unknown);
        // What is of unknown representation is implicit and little endian inside, whatever it stands in (PS3.5 6.2.2).
        let inside = if element.unknown { Encoding { explicit: false, big: false } } else { encoding };
        if element.length == UNDEFINED {
            self.items(self.set.len(), inside, depth, element.tag == PIXEL_DATA)
        } else {
            let end = self.fits(element.length)?;
            if nested {
                self.items(end, inside, depth, false)?;
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
                        self.elements(item_end, encoding, depth)?;
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

//! Cutting texts in which escapes change what the bytes behind them mean (code extensions, PS3.5 6.1.2.5).

use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;

use crate::attributes;

const ESCAPE: char = '\x1b';

/// The beginning of a text of `object`, at most so many characters, behind which ASCII can be written.
///
/// With code extensions a text that is too long is cut before the first character that is not ASCII: any other place may
/// lie within a character or leave an escape open, which would take what follows for kanji.
pub(crate) fn cut(object: &InMemDicomObject, text: &str, most: usize) -> String {
    let is_extended = attributes::texts(object, tags::SPECIFIC_CHARACTER_SET).len() > 1 || text.contains(ESCAPE);
    let start = text.chars().take(most);
    if !is_extended || (text.chars().count() <= most && ends_in_ascii(text)) {
        return start.collect();
    }
    start.take_while(|&character| character.is_ascii() && character != ESCAPE).collect()
}

/// Whether no escape, or one back to ASCII or its Japanese variant, was the last to change the lower half of the codes (G0).
fn ends_in_ascii(text: &str) -> bool {
    let runs = text.split(ESCAPE).skip(1);
    let last = runs.filter(|run| run.starts_with('(') || run.starts_with('$') && !run.starts_with("$)")).last();
    last.is_none_or(|run| run.starts_with("(B") || run.starts_with("(J"))
}

#[cfg(test)]
mod tests {
    use dicom_core::VR;

    use super::*;
    use crate::derive::put;

    #[test]
    fn what_follows_a_cut_text_is_ascii() {
        let with = |charset: &str| {
            let mut object = InMemDicomObject::new_empty();
            put(&mut object, tags::SPECIFIC_CHARACTER_SET, VR::CS, charset.into());
            object
        };
        let kanji = "PET \x1b$B;3ED\x1b(B";
        let japanese = with("\\ISO 2022 IR 87");
        assert_eq!(cut(&japanese, kanji, 20), kanji);
        assert_eq!(cut(&japanese, kanji, 12), "PET ");
        // Escapes into the upper half of the codes leave ASCII alone; an escape that is left open does not.
        assert_eq!(cut(&with("\\ISO 2022 IR 149"), "\x1b$)C\u{c8}\u{ab} PET", 20), "\x1b$)C\u{c8}\u{ab} PET");
        assert_eq!(cut(&japanese, "PET \x1b$B;3ED", 20), "PET ");
        // Two bytes a character.
        assert_eq!(cut(&with("\\ISO 2022 IR 58"), "PET \u{d6}\u{d0}\u{b9}", 6), "PET ");
        assert_eq!(cut(&with("ISO_IR 100"), "K\u{f6}rper", 3), "K\u{f6}r");
    }
}

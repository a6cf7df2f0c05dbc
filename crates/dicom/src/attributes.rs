//! Reading attributes without ever failing: absent, empty and malformed are all `None`.

use dicom_core::{DicomValue, PrimitiveValue, Tag};
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;

/// The text of an attribute, trimmed; several values are joined by backslashes.
pub(crate) fn text(object: &InMemDicomObject, tag: Tag) -> Option<String> {
    let value = object.get(tag)?.value().primitive()?;
    let text = match value {
        // Private attributes of implicit files come as bytes of unknown representation.
        PrimitiveValue::U8(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        other => other.to_str().into_owned(),
    };
    let text = text.trim_matches([' ', '\0']);
    (!text.is_empty()).then(|| text.to_owned())
}

/// The values of an attribute as texts, each trimmed.
pub(crate) fn texts(object: &InMemDicomObject, tag: Tag) -> Vec<String> {
    text(object, tag).map_or_else(Vec::new, |text| text.split('\\').map(|part| part.trim().to_owned()).collect())
}

/// All values of an attribute as numbers; empty when one of them is none.
pub(crate) fn numbers(object: &InMemDicomObject, tag: Tag) -> Vec<f64> {
    let Some(text) = text(object, tag) else { return Vec::new() };
    let parse = |part: &str| part.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    text.split('\\').map(parse).collect::<Option<_>>().unwrap_or_default()
}

/// The first value of an attribute as a number.
pub(crate) fn number(object: &InMemDicomObject, tag: Tag) -> Option<f64> {
    numbers(object, tag).first().copied()
}

/// The first value of an attribute as a whole number that is not negative.
pub(crate) fn count(object: &InMemDicomObject, tag: Tag) -> Option<usize> {
    number(object, tag).filter(|n| *n >= 0.0 && n.fract() == 0.0 && *n <= f64::from(u32::MAX)).map(|n| n as usize)
}

/// The items of a sequence.
pub(crate) fn items(object: &InMemDicomObject, tag: Tag) -> &[InMemDicomObject] {
    match object.get(tag).map(dicom_core::DataElement::value) {
        Some(DicomValue::Sequence(sequence)) => sequence.items(),
        _ => &[],
    }
}

/// The first item of a sequence.
pub(crate) fn item(object: &InMemDicomObject, tag: Tag) -> Option<&InMemDicomObject> {
    items(object, tag).first()
}

/// A private attribute that SUV needs.
pub(crate) struct Private {
    group: u16,
    creator: &'static str,
    element: u8,
    /// The beginning of Manufacturer (0008,0070) of the files that have it.
    maker: &'static str,
}

/// When the scan began, in files of GE.
pub(crate) const GE_SCANNED: Private = Private { group: 0x0009, creator: "GEMS_PETD_01", element: 0x0D, maker: "GE" };
/// From counts to SUV, in files of Philips.
pub(crate) const PHILIPS_SUV: Private =
    Private { group: 0x7053, creator: "Philips PET Private Group", element: 0x00, maker: "Philips" };
/// From counts to Bq/ml, in files of Philips.
pub(crate) const PHILIPS_ACTIVITY: Private = Private { element: 0x09, ..PHILIPS_SUV };

/// The tag of a private attribute, by its creator. Where the usual block names none, as some anonymisers leave it, a file
/// of the same maker is believed to mean it.
pub(crate) fn private(object: &InMemDicomObject, wanted: &Private) -> Option<Tag> {
    let &Private { group, creator, element, maker } = wanted;
    let named = (0x10_u16..=0xFF)
        .find(|&block| text(object, Tag(group, block)).is_some_and(|name| name.eq_ignore_ascii_case(creator)));
    let usual = || {
        let made = text(object, tags::MANUFACTURER)?.to_lowercase();
        (text(object, Tag(group, 0x10)).is_none() && made.starts_with(&maker.to_lowercase())).then_some(0x10)
    };
    let tag = Tag(group, named.or_else(usual)? << 8 | u16::from(element));
    object.get(tag).map(|_| tag)
}

//! What of a source's attributes is true of a result too.

use dicom_core::{DataElement, PrimitiveValue, Tag, VR};
use dicom_dictionary_std::{tags, uids};
use dicom_object::InMemDicomObject;

use crate::attributes::{self, GE_SCANNED, PHILIPS_ACTIVITY, PHILIPS_SUV, private};
use crate::{Kind, laterality};

/// Takes away what describes the source's stored numbers, how it was derived, its instance and its signatures, lengths of
/// groups, which change, and private attributes, and settles contradictions.
pub(crate) fn keep(object: &mut InMemDicomObject) {
    let needed = needed_by_suv(object);
    let drawn = overlays(object);
    object.retain(|element| {
        let tag = element.header().tag;
        let is_lost = is_overlay(tag) && !drawn.contains(&tag.group());
        // Of unknown representation is what could not be read; no one knows whom it names.
        needed.contains(&tag) || is_kept(tag) && !is_lost && element.header().vr() != VR::UN
    });
    clean_items(object);
    laterality::settle(object);
    if Kind::of(object) == Some(Kind::Pet) {
        settle_contradictions(object);
    }
}

fn is_kept(tag: Tag) -> bool {
    let of_the_source = [
        tags::INSTANCE_CREATION_DATE,
        tags::INSTANCE_CREATION_TIME,
        tags::INSTANCE_CREATOR_UID,
        tags::NUMBER_OF_FRAMES,
        tags::SMALLEST_IMAGE_PIXEL_VALUE,
        tags::LARGEST_IMAGE_PIXEL_VALUE,
        tags::SMALLEST_PIXEL_VALUE_IN_SERIES,
        tags::LARGEST_PIXEL_VALUE_IN_SERIES,
        tags::PIXEL_PADDING_VALUE,
        tags::PIXEL_PADDING_RANGE_LIMIT,
        tags::PIXEL_DATA_PROVIDER_URL,
        tags::PRESENTATION_LUT_SHAPE,
        tags::REAL_WORLD_VALUE_MAPPING_SEQUENCE,
        tags::MODALITY_LUT_SEQUENCE,
        tags::DERIVATION_CODE_SEQUENCE,
        tags::ICON_IMAGE_SEQUENCE,
        tags::ENCRYPTED_ATTRIBUTES_SEQUENCE,
        tags::MAC_PARAMETERS_SEQUENCE,
        tags::DIGITAL_SIGNATURES_SEQUENCE,
        tags::DATA_SET_TRAILING_PADDING,
    ];
    is_public(tag) && tag.group() != tags::PIXEL_DATA.group() && !of_the_source.contains(&tag)
}

fn is_overlay(tag: Tag) -> bool {
    tag.group() & 0xFF00 == 0x6000
}

/// The groups of overlays that have data of their own (60xx,3000). Those of others lay in bits of the pixels, which are gone.
fn overlays(object: &InMemDicomObject) -> Vec<u16> {
    let found = object.iter().map(|element| element.header().tag);
    found.filter(|&tag| is_overlay(tag) && tag.element() == 0x3000).map(Tag::group).collect()
}

/// Neither private, of which no one knows whom it names, nor the length of a group.
fn is_public(tag: Tag) -> bool {
    tag.group().is_multiple_of(2) && tag.element() != 0
}

/// The private attributes without which the result would have no SUV, each with the element that names its creator.
fn needed_by_suv(object: &InMemDicomObject) -> Vec<Tag> {
    let found = [GE_SCANNED, PHILIPS_SUV, PHILIPS_ACTIVITY];
    let found = found.iter().filter_map(|wanted| private(object, wanted));
    found.flat_map(|tag| [tag, Tag(tag.group(), tag.element() >> 8)]).collect()
}

/// Takes private attributes out of the items of all sequences, however deep.
fn clean_items(object: &mut InMemDicomObject) {
    let sequences: Vec<Tag> =
        object.iter().filter(|element| element.value().items().is_some()).map(|element| element.header().tag).collect();
    for tag in sequences {
        object.update_value(tag, |value| {
            for item in value.items_mut().into_iter().flatten() {
                item.retain(|element| is_public(element.header().tag) && element.header().vr() != VR::UN);
                clean_items(item);
            }
        });
    }
}

/// Says that the source was compressed with loss, where its encoding tells and its attributes do not.
pub(crate) fn tell_loss(object: &mut InMemDicomObject, syntax: &str) {
    let lossy = [uids::JPEG_BASELINE8_BIT, uids::JPEG_EXTENDED12_BIT, uids::JPEGLS_NEAR_LOSSLESS];
    if lossy.contains(&syntax) && object.get(tags::LOSSY_IMAGE_COMPRESSION).is_none() {
        object.put(DataElement::new(tags::LOSSY_IMAGE_COMPRESSION, VR::CS, PrimitiveValue::from("01")));
    }
}

/// Takes away what says that decay was corrected, where it was entered by hand that it was not.
pub(crate) fn settle_decay(object: &mut InMemDicomObject) {
    if attributes::text(object, tags::DECAY_CORRECTION).as_deref() == Some("NONE") {
        object.remove_element(tags::DECAY_FACTOR);
        let mut steps = attributes::texts(object, tags::CORRECTED_IMAGE);
        steps.retain(|step| step != "DECY");
        object.put(DataElement::new(tags::CORRECTED_IMAGE, VR::CS, PrimitiveValue::Strs(steps.into())));
    }
}

/// Settles what scanners are known to write against the rules of the PET image, without changing what is said.
fn settle_contradictions(object: &mut InMemDicomObject) {
    // One way of saying how the patient lies is allowed, and codes say more.
    if object.get(tags::PATIENT_ORIENTATION_CODE_SEQUENCE).is_some() {
        object.remove_element(tags::PATIENT_POSITION);
    }
    if attributes::texts(object, tags::SERIES_TYPE).first().is_none_or(|kind| kind != "DYNAMIC") {
        object.remove_element(tags::NUMBER_OF_TIME_SLICES);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_that_only_the_encoding_tells_is_told() {
        let told = |syntax: &str, before: Option<&str>| {
            let mut object = InMemDicomObject::new_empty();
            if let Some(before) = before {
                object.put(DataElement::new(tags::LOSSY_IMAGE_COMPRESSION, VR::CS, PrimitiveValue::from(before)));
            }
            tell_loss(&mut object, syntax);
            attributes::text(&object, tags::LOSSY_IMAGE_COMPRESSION)
        };
        assert_eq!(told(uids::JPEG_BASELINE8_BIT, None).as_deref(), Some("01"));
        assert_eq!(told(uids::JPEG_BASELINE8_BIT, Some("00")).as_deref(), Some("00"));
        assert_eq!(told(uids::EXPLICIT_VR_LITTLE_ENDIAN, None), None);
    }
}

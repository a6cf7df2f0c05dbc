//! Public attributes of unknown representation (UN), as writers leave them whose dictionary lacks their tag.

use dicom_core::{Tag, VR};
use dicom_object::InMemDicomObject;
use dicom_transfer_syntax_registry::entries::IMPLICIT_VR_LITTLE_ENDIAN;

use crate::lengths::{self, Encoding};

const IMPLICIT: Encoding = Encoding { explicit: false, big: false };

/// Reads the public attributes of unknown representation in an object and in its sequences as what they are by their tags:
/// implicit and little endian (PS3.5 6.2.2). What cannot be read so stays as it is.
pub(crate) fn read(object: &mut InMemDicomObject) {
    let of = |wanted: VR| -> Vec<Tag> {
        let elements = object.iter().filter(|element| element.vr() == wanted);
        elements.map(|element| element.header().tag).collect()
    };
    let (unknown, sequences) = (of(VR::UN), of(VR::SQ));
    for tag in unknown.into_iter().filter(|tag| tag.group().is_multiple_of(2)) {
        let bytes = object.get(tag).and_then(|element| Some(element.value().primitive()?.to_bytes().into_owned()));
        if let Some(known) = bytes.and_then(|bytes| as_implicit(tag, &bytes)) {
            known.into_iter().for_each(|element| _ = object.put(element));
        }
    }
    for tag in sequences {
        object.update_value(tag, |value| value.items_mut().into_iter().flatten().for_each(read));
    }
}

/// An object of one attribute.
fn as_implicit(tag: Tag, bytes: &[u8]) -> Option<InMemDicomObject> {
    let length = u32::try_from(bytes.len()).ok()?;
    let mut set: Vec<u8> = [tag.group(), tag.element()].iter().flat_map(|part| part.to_le_bytes()).collect();
    set.extend(length.to_le_bytes());
    set.extend(bytes);
    lengths::check(&set, IMPLICIT).ok()?;
    InMemDicomObject::read_dataset_with_ts(&*set, &IMPLICIT_VR_LITTLE_ENDIAN.erased()).ok()
}

//! Which objects are single PET images, and what to say of the others.

use dicom_core::Tag;
use dicom_dictionary_std::{tags, uids};
use dicom_object::InMemDicomObject;

use crate::{DicomError, attributes};

/// `None` for a single-frame PET image; otherwise why it is not one.
pub(crate) fn refuse(object: &InMemDicomObject) -> Option<DicomError> {
    let class = attributes::text(object, tags::SOP_CLASS_UID).unwrap_or_default();
    let modality = attributes::text(object, tags::MODALITY).unwrap_or_default();
    let frames = attributes::count(object, tags::NUMBER_OF_FRAMES).unwrap_or(1);
    let what = match class.as_str() {
        uids::ENHANCED_PET_IMAGE_STORAGE | uids::LEGACY_CONVERTED_ENHANCED_PET_IMAGE_STORAGE => {
            "This is an enhanced multi-frame PET image, which is not read yet; export it as single-frame PET."
                .to_owned()
        }
        other => match describe(other) {
            Some(kind) => format!("This is {kind}, not a PET image."),
            None if frames > 1 => format!("This file holds {frames} frames; only single-frame images are read."),
            None if !has_pixels(object) => format!("This series ({}) holds no image.", name(&modality)),
            None if modality != "PT" => {
                format!("This is a series of modality {}; only PET is enhanced.", name(&modality))
            }
            None if attributes::count(object, tags::SAMPLES_PER_PIXEL).is_some_and(|n| n != 1) => {
                "This image is in colour: a picture of results, not measured values.".to_owned()
            }
            None => return None,
        },
    };
    Some(DicomError::Unsuitable { what })
}

/// Whether this is the index of a medium, which lists files and holds nothing of its own.
pub(crate) fn is_directory(object: &InMemDicomObject) -> bool {
    object.get(Tag(0x0004, 0x1220)).is_some()
        || attributes::text(object, tags::SOP_CLASS_UID).as_deref() == Some(uids::MEDIA_STORAGE_DIRECTORY_STORAGE)
}

fn has_pixels(object: &InMemDicomObject) -> bool {
    attributes::count(object, tags::ROWS).is_some()
}

fn name(modality: &str) -> &str {
    if modality.is_empty() { "unknown" } else { modality }
}

/// What objects of a SOP class are, with an article, if they are not plain images.
fn describe(class: &str) -> Option<&'static str> {
    Some(match class {
        uids::RT_STRUCTURE_SET_STORAGE => "a radiotherapy structure set (contours)",
        uids::RT_DOSE_STORAGE => "a radiotherapy dose",
        uids::RT_PLAN_STORAGE | uids::RT_ION_PLAN_STORAGE => "a radiotherapy plan",
        uids::SEGMENTATION_STORAGE | uids::SURFACE_SEGMENTATION_STORAGE => "a segmentation",
        uids::SPATIAL_REGISTRATION_STORAGE | uids::DEFORMABLE_SPATIAL_REGISTRATION_STORAGE => "a registration",
        uids::KEY_OBJECT_SELECTION_DOCUMENT_STORAGE => "a selection of key images",
        uids::REAL_WORLD_VALUE_MAPPING_STORAGE => "a mapping of values",
        uids::RAW_DATA_STORAGE => "raw data of the scanner",
        uids::ENCAPSULATED_PDF_STORAGE => "a PDF document",
        uids::CT_IMAGE_STORAGE | uids::ENHANCED_CT_IMAGE_STORAGE => "a CT series",
        uids::MR_IMAGE_STORAGE | uids::ENHANCED_MR_IMAGE_STORAGE => "an MR series",
        uids::NUCLEAR_MEDICINE_IMAGE_STORAGE => "a nuclear medicine series",
        class if class.starts_with(uids::SECONDARY_CAPTURE_IMAGE_STORAGE) => "a screenshot (secondary capture)",
        class if class.starts_with("1.2.840.10008.5.1.4.1.1.88.") => "a structured report",
        class if class.starts_with("1.2.840.10008.5.1.4.1.1.11.") => "a presentation state",
        _ => return None,
    })
}

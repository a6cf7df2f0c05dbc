//! Which objects are single images of PET, CT or MR, and what to say of the others.

use darkroom_imaging::suv::Nuclide;
use dicom_core::Tag;
use dicom_dictionary_std::{tags, uids};
use dicom_object::InMemDicomObject;

use crate::{DicomError, attributes};

/// Kinds of images that make volumes here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Positron Emission Tomography Image Storage.
    Pet,
    /// CT Image Storage.
    Ct,
    /// MR Image Storage.
    Mr,
}

impl Kind {
    /// The kind of an object, by its class or, where it names none, by its modality.
    pub(crate) fn of(object: &InMemDicomObject) -> Option<Self> {
        let modality = attributes::text(object, tags::MODALITY);
        match attributes::text(object, tags::SOP_CLASS_UID).as_deref() {
            Some(uids::POSITRON_EMISSION_TOMOGRAPHY_IMAGE_STORAGE) => Some(Self::Pet),
            Some(uids::CT_IMAGE_STORAGE) => Some(Self::Ct),
            Some(uids::MR_IMAGE_STORAGE) => Some(Self::Mr),
            Some(other) if describe(other).is_some() => None,
            _ => match modality.as_deref() {
                Some("PT") => Some(Self::Pet),
                Some("CT") => Some(Self::Ct),
                Some("MR") => Some(Self::Mr),
                _ => None,
            },
        }
    }

    /// The SOP class of single-frame images of this kind.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Pet => uids::POSITRON_EMISSION_TOMOGRAPHY_IMAGE_STORAGE,
            Self::Ct => uids::CT_IMAGE_STORAGE,
            Self::Mr => uids::MR_IMAGE_STORAGE,
        }
    }

    fn described(self) -> &'static str {
        match self {
            Self::Pet => "a PET series",
            Self::Ct => "a CT series",
            Self::Mr => "an MR series",
        }
    }
}

/// `None` for a single-frame image of a wanted kind; otherwise why it is not one.
pub(crate) fn refuse(object: &InMemDicomObject, wanted: &[Kind]) -> Option<DicomError> {
    let class = attributes::text(object, tags::SOP_CLASS_UID).unwrap_or_default();
    let modality = attributes::text(object, tags::MODALITY).unwrap_or_default();
    let frames = attributes::count(object, tags::NUMBER_OF_FRAMES).unwrap_or(1);
    let what = match class.as_str() {
        uids::ENHANCED_PET_IMAGE_STORAGE | uids::LEGACY_CONVERTED_ENHANCED_PET_IMAGE_STORAGE => {
            "This is an enhanced multi-frame PET image, which is not read; export it as single-frame PET.".to_owned()
        }
        other => match describe(other) {
            Some(kind) => format!("This is {kind}, not a PET image."),
            None if frames > 1 => format!("This file holds {frames} frames; only single-frame images are read."),
            None if !has_pixels(object) => format!("This series ({}) holds no image.", name(&modality)),
            None if attributes::count(object, tags::SAMPLES_PER_PIXEL).is_some_and(|n| n != 1) => {
                "This image is in colour: a picture of results, not measured values.".to_owned()
            }
            None => match Kind::of(object) {
                Some(kind) if wanted.contains(&kind) => return None,
                Some(kind) => format!("This is {}, which is not taken here.", kind.described()),
                None => format!("This is a series of modality {}; PET, CT and MR are read.", name(&modality)),
            },
        },
    };
    Some(DicomError::Unsuitable { what })
}

/// What puts any result of an image in doubt that can be used.
pub(crate) fn warnings(object: &InMemDicomObject) -> Vec<String> {
    let mut warnings = Vec::new();
    if attributes::text(object, tags::SYNTHETIC_DATA).as_deref() == Some("YES") {
        warnings.push("This series is synthetic already (0008,001C): it was computed from another, whose noise and errors stay in it.".to_owned());
    }
    if Kind::of(object) == Some(Kind::Pet) {
        warnings.extend(other_tracer(object));
        warnings.extend(no_patient(object));
    }
    warnings
}

/// What is imaged, where it says that it is neither a person's head, trunk nor limb, which the shipped models were made for.
fn no_patient(object: &InMemDicomObject) -> Option<String> {
    let is_person = |name: &String| ["homo sapiens", "human"].contains(&name.to_lowercase().as_str());
    let species = attributes::text(object, tags::PATIENT_SPECIES_DESCRIPTION).filter(|name| !is_person(name));
    let phantom = attributes::text(object, tags::BODY_PART_EXAMINED).filter(|part| part.to_uppercase() == "PHANTOM");
    let name = species.or(phantom)?;
    Some(format!("The image is of \"{name}\"; models made for people have not seen it: for teaching only."))
}

/// A tracer other than FDG, which the shipped models were made for.
fn other_tracer(object: &InMemDicomObject) -> Option<String> {
    let drug = attributes::item(object, tags::RADIOPHARMACEUTICAL_INFORMATION_SEQUENCE)?;
    let code = attributes::item(drug, tags::RADIOPHARMACEUTICAL_CODE_SEQUENCE);
    let names: Vec<String> = [
        attributes::text(drug, tags::RADIOPHARMACEUTICAL),
        code.and_then(|code| attributes::text(code, tags::CODE_MEANING)),
    ]
    .into_iter()
    .flatten()
    .collect();
    let is_fdg = |name: &String| {
        let name = name.to_lowercase();
        // Fluorodeoxyglucose and fludeoxyglucose, however spelled.
        name.contains("fdg") || (name.contains("deoxy") && name.contains("gluc"))
    };
    let Some(first) = names.first() else {
        // Nothing names the tracer; one of another nuclide is not FDG.
        let code = attributes::item(drug, tags::RADIONUCLIDE_CODE_SEQUENCE)?;
        let written = [tags::CODE_VALUE, tags::CODE_MEANING].map(|tag| attributes::text(code, tag));
        let nuclide =
            written.iter().flatten().find_map(|text| Nuclide::of(text)).filter(|nuclide| nuclide.name != "F-18")?;
        return Some(format!(
            "The tracer is one of {}; models made for FDG have not seen it: for teaching only.",
            nuclide.name
        ));
    };
    (!names.iter().any(is_fdg))
        .then(|| format!("The tracer is {first}; models made for FDG have not seen it: for teaching only."))
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
        uids::ENHANCED_CT_IMAGE_STORAGE => "an enhanced multi-frame CT",
        uids::ENHANCED_MR_IMAGE_STORAGE => "an enhanced multi-frame MR",
        uids::NUCLEAR_MEDICINE_IMAGE_STORAGE => "a nuclear medicine series",
        class if class.starts_with(uids::SECONDARY_CAPTURE_IMAGE_STORAGE) => "a screenshot (secondary capture)",
        class if class.starts_with("1.2.840.10008.5.1.4.1.1.88.") => "a structured report",
        class if class.starts_with("1.2.840.10008.5.1.4.1.1.11.") => "a presentation state",
        _ => return None,
    })
}

//! Writing a result as a derived series of PET, CT or MR: a file a slice, of the same class and in the same study as the source.
//!
//! Everything that places the image in the patient and makes its SUV is copied; what tells the source apart is made
//! new; and every file says that it is synthetic and how it was made.

use darkroom_imaging::suv::{Field, Record};
use darkroom_imaging::{NamedBytes, Volume};
use dicom_core::{DataElement, PrimitiveValue, Tag, VR, value::DataSetSequence};
use dicom_dictionary_std::{tags, uids};
use dicom_object::{FileMetaTableBuilder, InMemDicomObject};

use crate::derivation::{MARK, Work, ascii};
use crate::identifiers::Identifiers;
use crate::kept::{keep, settle_decay, tell_loss};
use crate::slice::Slice;
use crate::{Derivation, DicomError, Kind, Series, attributes, charset, entered, numbers};

/// Implementation Class UID of this writer: a UUID made once.
const IMPLEMENTATION: &str = "2.25.81123584171926507017853556426701359663";
/// Added to the series number, far from what scanners count.
const SERIES_OFFSET: usize = 9000;
/// The largest integer string (IS).
const MOST: usize = i32::MAX as usize;
/// Characters of a long string (LO) and a short string (SH).
const LONG_STRING: usize = 64;
const SHORT_STRING: usize = 16;

/// Files of a derived series: one a slice, in the order of the volume.
///
/// `result` is on the grid and in the unit of `series.volume`. Identifiers follow from the contents, so the same result
/// gives the same files.
///
/// # Errors
/// When the series was refused, the result is not on its grid or unit or not finite, or memory runs out.
pub fn derive(series: &Series, result: &Volume, derivation: &Derivation) -> Result<Vec<NamedBytes>, DicomError> {
    let source = series.volume.as_ref().ok_or(DicomError::NoSeries)?;
    if result.dims != source.dims || result.unit != source.unit {
        return Err(DicomError::Derive(format!(
            "it is {:?} voxels in {}, and its source {:?} in {}",
            result.dims,
            result.unit.label(),
            source.dims,
            source.unit.label()
        )));
    }
    if result.data.iter().any(|value| !value.is_finite()) {
        return Err(DicomError::Derive("it holds values that are not finite".into()));
    }
    let area = result.dims[0] * result.dims[1];
    let text =
        |tag| series.slices.first().and_then(|slice| attributes::text(&slice.file.object, tag)).unwrap_or_default();
    let by_hand = series.suv.iter().flat_map(Record::entered_sentences);
    let said: Vec<String> = by_hand.chain(numbers::clipped(series, result)).collect();
    let description = derivation.description(&said);
    let identifiers = Identifiers::new(&text(tags::SERIES_INSTANCE_UID), &description, &series.entered, result);
    let origin = Origin { derivation, identifiers, description };
    let bounds = bounds(&result.data);
    let slices = series.slices.iter().zip(&series.factors).zip(result.data.chunks_exact(area));
    slices
        .enumerate()
        .map(|(place, ((slice, factor), values))| {
            let stored = values.iter().map(|&value| f64::from(value) / factor);
            let mut object = derived(slice, (stored, bounds), series, &origin);
            let source = attributes::text(&slice.file.object, tags::SOP_INSTANCE_UID).unwrap_or_default();
            put(&mut object, tags::SOP_INSTANCE_UID, VR::UI, origin.identifiers.instance(place, &source));
            Ok(NamedBytes { name: format!("{:05}.dcm", place + 1), bytes: write(object)? })
        })
        .collect()
}

/// What all files of a derived series share.
struct Origin<'a> {
    derivation: &'a Derivation,
    identifiers: Identifiers,
    /// Derivation Description (0008,2111).
    description: String,
}

/// One derived slice.
fn derived(
    slice: &Slice,
    (values, bounds): (impl Iterator<Item = f64> + Clone, [f64; 2]),
    series: &Series,
    origin: &Origin<'_>,
) -> InMemDicomObject {
    let source = &slice.file.object;
    let mut object = source.clone();
    keep(&mut object);
    tell_loss(&mut object, &slice.file.syntax);
    numbers::write(&mut object, values, bounds);
    set_identity(&mut object, source, origin);
    set_origin(&mut object, source, origin);
    if let Some(record) = &series.suv {
        entered::write(&mut object, &series.entered, record);
        if record.entered.iter().any(|value| value.field == Field::DecayCorrection) {
            settle_decay(&mut object);
        }
    }
    object
}

fn set_identity(object: &mut InMemDicomObject, source: &InMemDicomObject, origin: &Origin<'_>) {
    let Origin { derivation, identifiers, .. } = origin;
    let text = |tag| attributes::text(source, tag).unwrap_or_default();
    put(object, tags::SERIES_INSTANCE_UID, VR::UI, identifiers.series());
    if let Some(kind) = Kind::of(source).filter(|_| text(tags::SOP_CLASS_UID).is_empty()) {
        put(object, tags::SOP_CLASS_UID, VR::UI, kind.class().into());
    }
    // A number that would not fit counts as none.
    let number = attributes::count(source, tags::SERIES_NUMBER).filter(|&number| number <= MOST - SERIES_OFFSET);
    let number = number.unwrap_or(0) + SERIES_OFFSET;
    put(object, tags::SERIES_NUMBER, VR::IS, number.to_string());
    let label = ascii(&derivation.label(), LONG_STRING - 3);
    // The source's own description gives way, never the mark.
    let room = LONG_STRING - 3 - label.len();
    let description = charset::cut(source, &text(tags::SERIES_DESCRIPTION), room);
    put(object, tags::SERIES_DESCRIPTION, VR::LO, format!("{description} | {label}"));
}

/// Image Type (0008,0008): PET has two values, CT and MR a third that tells what is seen.
fn image_type(source: &InMemDicomObject) -> Vec<String> {
    let third = match Kind::of(source) {
        Some(Kind::Ct) => "AXIAL",
        Some(Kind::Mr) => "OTHER",
        _ => return vec!["DERIVED".into(), "PRIMARY".into()],
    };
    let told = attributes::texts(source, tags::IMAGE_TYPE).get(2).filter(|value| !value.is_empty()).cloned();
    vec!["DERIVED".into(), "PRIMARY".into(), told.unwrap_or_else(|| third.into())]
}

/// The smallest and largest of the values.
fn bounds(values: &[f32]) -> [f64; 2] {
    let low = values.iter().copied().fold(f32::INFINITY, f32::min);
    let high = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    [low, high].map(f64::from)
}

/// What was done, to what, by whom.
fn set_origin(object: &mut InMemDicomObject, source: &InMemDicomObject, origin: &Origin<'_>) {
    let Origin { derivation, description, .. } = origin;
    let kind = image_type(source);
    object.put(DataElement::new(tags::IMAGE_TYPE, VR::CS, PrimitiveValue::Strs(kind.into_iter().collect())));
    put(object, tags::SYNTHETIC_DATA, VR::CS, "YES".into());
    put(object, tags::QUALITY_CONTROL_IMAGE, VR::CS, "NO".into());
    let comment =
        attributes::text(source, tags::IMAGE_COMMENTS).map_or_else(String::new, |comment| format!(" {comment}"));
    put(object, tags::IMAGE_COMMENTS, VR::LT, format!("{MARK}{comment}"));
    put(object, tags::DERIVATION_DESCRIPTION, VR::ST, description.clone());
    if derivation.work != Work::Simulated {
        put_items(object, tags::DERIVATION_CODE_SEQUENCE, vec![code("123110", "Artificial Intelligence")]);
    }

    // The source's own sources are not those of this image, and an image without an identifier cannot be named.
    object.remove_element(tags::SOURCE_IMAGE_SEQUENCE);
    if let Some(instance) = attributes::text(source, tags::SOP_INSTANCE_UID) {
        let mut image = InMemDicomObject::new_empty();
        let class = attributes::text(object, tags::SOP_CLASS_UID).unwrap_or_default();
        put(&mut image, tags::REFERENCED_SOP_CLASS_UID, VR::UI, class);
        put(&mut image, tags::REFERENCED_SOP_INSTANCE_UID, VR::UI, instance);
        let purpose = code("121322", "Source image for image processing operation");
        put_items(&mut image, tags::PURPOSE_OF_REFERENCE_CODE_SEQUENCE, vec![purpose]);
        put_items(object, tags::SOURCE_IMAGE_SEQUENCE, vec![image]);
    }

    let mut equipment = InMemDicomObject::new_empty();
    put(&mut equipment, tags::MANUFACTURER, VR::LO, "Darkroom".into());
    put(
        &mut equipment,
        tags::MANUFACTURER_MODEL_NAME,
        VR::LO,
        ascii(&format!("{} {}", derivation.model, derivation.version), LONG_STRING),
    );
    put(&mut equipment, tags::SOFTWARE_VERSIONS, VR::LO, ascii(&derivation.software, LONG_STRING));
    put(&mut equipment, tags::CONTRIBUTION_DESCRIPTION, VR::ST, description.clone());
    let purpose = match derivation.work {
        Work::Generated => code("109100", "Synthesizing Equipment"),
        Work::Enhanced | Work::Simulated => code("109102", "Processing Equipment"),
    };
    put_items(&mut equipment, tags::PURPOSE_OF_REFERENCE_CODE_SEQUENCE, vec![purpose]);
    let mut chain = attributes::items(object, tags::CONTRIBUTING_EQUIPMENT_SEQUENCE).to_vec();
    chain.push(equipment);
    put_items(object, tags::CONTRIBUTING_EQUIPMENT_SEQUENCE, chain);
}

fn code(value: &str, meaning: &str) -> InMemDicomObject {
    let mut item = InMemDicomObject::new_empty();
    put(&mut item, tags::CODE_VALUE, VR::SH, value.into());
    put(&mut item, tags::CODING_SCHEME_DESIGNATOR, VR::SH, "DCM".into());
    put(&mut item, tags::CODE_MEANING, VR::LO, meaning.into());
    item
}

pub(crate) fn put(object: &mut InMemDicomObject, tag: Tag, vr: VR, value: String) {
    object.put(DataElement::new(tag, vr, PrimitiveValue::from(value)));
}

fn put_items(object: &mut InMemDicomObject, tag: Tag, items: Vec<InMemDicomObject>) {
    object.put(DataElement::new(tag, VR::SQ, DataSetSequence::from(items)));
}

fn write(object: InMemDicomObject) -> Result<Vec<u8>, DicomError> {
    let meta = FileMetaTableBuilder::new()
        .transfer_syntax(uids::EXPLICIT_VR_LITTLE_ENDIAN)
        .implementation_class_uid(IMPLEMENTATION)
        .implementation_version_name(ascii(concat!("DARKROOM_", env!("CARGO_PKG_VERSION")), SHORT_STRING));
    let failed = |error: &dyn std::error::Error| DicomError::Write(error.to_string());
    let file = object.with_meta(meta).map_err(|error| failed(&error))?;
    let mut bytes = Vec::new();
    file.write_all(&mut bytes).map_err(|error| failed(&error))?;
    Ok(bytes)
}

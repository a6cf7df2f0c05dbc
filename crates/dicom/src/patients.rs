//! Whether the slices of a volume are of one patient.

use dicom_core::Tag;
use dicom_dictionary_std::tags;

use crate::slice::Slice;
use crate::{DicomError, attributes};

const NAMING: [(Tag, &str); 2] =
    [(tags::PATIENT_ID, "Patient ID (0010,0020)"), (tags::PATIENT_NAME, "Patient's Name (0010,0010)")];

/// Refuses slices that name two patients. The sentence names none: it may be shown where no patient may.
///
/// # Errors
/// [`DicomError::Stack`] with the attribute that differs. Slices without it, and names that differ in capitals or empty
/// parts only, are taken for the same patient's.
pub(crate) fn refuse_two(slices: &[Slice]) -> Result<(), DicomError> {
    for (tag, name) in NAMING {
        let mut values = slices.iter().filter_map(|slice| comparable(&attributes::text(&slice.file.object, tag)?));
        let first = values.next();
        if values.any(|value| Some(value) != first) {
            return Err(DicomError::Stack {
                what: format!("The series holds slices of two patients: its files differ in {name}."),
                next: "Drop the files of one patient.",
            });
        }
    }
    Ok(())
}

/// What of a value tells patients apart.
fn comparable(value: &str) -> Option<String> {
    let value = value.trim_end_matches(['^', '=', ' ']).to_lowercase();
    (!value.is_empty()).then_some(value)
}

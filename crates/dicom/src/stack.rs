//! Putting slices in order along the patient, and judging whether they make a volume.

use darkroom_imaging::Affine;
use dicom_dictionary_std::tags;

use crate::slice::{Slice, dot};
use crate::{DicomError, attributes};

/// Slices closer than this, in millimetres, lie at the same place.
const SAME_PLACE: f64 = 0.01;
/// A distance this much larger than the usual one means that slices are missing.
const GAP: f64 = 1.5;
/// Distances that differ by more than this share of the usual one are worth a note.
const UNEVEN: f64 = 0.005;
/// Sine of the angle between the stack and the slices' normal above which a tilt is worth a note (one degree).
const TILTED: f64 = 0.0175;
/// Gaps told by place.
const GAPS_TOLD: usize = 3;

/// Slices in order of position, their affine, and what a user should know about them.
#[derive(Debug)]
pub(crate) struct Stack {
    pub(crate) slices: Vec<Slice>,
    pub(crate) affine: Affine,
    pub(crate) notes: Vec<String>,
}

/// Orders slices that share size and orientation. Their instance numbers are not trusted.
pub(crate) fn stack(mut slices: Vec<Slice>) -> Result<Stack, DicomError> {
    let mut notes = Vec::new();
    let Some(normal) = slices.first().map(|slice| slice.geometry.normal()) else {
        return Err(DicomError::Stack { what: "The series holds no slice.".into(), next: WHOLE });
    };
    let place = |slice: &Slice| dot(slice.geometry.position, normal);
    slices.sort_by(|a, b| place(a).total_cmp(&place(b)));

    let before = slices.len();
    slices.dedup_by(|b, a| {
        (place(a) - place(b)).abs() < SAME_PLACE && identity(a).is_some() && identity(a) == identity(b)
    });
    if slices.len() < before {
        notes.push(format!("{} files were there twice; one copy of each is used.", before - slices.len()));
    }
    let places: Vec<f64> = slices.iter().map(place).collect();
    let distances: Vec<f64> = places.windows(2).map(|pair| pair[1] - pair[0]).collect();
    refuse_repeats(&distances, slices.len())?;
    if let Some(usual) = median(&distances) {
        refuse_gaps(&places, &distances, usual)?;
        notes.extend(note_uneven(&distances, usual));
    }
    let affine = affine(&slices, normal);
    notes.extend(note_tilt(&affine, normal));
    Ok(Stack { slices, affine, notes })
}

const WHOLE: &str = "Drop the whole series: all its files, the folder or a zip of it.";

fn identity(slice: &Slice) -> Option<String> {
    attributes::text(&slice.file.object, tags::SOP_INSTANCE_UID)
}

/// Several images at one place: time frames, gates, or two reconstructions in one series.
fn refuse_repeats(distances: &[f64], count: usize) -> Result<(), DicomError> {
    let repeats = distances.iter().filter(|&&distance| distance < SAME_PLACE).count();
    if repeats == 0 {
        return Ok(());
    }
    let places = count - repeats;
    let what = if count.is_multiple_of(places) {
        format!(
            "The series holds {} images at each of {places} positions: it is dynamic, gated or mixed.",
            count / places
        )
    } else {
        format!("At {repeats} positions the series holds more than one image, so it is not one volume.")
    };
    Err(DicomError::Stack { what, next: "Export one time frame or one reconstruction as a series of its own." })
}

fn refuse_gaps(places: &[f64], distances: &[f64], usual: f64) -> Result<(), DicomError> {
    let gaps: Vec<usize> = (0..distances.len()).filter(|&n| distances[n] > GAP * usual).collect();
    if !gaps.is_empty() {
        let missing: f64 = gaps.iter().map(|&n| (distances[n] / usual).round() - 1.0).sum();
        let told = gaps.iter().take(GAPS_TOLD).map(|&n| format!("{:.1} and {:.1} mm", places[n], places[n + 1]));
        let rest =
            if gaps.len() > GAPS_TOLD { format!(" and {} more places", gaps.len() - GAPS_TOLD) } else { String::new() };
        let (noun, verb) = if missing.max(1.0) == 1.0 { ("slice", "is") } else { ("slices", "are") };
        let what = format!(
            "{} {noun} {verb} missing: between {}{rest}, where neighbours are otherwise {usual:.2} mm apart.",
            missing.max(1.0),
            told.collect::<Vec<_>>().join(", ")
        );
        return Err(DicomError::Stack { what, next: WHOLE });
    }
    if let Some(close) = distances.iter().position(|&distance| distance * GAP < usual) {
        let what = format!(
            "The slices are not evenly spaced: {:.2} mm after {:.1} mm, and {usual:.2} mm elsewhere.",
            distances[close], places[close]
        );
        return Err(DicomError::Stack { what, next: "Export the series resampled to even slices." });
    }
    Ok(())
}

fn note_uneven(distances: &[f64], usual: f64) -> Option<String> {
    let least = distances.iter().copied().fold(f64::INFINITY, f64::min);
    let most = distances.iter().copied().fold(0.0, f64::max);
    (most - least > UNEVEN * usual).then(|| {
        format!("Slice distances vary between {least:.2} and {most:.2} mm, as at bed seams; their mean is used.")
    })
}

/// Voxel index to RAS+ millimetres: DICOM's x and y run to the left and back, so their rows change sign.
fn affine(slices: &[Slice], normal: [f64; 3]) -> Affine {
    let (first, last) = (&slices[0].geometry, &slices[slices.len() - 1].geometry);
    let steps = (slices.len() - 1) as f64;
    let thickness =
        attributes::number(&slices[0].file.object, tags::SLICE_THICKNESS).filter(|t| *t > 0.0).unwrap_or(1.0);
    std::array::from_fn(|row| {
        let sign = if row < 2 { -1.0 } else { 1.0 };
        let through =
            if steps > 0.0 { (last.position[row] - first.position[row]) / steps } else { normal[row] * thickness };
        [
            sign * first.across[row] * first.spacing[0],
            sign * first.down[row] * first.spacing[1],
            sign * through,
            sign * first.position[row],
        ]
        // Zeros without a sign, for readers of the numbers.
        .map(|value| value + 0.0)
    })
}

fn note_tilt(affine: &Affine, normal: [f64; 3]) -> Option<String> {
    let through = [-affine[0][2], -affine[1][2], affine[2][2]];
    let length = dot(through, through).sqrt();
    let cosine = (dot(through, normal) / length).clamp(-1.0, 1.0);
    let sine = (1.0 - cosine * cosine).sqrt();
    (sine > TILTED).then(|| {
        format!(
            "The slices are tilted by {:.1} degrees against the stack; positions stay true, voxels are skewed.",
            sine.asin().to_degrees()
        )
    })
}

fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}

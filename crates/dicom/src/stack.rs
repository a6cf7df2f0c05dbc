//! Putting slices in order along the patient, and judging whether they make a volume.

use darkroom_imaging::Affine;
use dicom_dictionary_std::tags;

use crate::slice::{Slice, dot};
use crate::{DicomError, attributes, patients};

/// Slices closer than this, in millimetres, lie at the same place.
const SAME_PLACE: f64 = 0.01;
/// A distance this much larger than the usual one means that slices are missing.
const GAP: f64 = 1.5;
/// A slice further from its place on the even stack than this share of the usual distance is elsewhere than its voxels;
/// what seams between beds add up to is less.
const ASTRAY: f64 = 0.25;
/// The same across the stack, in pixels: the slice's pixels would be others'.
const ASIDE: f64 = 0.5;
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

    patients::refuse_two(&slices)?;
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
    refuse_astray(&slices, normal)?;
    notes.extend(note_tilt(&affine, normal));
    Ok(Stack { slices, affine, notes })
}

const WHOLE: &str = "Drop the whole series: all its files, the folder or a zip of it.";

const RESAMPLED: &str = "Export the series resampled to even slices.";

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
        return Err(DicomError::Stack { what, next: RESAMPLED });
    }
    Ok(())
}

/// Holds each slice against the place that the affine gives it: steps that change within the stack, each too little for a
/// gap, add up, and a slice may lie beside the others.
fn refuse_astray(slices: &[Slice], normal: [f64; 3]) -> Result<(), DicomError> {
    let (first, last) = (&slices[0].geometry, &slices[slices.len() - 1].geometry);
    let through = step(slices);
    let usual = dot(through, normal);
    let pixel = first.spacing[0].min(first.spacing[1]);
    let off = |(k, slice): (usize, &Slice)| {
        let place: [f64; 3] = std::array::from_fn(|axis| first.position[axis] + k as f64 * through[axis]);
        let by: [f64; 3] = std::array::from_fn(|axis| slice.geometry.position[axis] - place[axis]);
        let along = dot(by, normal);
        (k, along.abs(), (dot(by, by) - along * along).max(0.0).sqrt())
    };
    let worst = |pick: fn(&(usize, f64, f64)) -> f64| {
        slices.iter().enumerate().map(off).max_by(|a, b| pick(a).total_cmp(&pick(b)))
    };
    let told = |k: usize| format!("slice {} at {:.1} mm", k + 1, dot(slices[k].geometry.position, normal));
    let even = format!("between {:.1} and {:.1} mm", dot(first.position, normal), dot(last.position, normal));
    let what = match (worst(|off| off.1), worst(|off| off.2)) {
        (Some((k, along, _)), _) if along > ASTRAY * usual => format!(
            "The slices are not evenly spaced: {} lies {along:.1} mm off its place in {} even steps {even}.",
            told(k),
            slices.len() - 1,
        ),
        (_, Some((k, _, across))) if across > ASIDE * pixel => format!(
            "The slices are no straight stack: {} lies {across:.1} mm beside the line through the first and the last.",
            told(k),
        ),
        _ => return Ok(()),
    };
    Err(DicomError::Stack { what, next: RESAMPLED })
}

fn note_uneven(distances: &[f64], usual: f64) -> Option<String> {
    let least = distances.iter().copied().fold(f64::INFINITY, f64::min);
    let most = distances.iter().copied().fold(0.0, f64::max);
    (most - least > UNEVEN * usual).then(|| {
        format!("Slice distances vary between {least:.2} and {most:.2} mm, as at bed seams; their mean is used.")
    })
}

/// From a slice to the next, in DICOM's frame: the mean over the stack; zero where there is one slice.
fn step(slices: &[Slice]) -> [f64; 3] {
    let (first, last) = (&slices[0].geometry, &slices[slices.len() - 1].geometry);
    let steps = slices.len().saturating_sub(1).max(1) as f64;
    std::array::from_fn(|axis| (last.position[axis] - first.position[axis]) / steps)
}

/// Voxel index to RAS+ millimetres: DICOM's x and y run to the left and back, so their rows change sign.
fn affine(slices: &[Slice], normal: [f64; 3]) -> Affine {
    let first = &slices[0].geometry;
    let thickness =
        attributes::number(&slices[0].file.object, tags::SLICE_THICKNESS).filter(|t| *t > 0.0).unwrap_or(1.0);
    let through = if slices.len() > 1 { step(slices) } else { normal.map(|part| part * thickness) };
    std::array::from_fn(|row| {
        let sign = if row < 2 { -1.0 } else { 1.0 };
        [
            sign * first.across[row] * first.spacing[0],
            sign * first.down[row] * first.spacing[1],
            sign * through[row],
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

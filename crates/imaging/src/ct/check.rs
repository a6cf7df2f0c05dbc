//! Is this a CT in HU? Anything else would be cut by thresholds that mean nothing in it.

use crate::{Refusal, Unit, Volume};

/// What is below this is air or lung; and no less than this share of a CT is.
const AIR: f32 = -500.0;
const LEAST_AIR: f64 = 0.02;
/// What is above this is no air; and its middle value lies between these, fat and bone included.
const SOLID: f32 = -300.0;
const MIDDLE: std::ops::RangeInclusive<f32> = -200.0..=300.0;

const NEXT: &str = "Give a CT whose values are CT numbers in HU, or a label map.";

/// No CT is longer than this, in millimetres: a header that says so would take all memory.
const LONGEST: f64 = 2500.0;

/// Refuses what measures something else, and what is larger than any patient.
pub(super) fn measured(ct: &Volume) -> Result<(), Refusal> {
    let edges = ct.spacing();
    let extent = |axis: usize| ct.dims[axis] as f64 * edges[axis];
    if !(0..3).all(|axis| extent(axis) <= LONGEST) {
        let [i, j, k] = edges;
        return Err(Refusal::new(
            format!(
                "The image given as CT has voxels of {i:.2} x {j:.2} x {k:.2} mm and would be larger than any patient."
            ),
            "Export it again with its geometry, or give a label map.",
        ));
    }
    match &ct.unit {
        Unit::Suv | Unit::BecquerelPerMl => {
            Err(Refusal::new(format!("The image given as CT is in {}: it is a PET.", ct.unit.label()), NEXT))
        }
        Unit::Hounsfield | Unit::Other(_) => Ok(()),
    }
}

/// Refuses values that cannot be HU.
pub(super) fn numbers(hounsfield: &[f32]) -> Result<(), Refusal> {
    let air = hounsfield.iter().filter(|&&hu| hu < AIR).count() as f64 / hounsfield.len().max(1) as f64;
    let mut solid: Vec<f32> = hounsfield.iter().copied().filter(|&hu| hu > SOLID).collect();
    if hounsfield.iter().any(|hu| !hu.is_finite()) || air < LEAST_AIR || solid.is_empty() {
        return Err(Refusal::new(
            "The image given as CT is not in HU: too little of it has the values of air, near -1000.",
            NEXT,
        ));
    }
    let middle = solid.len() / 2;
    let middle = *solid.select_nth_unstable_by(middle, f32::total_cmp).1;
    if MIDDLE.contains(&middle) {
        return Ok(());
    }
    Err(Refusal::new(
        format!("The image given as CT is not in HU: tissue is near 0 there, and here it is at {middle:.0}."),
        NEXT,
    ))
}

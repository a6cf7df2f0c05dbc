//! What every report of measurements says of its image.

use darkroom_imaging::Volume;
use darkroom_imaging::suv::Record;

use super::entered;

/// What a peak is, for those who compare it with another program's.
const PEAK: &str =
    "largest mean over a sphere of 1 mL centred on a voxel of the region; voxels cut by its surface count in part";

/// Grid, unit, how SUV was reached, and what a peak is. Moments that were entered are told where `moments` says so.
#[must_use]
pub fn image(volume: &Volume, record: Option<&Record>, moments: bool) -> Vec<(String, String)> {
    let fact = |name: &str, value: String| (name.to_owned(), value);
    let [i, j, k] = volume.dims;
    let [x, y, z] = volume.spacing();
    let unit = volume.unit.label();
    let mut facts = vec![
        fact("Grid", format!("{i} x {j} x {k} voxels of {x:.3} x {y:.3} x {z:.3} mm")),
        fact("Unit", if unit.is_empty() { "not said by the file".into() } else { unit.to_owned() }),
    ];
    if let Some(record) = record {
        let missing = record.missing.as_ref().map(|missing| format!("not available: {}", missing.what));
        let suv = if record.available { Some(record.rule.clone()) } else { missing };
        facts.extend(suv.map(|suv| fact("SUV", suv)));
        let elapsed = record.times.as_ref().map(|times| format!("{:.0} min", times.elapsed_minutes));
        facts.extend(elapsed.map(|minutes| fact("Uptake time", minutes)));
        facts.extend(entered(record, moments));
    }
    facts.push(fact("Peak", PEAK.into()));
    facts
}

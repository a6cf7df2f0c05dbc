//! Regions that the user measures, in the input and in the result.

use darkroom_formats::report::{self, Report, names_a_day};
use darkroom_imaging::LabelMap;
use darkroom_imaging::geometry::to_world;
use darkroom_imaging::roi::{Axis, BlandAltman, Compared, LIMIT, Profile, Region, compare};
use darkroom_imaging::statistics::Sphere;

use super::{Alert, Effect, Outcome, Payload, Standard, State, Study, dose_words, position_words};

/// The share of the maximum that outlines a lesion, in per cent.
const THRESHOLD: f64 = 41.0;
/// The largest radius of a sphere, millimetres.
const LARGEST: f64 = 200.0;

/// What is measured and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement {
    /// The radius of the next sphere, millimetres.
    pub radius: f64,
    /// The change in per cent beyond which a number is flagged.
    pub limit: f64,
    /// The regions, oldest first.
    pub regions: Vec<Measured>,
    /// The name of the last label map and what to tell of it.
    pub labels: Option<(String, Option<String>)>,
}

/// A region with its numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// Its voxels.
    pub region: Region,
    /// A place in it, in RAS+ millimetres.
    pub place: [f64; 3],
    /// The sphere that it is or was sought in; none for a label map's.
    pub sphere: Option<Sphere>,
    /// Its numbers.
    pub numbers: Compared,
}

impl Default for Measurement {
    fn default() -> Self {
        Self { radius: 15.0, limit: LIMIT, regions: Vec::new(), labels: None }
    }
}

/// Something the user did with measurements.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MeasureEvent {
    /// The next sphere has this radius in millimetres.
    Radius(f64),
    /// Changes beyond so many per cent are flagged.
    Limit(f64),
    /// Measure the sphere around the crosshair.
    Sphere,
    /// Measure what reaches 41 % of the maximum in the sphere around the crosshair.
    Hot,
    /// Forget a region.
    Remove(usize),
    /// Save the numbers as a report.
    Report,
}

/// Changes the state by one event.
pub(super) fn change(state: &mut State, event: MeasureEvent) -> Vec<Effect> {
    match event {
        MeasureEvent::Radius(radius) if radius > 0.0 => state.measurement.radius = radius.min(LARGEST),
        MeasureEvent::Limit(limit) if limit > 0.0 => {
            state.measurement.limit = limit;
            again(state);
        }
        // Half-typed numbers change nothing.
        MeasureEvent::Radius(_) | MeasureEvent::Limit(_) => {}
        MeasureEvent::Sphere => add(state, false),
        MeasureEvent::Hot => add(state, true),
        MeasureEvent::Remove(place) if place < state.measurement.regions.len() => {
            state.measurement.regions.remove(place);
        }
        MeasureEvent::Remove(_) => {}
        MeasureEvent::Report => return report(state).into_iter().collect(),
    }
    Vec::new()
}

fn add(state: &mut State, hot: bool) {
    let Some(study) = &state.study else { return };
    let volume = &study.volume;
    let centre = to_world(&volume.affine, state.view.cursor.map(|n| n as f64)).map(|at| (10.0 * at).round() / 10.0);
    let sphere = Sphere { centre, radius: state.measurement.radius };
    let result = state.result.as_ref().map(|result| &*result.volume);
    let measured = Region::sphere(volume, &sphere).and_then(|ball| {
        let region = if hot { Region::threshold(volume, THRESHOLD, Some(&ball))? } else { ball };
        let name = format!("{} {}", if hot { "41 % at" } else { "Sphere at" }, position_words(centre));
        let region = Region { name, ..region };
        let numbers = compare(volume, result, &region, state.measurement.limit)?;
        Ok(Measured { region, place: centre, sphere: Some(sphere), numbers })
    });
    match measured {
        Ok(measured) => state.measurement.regions.push(measured),
        Err(refusal) => state.alert = Some(Alert::new(refusal.what, refusal.next)),
    }
}

/// Adds the regions of a label map that the worker brought onto the grid of the open series.
pub(super) fn labels(state: &mut State, name: &str, note: Option<String>, payload: Payload) {
    let (Some(study), Payload::Bytes(labels)) = (&state.study, payload) else { return };
    let volume = &study.volume;
    let result = state.result.as_ref().map(|result| &*result.volume);
    let map = LabelMap { dims: volume.dims, labels };
    let measured = Region::labels(volume, &map).and_then(|regions| {
        let measured = regions.into_iter().map(|region| {
            let hottest = region.hottest(volume);
            let [nx, ny, _] = volume.dims;
            let voxel = [hottest % nx, hottest / nx % ny, hottest / (nx * ny)];
            let place = to_world(&volume.affine, voxel.map(|n| n as f64));
            let numbers = compare(volume, result, &region, state.measurement.limit)?;
            Ok(Measured { region, place, sphere: None, numbers })
        });
        measured.collect::<Result<Vec<_>, _>>()
    });
    match measured {
        Ok(measured) => {
            state.measurement.regions.extend(measured);
            state.measurement.labels = Some((name.to_owned(), note));
        }
        Err(refusal) => state.alert = Some(Alert::new(refusal.what, refusal.next)),
    }
}

/// Measures every region anew: there is another result, or another limit.
pub(super) fn again(state: &mut State) {
    let Some(study) = &state.study else { return };
    let result = state.result.as_ref().map(|result| &*result.volume);
    let limit = state.measurement.limit;
    let before = state.measurement.regions.len();
    let mut refused = None;
    state.measurement.regions.retain_mut(|measured| {
        let numbers = compare(&study.volume, result, &measured.region, limit).or_else(|refusal| {
            refused.get_or_insert(refusal);
            compare(&study.volume, None, &measured.region, limit)
        });
        numbers.is_ok_and(|numbers| {
            measured.numbers = numbers;
            true
        })
    });
    if let Some(refusal) = refused {
        let dropped = before - state.measurement.regions.len();
        let what = match dropped {
            0 => "The regions are measured in the input alone.".to_owned(),
            some => format!("{some} of {before} regions hold nothing of this image and were dropped."),
        };
        state.alert = Some(Alert::new(format!("{what} {}", refusal.what), refusal.next));
    }
}

/// The report of all regions, without anything that names a patient or a day.
fn report(state: &State) -> Option<Effect> {
    let study = state.study.as_ref()?;
    let regions = &state.measurement.regions;
    let first = regions.first()?;
    let result = state.result.as_ref();
    let numbers: Vec<Compared> = regions.iter().map(|measured| measured.numbers.clone()).collect();
    let voxels: Vec<Region> = regions.iter().map(|measured| measured.region.clone()).collect();
    let agreement = result.and_then(|result| BlandAltman::of(&study.volume, &result.volume, &voxels));
    let hottest = first.region.hottest(&study.volume);
    let before = Profile::of(&study.volume, hottest, Axis::I)?;
    let after = result.and_then(|result| Profile::of(&result.volume, hottest, Axis::I));
    let notes = result.iter().flat_map(|result| &result.notes).filter(|note| !names_a_day(note));
    let notes: Vec<String> = notes.cloned().collect();
    let report = Report {
        title: "Darkroom: measurements",
        unit: study.volume.unit.label(),
        facts: &facts(study, result),
        regions: &numbers,
        limit: state.measurement.limit,
        agreement: agreement.as_ref(),
        profiles: Some((&before, after.as_ref())),
        notes: &notes,
    };
    Some(Effect::Save { name: "darkroom-report.html".to_owned(), bytes: report.html().into_bytes() })
}

fn facts(study: &Study, result: Option<&Outcome>) -> Vec<(String, String)> {
    let [i, j, k] = study.volume.dims;
    let [x, y, z] = study.volume.spacing();
    let mut facts = vec![("Image".to_owned(), format!("{i} x {j} x {k} voxels of {x:.2} x {y:.2} x {z:.2} mm"))];
    facts.extend(study.suv.iter().flat_map(|record| report::entered(record, false)));
    if let Some(Standard { thinning, .. }) = &study.standard {
        let share = dose_words(thinning.share);
        let said = format!("thinned to {share} of its dose, simulated, seed {}", thinning.seed);
        facts.push(("Input".to_owned(), said));
    }
    if let Some(record) = result.and_then(|result| serde_json::from_str::<serde_json::Value>(&result.provenance).ok()) {
        for (fact, name) in [
            ("Model", "model"),
            ("Version", "version"),
            ("Weights, SHA-256", "weights_sha256"),
            ("Computed on", "adapter"),
        ] {
            let value = record[name].as_str().map(|value| (fact.to_owned(), value.to_owned()));
            facts.extend(value);
        }
    }
    facts
}

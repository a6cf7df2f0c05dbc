//! Regions that the user measures, in the input and in the result.

mod report;
mod typed;

use darkroom_imaging::geometry::to_world;
use darkroom_imaging::roi::{Compared, Cuboid, LIMIT, Region, compare};
use darkroom_imaging::statistics::Sphere;
use darkroom_imaging::{LabelMap, Refusal, Volume};

use super::{Alert, Effect, Payload, State, position_words};

pub use typed::MeasureField;

/// The share of the maximum that outlines a lesion, in per cent.
const THRESHOLD: f64 = 41.0;

/// What is measured and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement {
    /// The radius of the next sphere, millimetres.
    pub radius: f64,
    /// The edges of the next box along the patient's axes, millimetres.
    pub edges: [f64; 3],
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
    /// What it is or was sought in; none for a label map's.
    pub shape: Option<Shape>,
    /// The file of the label map that it is of; a report does not name it.
    pub file: Option<String>,
    /// What a user should know of it.
    pub note: Option<String>,
    /// Its numbers.
    pub numbers: Compared,
}

/// A shape in the patient.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// A ball.
    Sphere(Sphere),
    /// A box along the patient's axes.
    Cuboid(Cuboid),
}

impl Default for Measurement {
    fn default() -> Self {
        Self { radius: 15.0, edges: [30.0; 3], limit: LIMIT, regions: Vec::new(), labels: None }
    }
}

/// Something the user did with measurements.
#[derive(Clone, Debug, PartialEq)]
pub enum MeasureEvent {
    /// A number was typed into a field.
    Typed(MeasureField, String),
    /// Measure the sphere around the crosshair.
    Sphere,
    /// Measure the box around the crosshair.
    Cuboid,
    /// Measure what reaches 41 % of the maximum in the sphere around the crosshair.
    Hot,
    /// Forget a region.
    Remove(usize),
    /// Forget all regions.
    RemoveAll,
    /// Save the numbers as a report.
    Report,
    /// Save the numbers as a table.
    Table,
}

/// Changes the state by one event.
pub(super) fn change(state: &mut State, event: MeasureEvent) -> Vec<Effect> {
    match event {
        MeasureEvent::Typed(field, text) => typed::typed(state, field, &text),
        MeasureEvent::Sphere => add(state, sphere),
        MeasureEvent::Cuboid => add(state, cuboid),
        MeasureEvent::Hot => add(state, hot),
        MeasureEvent::Remove(place) if place < state.measurement.regions.len() => {
            state.measurement.regions.remove(place);
        }
        MeasureEvent::Remove(_) => {}
        MeasureEvent::RemoveAll => {
            state.measurement.regions.clear();
            state.measurement.labels = None;
        }
        MeasureEvent::Report => return report::report(state).into_iter().collect(),
        MeasureEvent::Table => return report::table(state).into_iter().collect(),
    }
    Vec::new()
}

/// A region with its shape and what to tell of it.
type Made = (Region, Shape, Option<String>);

/// Measures what `make` finds around the crosshair.
fn add(state: &mut State, make: fn(&Volume, &Measurement, [f64; 3]) -> Result<Made, Refusal>) {
    let Some(study) = &state.study else { return };
    let volume = &study.volume;
    let place = to_world(&volume.affine, state.view.cursor.map(|n| n as f64));
    let result = state.result.as_ref().map(|result| &*result.volume);
    let measured = make(volume, &state.measurement, place).and_then(|(region, shape, note)| {
        let numbers = compare(volume, result, &region, state.measurement.limit)?;
        Ok(Measured { region, place, shape: Some(shape), file: None, note, numbers })
    });
    match measured {
        Ok(measured) => state.measurement.regions.push(measured),
        Err(refusal) => state.alert = Some(Alert::new(refusal.what, refusal.next)),
    }
}

fn sphere(volume: &Volume, measurement: &Measurement, centre: [f64; 3]) -> Result<Made, Refusal> {
    let sphere = Sphere { centre, radius: measurement.radius };
    let name = format!("Sphere of {} mm at {}", sphere.radius, position_words(centre));
    Ok((Region { name, ..Region::sphere(volume, &sphere)? }, Shape::Sphere(sphere), None))
}

fn cuboid(volume: &Volume, measurement: &Measurement, centre: [f64; 3]) -> Result<Made, Refusal> {
    let [x, y, z] = measurement.edges;
    let corner = |side: f64| std::array::from_fn(|axis| centre[axis] + side * measurement.edges[axis] / 2.0);
    let cuboid = Cuboid { from: corner(-1.0), to: corner(1.0) };
    let name = format!("Box of {x} × {y} × {z} mm at {}", position_words(centre));
    Ok((Region { name, ..Region::cuboid(volume, &cuboid)? }, Shape::Cuboid(cuboid), None))
}

fn hot(volume: &Volume, measurement: &Measurement, centre: [f64; 3]) -> Result<Made, Refusal> {
    let sphere = Sphere { centre, radius: measurement.radius };
    let ball = Region::sphere(volume, &sphere)?;
    let name = format!("{THRESHOLD} % in a sphere of {} mm at {}", sphere.radius, position_words(centre));
    let region = Region { name, ..Region::threshold(volume, THRESHOLD, Some(&ball))? };
    let note = region.cut_off(volume, THRESHOLD, &ball);
    Ok((region, Shape::Sphere(sphere), note))
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
            let region = Region { name: format!("{name}: {}", region.name), ..region };
            let numbers = compare(volume, result, &region, state.measurement.limit)?;
            Ok(Measured { region, place, shape: None, file: Some(name.to_owned()), note: None, numbers })
        });
        measured.collect::<Result<Vec<_>, _>>()
    });
    match measured {
        Ok(measured) => {
            // A file that is read again takes the place of what it was.
            state.measurement.regions.retain(|one| one.file.as_deref() != Some(name));
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

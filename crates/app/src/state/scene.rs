//! What a canvas and the lines about it show.

use darkroom_imaging::Volume;
use darkroom_imaging::colour::ColourMap;
use darkroom_imaging::geometry::{self, to_world};
use darkroom_imaging::orientation::{Plane, SliceGrid};
use darkroom_imaging::overlay::LabelSlice;
use darkroom_imaging::roi::Cuboid;
use darkroom_imaging::statistics::Sphere;
use darkroom_imaging::windowing::{Picture, Window, difference_rgba, slice_rgba};

use super::{Engine, Shape, State, position_words, signed, value_words};

/// What a canvas shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// The picture.
    pub picture: Picture,
    /// Another that covers it right of a share of the width.
    pub over: Option<(Picture, f64)>,
    /// Colours that lie over that one, clear where there is nothing to say.
    pub veil: Option<Picture>,
    /// The mask's tissues over both pictures.
    pub tissues: Option<LabelSlice>,
    /// The pixel under the crosshair.
    pub cross: [usize; 2],
    /// Measured spheres and boxes where this plane cuts them.
    pub regions: Vec<Outline>,
    /// Whether the ground is white.
    pub on_white: bool,
}

/// An upright ellipse or rectangle in pixels of a picture; pixel centres lie at halves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outline {
    /// Its centre.
    pub centre: [f64; 2],
    /// Its half axes.
    pub half: [f64; 2],
    /// Whether it is an ellipse.
    pub round: bool,
}

/// The plane through the crosshair: input and result, or their difference. `None` when nothing is open.
#[must_use]
pub fn scene(state: &State, plane: Plane, difference: bool) -> Option<Scene> {
    let input = state.beside()?;
    let result = state.result.as_ref().map(|result| &result.volume);
    let view = &state.view;
    let grid = SliceGrid::new(input.dims, &input.affine, plane);
    let (slice, u, v) = grid.pixel_of(view.cursor);
    let cross = [u, v];
    let measured = state.result.as_ref().and_then(|result| result.comparison.as_ref());
    let own = state.measurement.regions.iter().filter_map(|measured| measured.shape);
    let shapes = measured.map(|comparison| Shape::Sphere(comparison.region)).into_iter().chain(own);
    let regions = shapes.filter_map(|shape| cut(input, (plane, &grid), &shape, view.cursor)).collect();
    if difference {
        let picture = difference_rgba(input, result?, plane, slice, view.difference_range);
        return Some(Scene { picture, over: None, veil: None, tissues: None, cross, regions, on_white: true });
    }
    let map = if view.inverted { ColourMap::InvertedGrey } else { ColourMap::Grey };
    let picture = slice_rgba(input, plane, slice, view.window, map);
    // A window of one unit says nothing of another.
    let window = |result: &Volume| if result.unit == input.unit { view.window } else { Window::of(result) };
    let over = result.map(|result| (slice_rgba(result, plane, slice, window(result), map), view.swipe));
    let spread = state.result.as_ref().and_then(|result| result.spread.as_ref()).filter(|_| view.spread);
    let veil =
        spread.map(|spread| slice_rgba(&spread.volume, plane, slice, Window::up_to(spread.top), ColourMap::Spread));
    let tissues = state.tissues_in(plane, slice);
    Some(Scene { picture, over, veil, tissues, cross, regions, on_white: view.inverted })
}

/// Where a plane through the crosshair cuts a shape.
fn cut(volume: &Volume, (plane, grid): (Plane, &SliceGrid), shape: &Shape, cursor: [usize; 3]) -> Option<Outline> {
    let middle = match shape {
        Shape::Sphere(sphere) => sphere.centre,
        Shape::Cuboid(Cuboid { from, to }) => std::array::from_fn(|axis| f64::midpoint(from[axis], to[axis])),
    };
    let voxel = to_world(&geometry::inverse(&volume.affine)?, middle);
    let off = (cursor[grid.axis] as f64 - voxel[grid.axis]).abs() * volume.spacing()[grid.axis];
    // Half its size across and down, millimetres.
    let half = match shape {
        Shape::Sphere(Sphere { radius, .. }) => [(radius * radius - off * off).sqrt(); 2],
        Shape::Cuboid(Cuboid { from, to }) => {
            let [across, down, through] = match plane {
                Plane::Axial => [0, 1, 2],
                Plane::Coronal => [0, 2, 1],
                Plane::Sagittal => [1, 2, 0],
            };
            let half = |axis: usize| (to[axis] - from[axis]).abs() / 2.0;
            if off > half(through) {
                return None;
            }
            [half(across), half(down)]
        }
    };
    let (_, u, v) = grid.pixel_of(voxel.map(|at| at.round().max(0.0) as usize));
    let half = [half[0] / grid.pixel[0], half[1] / grid.pixel[1]];
    let round = matches!(shape, Shape::Sphere(_));
    half[0].is_finite().then_some(Outline { centre: [u as f64 + 0.5, v as f64 + 0.5], half, round })
}

/// The words of a slice control.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SliceWords {
    /// The slice shown, from 0.
    pub at: usize,
    /// The last slice.
    pub last: usize,
    /// For the eye.
    pub shown: String,
    /// For the ear.
    pub spoken: String,
}

/// Where a plane cuts.
#[must_use]
pub fn slice_words(state: &State, plane: Plane) -> SliceWords {
    let Some(study) = &state.study else { return SliceWords::default() };
    let grid = SliceGrid::new(study.volume.dims, &study.volume.affine, plane);
    let at = state.view.cursor[grid.axis];
    let world = to_world(&study.volume.affine, state.view.cursor.map(|n| n as f64));
    let (name, place) = match plane {
        Plane::Axial => ("z", world[2]),
        Plane::Coronal => ("y", world[1]),
        Plane::Sagittal => ("x", world[0]),
    };
    SliceWords {
        at,
        last: grid.count.saturating_sub(1),
        shown: format!("{} / {}", at + 1, grid.count),
        spoken: format!("Slice {} of {}, {name} = {place:.1} mm", at + 1, grid.count),
    }
}

/// Value and place under the crosshair.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadoutWords {
    /// "SUV 3.21 → 3.35 (+0.14, +4 %)".
    pub value: String,
    /// "L 12  P 30  S 45 mm".
    pub place: String,
}

/// What lies under the crosshair.
#[must_use]
pub fn readout(state: &State) -> ReadoutWords {
    let Some(study) = &state.study else { return ReadoutWords::default() };
    let [i, j, k] = state.view.cursor;
    let at = study.volume.index(i, j, k);
    let value = |volume: &Volume| volume.data.get(at).map_or(f64::NAN, |&value| f64::from(value));
    let before = value(state.beside().unwrap_or(&study.volume));
    let mut words = format!("{} {}", study.volume.unit.label(), value_words(before));
    if let Some(result) = &state.result {
        let after = value(&result.volume);
        let change = after - before;
        words += &format!(" \u{2192} {} ({}", value_words(after), signed(change));
        if before != 0.0 {
            words += &format!(", {}", change_words(Some(100.0 * change / before)));
        }
        words += ")";
    }
    let place = position_words(to_world(&study.volume.affine, state.view.cursor.map(|n| n as f64)));
    ReadoutWords { value: words.trim_start().to_owned(), place }
}

/// Why a run cannot start, or what to expect of it; empty when neither needs saying.
#[must_use]
pub fn start_hint(state: &State) -> String {
    if let Some(misfit) = state.misfit() {
        return misfit;
    }
    match (&state.study, &state.engine) {
        _ if state.denoising.is_running() => "A sample is being made; Esc ends it.",
        _ if state.opening.is_some() => "An image is being opened…",
        (None, _) => "Open a series first.",
        _ if state.letting_go => "Cancelled. The GPU is finishing its last step…",
        (Some(_), Engine::Starting) => "The engine is being prepared and checked…",
        (Some(_), Engine::Ready(backend)) if backend.slow && state.result.is_none() => {
            "Without a real GPU this takes minutes; a crop is faster."
        }
        _ => "",
    }
    .to_owned()
}

/// A change in percent; "n/a" where it has no meaning.
#[must_use]
pub fn change_words(percent: Option<f64>) -> String {
    match percent {
        Some(percent) if percent.abs() >= 9.95 => format!("{} %", rounded(percent, 0)),
        Some(percent) => format!("{} %", rounded(percent, 1)),
        None => "n/a".to_owned(),
    }
}

fn rounded(percent: f64, digits: usize) -> String {
    let size = format!("{:.digits$}", percent.abs());
    if percent < 0.0 { format!("\u{2212}{size}") } else { format!("+{size}") }
}

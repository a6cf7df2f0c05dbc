//! What samples start from: noise, a sample that was made, the open series.

use darkroom_imaging::Volume;
use darkroom_imaging::orientation::{Plane, SliceGrid};
use darkroom_imaging::windowing::{Picture, slice_rgba};
use darkroom_messages::{StartFrom, StartWish, ToDenoiser, ToWorker};

use super::super::{Alert, Effect, Shared, State};
use super::picture::{image_picture, map, plane_of};
use super::redo::{Redo, refit};
use super::save::header_of;
use super::{Shown, Task};

/// What samples start from.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Origin {
    /// Noise alone.
    #[default]
    Noise,
    /// An image that was made.
    Kept {
        /// What it is called.
        name: String,
        /// The image.
        image: Shared,
    },
    /// The open series.
    Series,
}

/// An origin to choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OriginChoice {
    /// Noise alone.
    Noise,
    /// What is chosen already.
    Kept,
    /// The sample shown.
    Sample,
    /// The volume last made of the open series.
    Result,
    /// The open series.
    Series,
}

impl OriginChoice {
    /// Every choice with the value of its option.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Noise, "noise"),
        (Self::Kept, "kept"),
        (Self::Sample, "sample"),
        (Self::Result, "result"),
        (Self::Series, "series"),
    ];
}

/// How an origin is used; what is `None` is as the engine has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StartFields {
    /// The share of the steps that is taken.
    pub strength: Option<f64>,
    /// What is made anew.
    pub redo: Redo,
    /// How often each step is taken where a region is made anew.
    pub repeats: Option<usize>,
}

/// The origins that can be chosen just now, with their names for the user.
#[must_use]
pub fn origins(state: &State) -> Vec<(OriginChoice, String)> {
    let denoising = &state.denoising;
    let generates = denoising.task() == Some(Task::Generate);
    let mut origins = vec![(OriginChoice::Noise, "Noise".to_owned())];
    if let Origin::Kept { name, .. } = &denoising.origin {
        origins.push((OriginChoice::Kept, name.clone()));
    }
    if generates && sample(state).is_some_and(|(name, _)| !is_kept(&denoising.origin, &name)) {
        origins.push((OriginChoice::Sample, "The sample shown".to_owned()));
    }
    if !generates && state.result.is_some() && !is_kept(&denoising.origin, RESULT) {
        origins.push((OriginChoice::Result, RESULT.to_owned()));
    }
    if state.study.is_some() {
        let name = if generates { "The slice in view of the open series" } else { "The open series itself" };
        origins.push((OriginChoice::Series, name.to_owned()));
    }
    origins
}

const RESULT: &str = "The last result";

fn is_kept(origin: &Origin, wanted: &str) -> bool {
    matches!(origin, Origin::Kept { name, .. } if name == wanted)
}

/// Which of the choices counts now.
#[must_use]
pub fn origin_now(origin: &Origin) -> OriginChoice {
    match origin {
        Origin::Noise => OriginChoice::Noise,
        Origin::Kept { .. } => OriginChoice::Kept,
        Origin::Series => OriginChoice::Series,
    }
}

/// Takes a choice; one that is not there leaves what was.
pub(super) fn choose(state: &mut State, choice: OriginChoice) {
    let origin = match choice {
        OriginChoice::Noise => Some(Origin::Noise),
        OriginChoice::Kept => None,
        OriginChoice::Sample => sample(state).map(|(name, image)| Origin::Kept { name, image }),
        OriginChoice::Result => {
            let image = state.result.as_ref().map(|result| result.volume.clone());
            image.map(|image| Origin::Kept { name: RESULT.to_owned(), image })
        }
        OriginChoice::Series => state.study.as_ref().map(|_| Origin::Series),
    };
    if let Some(origin) = origin {
        state.denoising.origin = origin;
        refit(state);
    }
}

/// The sample shown, or the last one, with its name.
fn sample(state: &State) -> Option<(String, Shared)> {
    let gallery = &state.denoising.gallery;
    let sample = match state.denoising.shown {
        Shown::Sample(at) => gallery.get(at),
        _ => gallery.last(),
    }?;
    Some((format!("The sample of seed {}", sample.seed), sample.image.clone()))
}

/// The wish for what samples start from, and what the worker is to be given first.
///
/// # Errors
/// A mask that was not chosen yet.
pub(super) fn started(state: &State) -> Result<(Option<Box<StartWish>>, Vec<Effect>), Alert> {
    let (from, slice) = match &state.denoising.origin {
        Origin::Noise => return Ok((None, Vec::new())),
        Origin::Kept { .. } => (StartFrom::Kept, None),
        Origin::Series => (StartFrom::Series, slice_in_view(state)),
    };
    let StartFields { strength, redo, repeats } = &state.denoising.start;
    let (region, mask) = redo.wish()?;
    let wish = StartWish { from, slice, strength: *strength, region, repeats: *repeats };
    Ok((Some(Box::new(wish)), kept_image(state).into_iter().chain(mask).collect()))
}

/// Gives the worker the image that was kept, where samples start from one.
pub(super) fn kept_image(state: &State) -> Option<Effect> {
    let Origin::Kept { image, .. } = &state.denoising.origin else { return None };
    let message = ToWorker::Denoise(ToDenoiser::KeepStart { header: header_of(image) });
    Some(Effect::PostValues(message, image.clone()))
}

/// The image that samples start from.
pub(super) fn origin_image(state: &State) -> Option<Shared> {
    match &state.denoising.origin {
        Origin::Noise => None,
        Origin::Kept { image, .. } => Some(image.clone()),
        Origin::Series => state.study.as_ref().map(|study| study.volume.clone()),
    }
}

/// The axial slice in view of the open series.
fn slice_in_view(state: &State) -> Option<usize> {
    let volume = &state.study.as_ref()?.volume;
    Some(state.view.cursor[SliceGrid::new(volume.dims, &volume.affine, Plane::Axial).axis])
}

/// The picture in which what is made anew is marked: the slice that samples start from.
#[must_use]
pub fn origin_picture(state: &State) -> Option<Picture> {
    let image = origin_image(state)?;
    if image.dims[2] == 1 && state.denoising.origin != Origin::Series {
        return Some(image_picture(state, &image));
    }
    let (plane, at) = origin_slice(state, &image);
    Some(slice_rgba(&image, plane, at, state.view.window, map(state)))
}

/// Where the slice lies that samples start from, in a volume on the grid of their image.
pub(super) fn origin_slice(state: &State, volume: &Volume) -> (Plane, usize) {
    match &state.denoising.origin {
        Origin::Kept { .. } if volume.dims[2] == 1 => (plane_of(volume), 0),
        _ => (Plane::Axial, slice_in_view(state).unwrap_or(0)),
    }
}

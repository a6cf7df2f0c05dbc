//! What of an image to start from is made anew: all of it, a rectangle, what a mask marks.

use std::sync::Arc;

use darkroom_imaging::colour::ColourMap;
use darkroom_imaging::resample::same_grid;
use darkroom_imaging::windowing::{Picture, Window, slice_rgba};
use darkroom_imaging::{LabelMap, Refusal};
use darkroom_messages::{Header, Region, StartFrom, ToDenoiser, ToWorker};

use super::super::{Alert, Effect, Payload, Shared, State};
use super::origin::{kept_image, origin_image, origin_slice};
use super::save::header_of;
use super::{Origin, post};

/// What is made anew.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Redo {
    /// All of it.
    #[default]
    All,
    /// A rectangle of every slice: left, top, right and bottom as shares of the picture.
    Rectangle([f64; 4]),
    /// What a mask marks; `None` until one is chosen.
    Mask(Option<StartMask>),
}

/// A label map on the grid of the image to start from.
#[derive(Clone, Debug, PartialEq)]
pub struct StartMask {
    /// Its file's name; `None` for the label map in use for the series.
    pub name: Option<String>,
    /// What the user should know of it.
    pub note: Option<String>,
    /// Its labels.
    pub map: Arc<LabelMap>,
    /// Those of them that count; all where it is empty.
    pub chosen: Vec<u8>,
    /// 1 where it marks, 0 elsewhere.
    pub marks: Shared,
    /// The share of the voxels that it marks.
    pub share: f64,
}

/// The rectangle that a first look offers: the middle of the picture.
pub const MIDDLE: [f64; 4] = [0.3, 0.3, 0.7, 0.7];

/// How strong the tint of a marked voxel is: where it lies in the window of the map of spreads.
const TINT: Window = Window { low: 0.0, high: 2.0 };

impl Redo {
    /// Every kind, with the value of its option and its name: a mask not chosen yet, a rectangle at its first place.
    #[must_use]
    pub fn kinds() -> [(Self, &'static str, &'static str); 3] {
        [
            (Self::All, "all", "All of it"),
            (Self::Rectangle(MIDDLE), "rectangle", "A rectangle"),
            (Self::Mask(None), "mask", "What a mask marks"),
        ]
    }

    /// Whether it is of the same kind.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }

    /// What the worker is asked for, and what it is to be given first.
    ///
    /// # Errors
    /// A mask that was not chosen yet.
    pub(super) fn wish(&self) -> Result<(Option<Region>, Option<Effect>), Alert> {
        match self {
            Self::All => Ok((None, None)),
            Self::Rectangle(edges) => Ok((Some(Region::Rectangle(*edges)), None)),
            Self::Mask(Some(mask)) => {
                let message = ToWorker::Denoise(ToDenoiser::KeepMask { header: header_of(&mask.marks) });
                Ok((Some(Region::Mask), Some(Effect::PostValues(message, mask.marks.clone()))))
            }
            Self::Mask(None) => Err(Alert::new(
                "Only what a mask marks is to be made anew, but no mask is chosen.",
                "Choose a label map, or have all of the image made anew.",
            )),
        }
    }
}

impl StartMask {
    /// The map with some of its labels, or all.
    fn new(
        (name, note): (Option<String>, Option<String>),
        map: Arc<LabelMap>,
        chosen: Vec<u8>,
        image: &Shared,
    ) -> Result<Self, Refusal> {
        let counted = if chosen.is_empty() { None } else { Some(map.only(&chosen)?) };
        let labels = &counted.as_ref().unwrap_or(&map).labels;
        let marks: Vec<f32> = labels.iter().map(|&label| f32::from(u8::from(label > 0))).collect();
        let share = f64::from(marks.iter().sum::<f32>()) / marks.len().max(1) as f64;
        let marks = image.with_data(marks).map_err(|error| {
            Refusal::new(format!("The label map does not fit the image: {error}."), "Choose it again.")
        })?;
        Ok(Self { name, note, map, chosen, marks: marks.into(), share })
    }
}

/// Takes a kind; a rectangle or a mask that is there stays as it is.
pub(super) fn choose(state: &mut State, redo: Redo) {
    let now = &mut state.denoising.start.redo;
    if !now.is_like(&redo) {
        *now = redo;
    }
}

/// Has a label map read, from the file that the link holds or the one in use, on the grid of the image to start from.
pub(super) fn read(state: &mut State, name: Option<String>) -> Vec<Effect> {
    state.alert = None;
    let from = match &state.denoising.origin {
        Origin::Noise => return Vec::new(),
        Origin::Kept { .. } => StartFrom::Kept,
        Origin::Series => StartFrom::Series,
    };
    let mut effects: Vec<Effect> = kept_image(state).into_iter().collect();
    let asked = ToDenoiser::ReadMask { name: name.clone(), from };
    match name {
        Some(_) => effects.push(Effect::PostLabels(ToWorker::Denoise(asked))),
        None => effects.extend(post(asked)),
    }
    effects
}

/// Takes a label map that was read.
pub(super) fn read_back(state: &mut State, told: (Option<String>, Option<String>), header: &Header, payload: Payload) {
    let Payload::Bytes(labels) = payload else { return };
    let Some(image) = origin_image(state) else { return };
    // Another image was chosen meanwhile.
    if !same_grid((header.dims, &header.affine), &image) {
        return state.alert = Some(elsewhere());
    }
    let map = LabelMap { dims: header.dims, labels };
    match StartMask::new(told, map.into(), Vec::new(), &image) {
        Ok(mask) => state.denoising.start.redo = Redo::Mask(Some(mask)),
        Err(refusal) => state.alert = Some(Alert::new(refusal.what, refusal.next)),
    }
}

/// Has some labels of the mask count, or all where none is named.
///
/// # Errors
/// What is no label, or none of the map's.
pub(super) fn choose_labels(state: &mut State, text: &str) -> Result<(), String> {
    let number = |word: &str| word.parse::<u8>();
    let words = text.split([',', ' ', ';']).filter(|word| !word.is_empty());
    let chosen: Vec<u8> = words
        .map(number)
        .collect::<Result<_, _>>()
        .map_err(|_| "Labels must be whole numbers up to 255, such as 2, 5.".to_owned())?;
    let Redo::Mask(Some(mask)) = &mut state.denoising.start.redo else { return Ok(()) };
    let told = (mask.name.clone(), mask.note.clone());
    *mask = StartMask::new(told, mask.map.clone(), chosen, &mask.marks).map_err(|refusal| refusal.what)?;
    Ok(())
}

/// Puts a mask away that lies on another grid than the image to start from.
pub(super) fn refit(state: &mut State) {
    let Redo::Mask(Some(mask)) = &state.denoising.start.redo else { return };
    let fits = |image: Shared| same_grid((mask.marks.dims, &mask.marks.affine), &image);
    if !origin_image(state).is_some_and(fits) {
        put_away(state);
        state.alert = Some(elsewhere());
    }
}

/// Puts the mask away, if there is one.
pub(super) fn put_away(state: &mut State) {
    if let Redo::Mask(mask) = &mut state.denoising.start.redo {
        *mask = None;
    }
}

fn elsewhere() -> Alert {
    Alert::new("The mask lies on another grid than the image to start from, so it was put away.", "Choose it again.")
}

/// A tint over the picture of the slice that samples start from, where a mask marks it.
#[must_use]
pub fn mask_picture(state: &State) -> Option<Picture> {
    let Redo::Mask(Some(mask)) = &state.denoising.start.redo else { return None };
    let (plane, at) = origin_slice(state, &mask.marks);
    Some(slice_rgba(&mask.marks, plane, at, TINT, ColourMap::Spread))
}

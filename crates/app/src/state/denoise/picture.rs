//! What was made as pictures.

use darkroom_imaging::colour::ColourMap;
use darkroom_imaging::orientation::{Plane, SliceGrid};
use darkroom_imaging::windowing::{Picture, SOFT_TISSUE, Window, slice_rgba};
use darkroom_imaging::{Unit, Volume};
use darkroom_messages::Look;

use super::super::{PLANES, State};
use super::Shown;

/// How values become grey. The customary windows of CT are for values in HU.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GreyWindow {
    /// All that the model can give, or the window of the open series.
    #[default]
    Full,
    /// 400 wide at 40.
    SoftTissue,
    /// 1500 wide at -600.
    Lung,
    /// 1800 wide at 400.
    Bone,
}

impl GreyWindow {
    /// Every window with its name.
    pub const ALL: [(Self, &'static str); 4] =
        [(Self::Full, "Full"), (Self::SoftTissue, "Soft tissue"), (Self::Lung, "Lung"), (Self::Bone, "Bone")];

    fn window(self) -> Option<Window> {
        match self {
            Self::Full => None,
            Self::SoftTissue => Some(SOFT_TISSUE),
            Self::Lung => Some(Window::around(-600.0, 1500.0)),
            Self::Bone => Some(Window::around(400.0, 1800.0)),
        }
    }
}

/// Noise is shown so many standard deviations to either side.
const NOISE: f32 = 3.0;

/// What is shown large; `None` where there is nothing yet.
#[must_use]
pub fn now_picture(state: &State) -> Option<Picture> {
    let denoising = &state.denoising;
    match denoising.shown {
        Shown::Now => match denoising.session.as_ref().and_then(|session| session.now.as_ref()) {
            Some((Look::Clean, image)) => Some(image_picture(state, image)),
            Some((_, values)) => Some(upright(values, Window::symmetric(NOISE), ColourMap::Grey)),
            None if denoising.session.is_none() => sample_picture(state, denoising.gallery.len().checked_sub(1)?),
            None => None,
        },
        Shown::Sample(at) => sample_picture(state, at),
        Shown::Mean => map_picture(state, 0),
        Shown::Spread => map_picture(state, 1),
    }
}

/// A sample of the gallery.
fn sample_picture(state: &State, at: usize) -> Option<Picture> {
    state.denoising.gallery.get(at).map(|sample| image_picture(state, &sample.image))
}

/// The mean (0) or the spread (1) of the gallery, once computed.
#[must_use]
pub fn map_picture(state: &State, which: usize) -> Option<Picture> {
    let map = &state.denoising.maps.as_ref()?[which];
    Some(match which {
        0 => image_picture(state, map),
        _ => upright(map, Window::percentile(&map.data, 99.5), ColourMap::Grey),
    })
}

/// The slice that the sample under way is made of.
#[must_use]
pub fn given_picture(state: &State) -> Option<Picture> {
    let slice = state.denoising.session.as_ref()?.slice?;
    let volume = &state.study.as_ref()?.volume;
    Some(slice_rgba(volume, Plane::Axial, slice, state.view.window, map(state)))
}

/// An image that was made, as the page shows images of its kind.
#[must_use]
pub fn image_picture(state: &State, image: &Volume) -> Picture {
    upright(image, window(state, image), map(state))
}

/// A translated slice looks as its series does, a generated image as its unit is customarily shown.
fn window(state: &State, image: &Volume) -> Window {
    let denoising = &state.denoising;
    let series = state.study.as_ref().filter(|_| translates(state));
    if let Some(study) = series {
        return if study.volume.unit == image.unit { state.view.window } else { Window::of(image) };
    }
    let preset = denoising.window.window().filter(|_| image.unit == Unit::Hounsfield);
    let range = denoising.model.as_ref().and_then(|model| model.range);
    let full = range.map_or_else(|| Window::of(image), |[low, high]| Window { low: low as f32, high: high as f32 });
    preset.unwrap_or(full)
}

pub(super) fn map(state: &State) -> ColourMap {
    if translates(state) && state.view.inverted { ColourMap::InvertedGrey } else { ColourMap::Grey }
}

/// Whether the ground is white: of the slice given, and of what is shown large.
#[must_use]
pub fn on_white(state: &State) -> [bool; 2] {
    let white = map(state) == ColourMap::InvertedGrey;
    let image = match state.denoising.shown {
        Shown::Now => state.denoising.look == Look::Clean,
        Shown::Sample(_) | Shown::Mean => true,
        Shown::Spread => false,
    };
    [white, white && image]
}

fn translates(state: &State) -> bool {
    state.denoising.model.as_ref().is_some_and(|model| model.takes.is_some())
}

fn upright(volume: &Volume, window: Window, map: ColourMap) -> Picture {
    slice_rgba(volume, plane_of(volume), 0, window, map)
}

/// The plane that shows a slice along k.
pub(super) fn plane_of(volume: &Volume) -> Plane {
    let along_k = |plane: &Plane| SliceGrid::new(volume.dims, &volume.affine, *plane).axis == 2;
    PLANES.into_iter().find(along_k).unwrap_or(Plane::Axial)
}

//! How volumes are shown: where the crosshair is, the grey window, the swipe.

use darkroom_imaging::orientation::{Plane, SliceGrid};
use darkroom_imaging::windowing::Window;
use darkroom_imaging::{Volume, geometry};

use super::{Kind, State};

/// The planes in the order of the layout.
pub const PLANES: [Plane; 3] = [Plane::Axial, Plane::Coronal, Plane::Sagittal];

/// A plane's name.
#[must_use]
pub fn plane_name(plane: Plane) -> &'static str {
    match plane {
        Plane::Axial => "Axial",
        Plane::Coronal => "Coronal",
        Plane::Sagittal => "Sagittal",
    }
}

/// A fixed grey window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WindowPreset {
    /// From 0 to so many SUV.
    Suv(u8),
    /// From 0 to the value that 99.5 % of the voxels stay below.
    Percentile,
}

impl WindowPreset {
    /// The upper end, where `percentile` is that of the volume.
    #[must_use]
    pub fn top(self, percentile: f32) -> f32 {
        match self {
            Self::Suv(top) => f32::from(top),
            Self::Percentile => percentile,
        }
    }
}

/// The state of the view.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// The voxel under the crosshair.
    pub cursor: [usize; 3],
    /// What the images are shown as.
    pub kind: Kind,
    /// The values from nothing to full.
    pub window: Window,
    /// Whether full is black on white, as is usual for PET.
    pub inverted: bool,
    /// The end of the percentile window.
    pub percentile: f32,
    /// Where the result begins, as a share of the width of each plane.
    pub swipe: f64,
    /// The plane shown large.
    pub main: Plane,
    /// Whether the difference map is shown.
    pub difference: bool,
    /// Whether the standard dose that the input was thinned from is shown in the input's place.
    pub standard: bool,
    /// Both ends of the difference map's colours, as plus and minus this.
    pub difference_range: f32,
    /// Whether the spread over the samples lies over the result.
    pub spread: bool,
    /// Whether the mask's tissues lie over the images.
    pub tissues: bool,
}

impl Default for View {
    fn default() -> Self {
        Self {
            cursor: [0; 3],
            kind: Kind::Pet,
            window: Window::up_to(5.0),
            inverted: true,
            percentile: 5.0,
            swipe: 0.5,
            main: Plane::Axial,
            difference: true,
            standard: false,
            difference_range: 1.0,
            spread: false,
            tissues: true,
        }
    }
}

/// A change of the view.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ViewEvent {
    /// Put the crosshair on a voxel.
    Cursor([usize; 3]),
    /// Put the crosshair on the voxel nearest to a place in the patient, in RAS+ millimetres.
    GoTo([f64; 3]),
    /// Move the crosshair along a voxel axis.
    Step {
        /// The axis.
        axis: usize,
        /// How many voxels.
        by: i32,
    },
    /// Choose a window.
    Preset(WindowPreset),
    /// Drag the window: its width and level change by these shares of the width.
    Drag {
        /// Wider.
        width: f32,
        /// Higher.
        level: f32,
    },
    /// Swap black and white.
    Invert,
    /// Move the swipe.
    Swipe(f64),
    /// Show a plane large.
    Main(Plane),
    /// Show the next plane large; -1 for the one before.
    TurnMain(i32),
    /// Show or hide the difference map.
    ToggleDifference,
    /// Show or hide the spread over the samples.
    ToggleSpread,
    /// Show or hide the mask's tissues.
    ToggleTissues,
    /// Set both ends of the difference map's colours.
    DifferenceRange(f32),
    /// Back to how the series was first shown.
    Reset,
}

impl View {
    /// The view of a series just opened: crosshair in the middle, PET in inverted grey, anything else in grey.
    #[must_use]
    pub fn of(volume: &Volume, kind: Kind) -> Self {
        let mut view = Self {
            cursor: volume.dims.map(|n| n / 2),
            percentile: Window::percentile(&volume.data, 99.5).high,
            ..Self::default()
        };
        view.show_as(kind, volume);
        // A body is taller than wide: it is read from the front.
        let grid = SliceGrid::new(volume.dims, &volume.affine, Plane::Coronal);
        if grid.height as f64 * grid.pixel[1] > 1.2 * grid.width as f64 * grid.pixel[0] {
            view.main = Plane::Coronal;
        }
        view
    }

    /// Window and palette as images of a kind are customarily shown.
    pub(super) fn show_as(&mut self, kind: Kind, volume: &Volume) {
        self.kind = kind;
        self.inverted = kind == Kind::Pet;
        self.window = kind.window(volume);
        self.difference_range = self.window.high / 5.0;
    }
}

/// Applies a change to the view of the open series.
pub(super) fn change(state: &mut State, event: ViewEvent) {
    let Some(study) = &state.study else { return };
    let dims = study.volume.dims;
    let view = &mut state.view;
    match event {
        ViewEvent::Cursor(cursor) => view.cursor = std::array::from_fn(|axis| cursor[axis].min(dims[axis] - 1)),
        ViewEvent::GoTo(place) => {
            if let Some(back) = geometry::inverse(&study.volume.affine) {
                let voxel = geometry::to_world(&back, place);
                let within = |axis: usize| voxel[axis].round().clamp(0.0, (dims[axis] - 1) as f64) as usize;
                view.cursor = std::array::from_fn(within);
            }
        }
        ViewEvent::Step { axis, by } => {
            let last = dims[axis] as i64 - 1;
            view.cursor[axis] = (view.cursor[axis] as i64 + i64::from(by)).clamp(0, last) as usize;
        }
        ViewEvent::Preset(preset) => view.window = Window::up_to(preset.top(view.percentile)),
        ViewEvent::Drag { width, level } => drag(view, width, level),
        ViewEvent::Invert => view.inverted = !view.inverted,
        ViewEvent::Swipe(at) => view.swipe = at.clamp(0.0, 1.0),
        ViewEvent::Main(plane) => view.main = plane,
        ViewEvent::TurnMain(by) => {
            let at = PLANES.iter().position(|&plane| plane == view.main).unwrap_or(0) as i32;
            view.main = PLANES[(at + by).rem_euclid(3) as usize];
        }
        ViewEvent::ToggleDifference => view.difference = !view.difference,
        ViewEvent::ToggleTissues => view.tissues = !view.tissues,
        ViewEvent::ToggleSpread => view.spread = !view.spread,
        ViewEvent::DifferenceRange(range) => view.difference_range = range.max(f32::MIN_POSITIVE),
        ViewEvent::Reset => *view = View::of(&study.volume, view.kind),
    }
}

/// The lower end of a PET window stays at zero, so that "no uptake" is always white; dragging moves the upper end.
fn drag(view: &mut View, width: f32, level: f32) {
    let Window { low, high } = view.window;
    let least = view.percentile * 1e-3;
    if low == 0.0 {
        view.window.high = (high * (1.0 + width + level)).max(least);
    } else {
        let wide = ((high - low) * (1.0 + width)).max(least);
        let middle = f32::midpoint(high, low) + level * (high - low);
        view.window = Window { low: middle - wide / 2.0, high: middle + wide / 2.0 };
    }
}

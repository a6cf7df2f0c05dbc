//! What the mouse does on an image: click for the crosshair, drag for the window, wheel for slices.

use darkroom_imaging::orientation::{Plane, SliceGrid};
use leptos::prelude::*;
use web_sys::{PointerEvent, WheelEvent};

use crate::browser::paint::Frame;
use crate::browser::store::Store;
use crate::state::{Event, ViewEvent};

/// Movement in pixels from which a click is a drag.
const SLACK: f64 = 4.0;
/// Wheel travel in pixels that turns one slice: a short stroke of a trackpad.
const NOTCH: f64 = 40.0;
/// Travel in one event that only a wheel's notch makes: one slice, however far this system says it went.
const CLICK: f64 = 70.0;

/// A mouse button held down.
#[derive(Clone, Copy, Debug)]
struct Held {
    from: [f64; 2],
    last: [f64; 2],
    dragging: bool,
    /// Shift moves the crosshair along instead of changing the window.
    crosshair: bool,
}

/// The mouse over one image.
#[derive(Clone, Copy)]
pub struct Pointer {
    store: Store,
    plane: Plane,
    frame: RwSignal<Frame>,
    held: StoredValue<Option<Held>>,
    travel: StoredValue<f64>,
}

impl Pointer {
    /// The mouse over the image of `plane` that lies at `frame`.
    pub fn new(store: Store, plane: Plane, frame: RwSignal<Frame>) -> Self {
        Self { store, plane, frame, held: StoredValue::new(None), travel: StoredValue::new(0.0) }
    }

    /// A button went down.
    pub fn down(self, event: &PointerEvent) {
        if event.button() == 0 {
            let at = point(event);
            self.held.set_value(Some(Held { from: at, last: at, dragging: false, crosshair: event.shift_key() }));
        }
    }

    /// The mouse moved.
    pub fn moved(self, event: &PointerEvent) {
        let Some(mut held) = self.held.get_value() else { return };
        if event.buttons() == 0 {
            return self.held.set_value(None);
        }
        let at = point(event);
        held.dragging |= (at[0] - held.from[0]).hypot(at[1] - held.from[1]) > SLACK;
        if held.dragging {
            if held.crosshair {
                self.put_cursor(at);
            } else {
                // A third of the image's width doubles the window; upwards is darker for inverted PET.
                let scale = 3.0 / self.frame.get_untracked().width.max(1.0);
                let [width, level] = [(at[0] - held.last[0]) * scale, (at[1] - held.last[1]) * scale];
                self.store.send(Event::View(ViewEvent::Drag { width: width as f32, level: level as f32 }));
            }
        }
        self.held.set_value(Some(Held { last: at, ..held }));
    }

    /// The button was let go.
    pub fn up(self, event: &PointerEvent) {
        if let Some(held) = self.held.get_value().filter(|held| !held.dragging) {
            self.put_cursor(held.from);
            let _ = event;
        }
        self.held.set_value(None);
    }

    /// The wheel turned.
    pub fn wheel(self, event: &WheelEvent) {
        event.prevent_default();
        let by_pixel = event.delta_mode() == WheelEvent::DOM_DELTA_PIXEL;
        let stroke = event.delta_y();
        let clicked = !by_pixel || stroke.abs() >= CLICK;
        let travel = if clicked { stroke.signum() * NOTCH } else { self.travel.get_value() + stroke };
        let steps = (travel / NOTCH).trunc();
        self.travel.set_value(travel - steps * NOTCH);
        if let Some(grid) = self.grid().filter(|_| steps != 0.0) {
            self.store.send(Event::View(ViewEvent::Step { axis: grid.axis, by: -(steps as i32) }));
        }
    }

    fn grid(self) -> Option<SliceGrid> {
        self.store.peek(|state| {
            let volume = &state.study.as_ref()?.volume;
            Some(SliceGrid::new(volume.dims, &volume.affine, self.plane))
        })
    }

    fn put_cursor(self, at: [f64; 2]) {
        let Some(grid) = self.grid() else { return };
        let [u, v] = self.frame.get_untracked().share(at[0], at[1]);
        if !(0.0..1.0).contains(&u) || !(0.0..1.0).contains(&v) {
            return;
        }
        let slice = self.store.peek(|state| state.view.cursor[grid.axis]);
        let voxel = grid.voxel_at(slice, (u * grid.width as f64) as usize, (v * grid.height as f64) as usize);
        self.store.send(Event::View(ViewEvent::Cursor(voxel)));
    }
}

/// The point of an event on its canvas, in CSS pixels.
fn point(event: &PointerEvent) -> [f64; 2] {
    [f64::from(event.offset_x()), f64::from(event.offset_y())]
}

//! What the user does with a diffusion model.

use darkroom_imaging::orientation::{Plane, SliceGrid};
use darkroom_messages::{Look, ToDenoiser, ToWorker, Wish};

use super::super::{Alert, Effect, Run, State, Study};
use super::entered::{Field, enter};
use super::origin::{OriginChoice, choose, started};
use super::save::save;
use super::{GreyWindow, Offered, Redo, Session, Shown, Task, post, redo};

/// Something the user did with a diffusion model.
#[derive(Clone, Debug, PartialEq)]
pub enum DenoiseEvent {
    /// The page says which models it offers.
    Offered(Vec<Offered>),
    /// Another task was chosen.
    Task(Task),
    /// Something was entered about how images are made.
    Entered(Field, String),
    /// Something else to start from was chosen.
    Origin(OriginChoice),
    /// Something else of it is to be made anew.
    Redo(Redo),
    /// A rectangle to make anew was drawn.
    Rectangle([f64; 4]),
    /// A label map was chosen that says what is made anew; the link holds it. Without a name that in use is meant.
    Mask(Option<String>),
    /// Begin samples: of the slice in view where the model is given images.
    Start,
    /// Let one step follow the other.
    Play,
    /// Stop after the step under way.
    Pause,
    /// One step.
    Step,
    /// One step back.
    Back,
    /// Back to a step.
    GoTo(usize),
    /// End the sample here and keep what is predicted.
    Stop,
    /// Look at something else of the sample under way.
    Look(Look),
    /// Look at the steps as they are made, or do not.
    Watch(bool),
    /// Show something large.
    Show(Shown),
    /// Another grey window.
    Window(GreyWindow),
    /// Translate the whole volume.
    Volume,
    /// Back to the images of the series.
    Close,
    /// Save something.
    Save(Piece),
}

/// What can be saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// The sample shown, or the last one, as NIfTI.
    Image,
    /// What is shown large, as PNG with the mark.
    Picture,
    /// All samples as the slices of one NIfTI.
    Samples,
    /// The mean as NIfTI.
    Mean,
    /// The spread as NIfTI.
    Spread,
    /// How all of it was made.
    Record,
}

/// Changes the state by one event.
pub(in crate::state) fn change(state: &mut State, event: DenoiseEvent) -> Vec<Effect> {
    match event {
        DenoiseEvent::Offered(offered) => state.denoising.offered = offered,
        DenoiseEvent::Task(task) => {
            // What runs goes on; it is looked at again when its task comes back.
            state.task = task;
        }
        DenoiseEvent::Entered(field, text) => enter(state, field, &text),
        DenoiseEvent::Origin(choice) => choose(state, choice),
        DenoiseEvent::Redo(kind) => redo::choose(state, kind),
        DenoiseEvent::Rectangle(edges) => state.denoising.start.redo = Redo::Rectangle(edges),
        DenoiseEvent::Mask(name) => return redo::read(state, name),
        DenoiseEvent::Start => return start(state),
        DenoiseEvent::Play | DenoiseEvent::Pause | DenoiseEvent::Step => return play(state, &event),
        DenoiseEvent::Back => {
            let step = state.denoising.session.as_ref().map_or(0, |session| session.step);
            return step.checked_sub(1).map(|step| go_to(state, step)).unwrap_or_default();
        }
        DenoiseEvent::GoTo(step) => return go_to(state, step),
        DenoiseEvent::Stop => return stop(state),
        DenoiseEvent::Look(look) => {
            state.denoising.look = look;
            state.denoising.shown = Shown::Now;
            return look_again(state);
        }
        DenoiseEvent::Watch(watching) => {
            state.denoising.watching = watching;
            return if watching { look_again(state) } else { Vec::new() };
        }
        DenoiseEvent::Show(shown) => return show(state, shown),
        DenoiseEvent::Window(window) => state.denoising.window = window,
        DenoiseEvent::Volume => return volume(state),
        DenoiseEvent::Close if !state.denoising.is_running() => state.denoising.clear(),
        DenoiseEvent::Close => {}
        DenoiseEvent::Save(piece) => return save(state, piece),
    }
    Vec::new()
}

fn start(state: &mut State) -> Vec<Effect> {
    if !state.can_sample() {
        return Vec::new();
    }
    state.alert = None;
    let study = state.study.as_ref().filter(|_| state.task == Task::Translate);
    let axial = |study: &Study| SliceGrid::new(study.volume.dims, &study.volume.affine, Plane::Axial).axis;
    let slice = study.map(|study| state.view.cursor[axial(study)]);
    let (start, mut effects) = match started(state) {
        Ok(started) => started,
        Err(alert) => return refused(state, alert),
    };
    state.denoising.clear();
    let wish = Wish { start, ..state.denoising.wish.clone() };
    state.denoising.session =
        Some(Session { wish: wish.clone(), slice, playing: true, busy: true, ..Session::default() });
    effects.extend(post(ToDenoiser::Begin { wish, sample: 0, slice }));
    effects
}

/// Says why nothing begins.
fn refused(state: &mut State, alert: Alert) -> Vec<Effect> {
    state.alert = Some(alert);
    Vec::new()
}

fn play(state: &mut State, event: &DenoiseEvent) -> Vec<Effect> {
    let look = state.denoising.look_at_next();
    let Some(session) = &mut state.denoising.session else { return Vec::new() };
    session.playing = *event == DenoiseEvent::Play && (!session.finished() || session.has_next());
    if *event == DenoiseEvent::Pause || session.busy || (session.finished() && !session.playing) {
        return Vec::new();
    }
    let asked = if session.finished() { session.next() } else { ToDenoiser::Step { look } };
    session.busy = true;
    state.denoising.shown = Shown::Now;
    post(asked)
}

fn go_to(state: &mut State, step: usize) -> Vec<Effect> {
    let look = state.denoising.look();
    let Some(session) = &mut state.denoising.session else { return Vec::new() };
    session.playing = false;
    if session.busy || step >= session.step {
        return Vec::new();
    }
    session.busy = true;
    state.denoising.shown = Shown::Now;
    post(ToDenoiser::Rewind { step, look })
}

/// Ends the sample under way; the step that the network is in is not waited for.
fn stop(state: &mut State) -> Vec<Effect> {
    let Some(session) = &mut state.denoising.session else { return Vec::new() };
    session.playing = false;
    if session.stopping || session.finished() {
        return Vec::new();
    }
    // Before the first step nothing is predicted, so there is nothing to keep.
    if session.step == 0 && !session.busy {
        state.denoising.session = None;
        return Vec::new();
    }
    session.stopping = true;
    if session.busy {
        return vec![Effect::Post(ToWorker::Cancel)];
    }
    session.busy = true;
    post(ToDenoiser::Keep)
}

/// Asks for what is looked at, where a sample waits at a step.
fn look_again(state: &mut State) -> Vec<Effect> {
    let look = state.denoising.look;
    let watching = state.denoising.watching;
    let Some(session) = &mut state.denoising.session else { return Vec::new() };
    if session.busy || !watching || (session.step == 0 && look != Look::Noisy) {
        return Vec::new();
    }
    session.busy = true;
    post(ToDenoiser::Look { look })
}

/// Shows something large; the maps are computed when they are first looked at.
fn show(state: &mut State, shown: Shown) -> Vec<Effect> {
    state.denoising.shown = shown;
    asked_maps(state)
}

/// Asks for mean and spread, where one of them is shown and they are not there.
pub(super) fn asked_maps(state: &State) -> Vec<Effect> {
    if !matches!(state.denoising.shown, Shown::Mean | Shown::Spread) || state.denoising.maps.is_some() {
        return Vec::new();
    }
    let Some((header, stack)) = super::save::stack(&state.denoising.gallery) else { return Vec::new() };
    let one = darkroom_messages::Header { dims: [header.dims[0], header.dims[1], 1], ..header };
    vec![Effect::PostValues(ToWorker::Denoise(ToDenoiser::Maps { header: one }), stack)]
}

fn volume(state: &mut State) -> Vec<Effect> {
    if !state.can_sample() || state.task != Task::Translate {
        return Vec::new();
    }
    state.alert = None;
    let (start, mut effects) = match started(state) {
        Ok(started) => started,
        Err(alert) => return refused(state, alert),
    };
    let wish = Wish { start, ..state.denoising.wish.clone() };
    if wish.samples == 0 {
        return refused(state, Alert::new("0 samples were asked for.", "Choose 1 or more."));
    }
    state.denoising.clear();
    state.run = Some(Run { stage: "Preparing".to_owned(), keeps: true, ..Run::default() });
    effects.extend(post(ToDenoiser::Volume { wish }));
    effects
}

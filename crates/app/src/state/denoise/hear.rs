//! What the page makes of the worker's reports about a diffusion model.

use darkroom_imaging::Volume;
use darkroom_imaging::windowing::Window;
use darkroom_messages::{DenoiserSummary, FromDenoiser, Header, Look, ToDenoiser, ToWorker, Wish};

use super::super::reduce::values;
use super::super::{Effect, Payload, Shared, Spread, State};
use super::change::asked_maps;
use super::{Frame, Origin, Sample, Session, Shown, StartFields, Task, post, redo};

/// Changes the state by one report.
pub(in crate::state) fn hear(state: &mut State, report: FromDenoiser, payload: Payload) -> Vec<Effect> {
    match report {
        FromDenoiser::Ready { summary, own } => return ready(state, *summary, own),
        FromDenoiser::Noted { notes } => {
            if let Some(session) = &mut state.denoising.session {
                session.notes = notes;
            }
        }
        FromDenoiser::MaskRead { name, header, note } => redo::read_back(state, (name, note), &header, payload),
        FromDenoiser::Stepped { sample, step, steps, shown } => {
            let seen = shown.and_then(|(look, header)| Some((look, volume(header, payload)?)));
            return stepped(state, (sample, step, steps), seen);
        }
        FromDenoiser::Sampled { seed, header, unfinished, record, .. } => {
            if let Some(image) = volume(header, payload) {
                return sampled(state, Sample { seed, unfinished, image, record });
            }
        }
        FromDenoiser::Maps { header, samples } => maps(state, &header, samples, payload),
        FromDenoiser::Spread => {
            if let Some(result) = &mut state.result
                && let Some(spread) = values(payload).and_then(|values| result.volume.with_data(values).ok())
            {
                let top = Window::percentile(&spread.data, 99.5).high;
                result.spread = Some(Spread { volume: spread.into(), top });
                state.view.spread = true;
            }
        }
    }
    Vec::new()
}

/// Takes what the network refused: the sample waits where it is, one that never began is gone.
pub(in crate::state) fn refused(state: &mut State) {
    if let Some(session) = &mut state.denoising.session {
        (session.playing, session.busy, session.stopping) = (false, false, false);
        if session.steps == 0 {
            state.denoising.session = None;
        }
    }
}

/// What was made of another series is of no use on a new one.
pub(in crate::state) fn opened(state: &mut State) {
    if state.denoising.origin == Origin::Series || state.denoising.task() == Some(Task::Translate) {
        redo::put_away(state);
    }
    if state.denoising.task() == Some(Task::Translate) {
        state.denoising.clear();
        state.denoising.origin = Origin::Noise;
    }
}

/// A new worker knows nothing of the sample under way; it is given the user's own model again.
pub(in crate::state) fn restarted(state: &mut State) -> Option<Effect> {
    state.denoising.session = None;
    let name = state.denoising.own.clone()?;
    Some(Effect::PostDenoiser(ToWorker::Network { name }))
}

fn ready(state: &mut State, summary: DenoiserSummary, own: bool) -> Vec<Effect> {
    let again = state.denoising.model.as_ref() == Some(&summary);
    let denoising = &mut state.denoising;
    let effects = match (own, denoising.own.is_some() && again) {
        // The file just offered is the one to give to a new worker.
        (true, false) => {
            denoising.own = Some(format!("{}.zip", summary.facts.name));
            vec![Effect::KeepDenoiser]
        }
        _ => Vec::new(),
    };
    if !own {
        denoising.own = None;
    }
    if again {
        return effects;
    }
    denoising.clear();
    (denoising.origin, denoising.start) = (Origin::Noise, StartFields::default());
    denoising.wish = Wish { class: summary.classes.first().cloned(), samples: 1, ..Wish::default() };
    denoising.model = Some(summary);
    state.opening = None;
    state.task = denoising.task().unwrap_or_default();
    effects
}

fn stepped(
    state: &mut State,
    (sample, step, steps): (usize, usize, usize),
    seen: Option<(Look, Shared)>,
) -> Vec<Effect> {
    let Some(session) = &mut state.denoising.session else { return Vec::new() };
    (session.sample, session.step, session.steps) = (sample, step, steps);
    session.busy = false;
    session.strip.retain(|frame| frame.step <= step);
    match seen {
        Some((Look::Clean, image)) => {
            keep(session, step, &image);
            session.now = Some((Look::Clean, image));
        }
        seen @ Some(_) => session.now = seen,
        // Gone back to before the first prediction.
        None if step == 0 => session.now = None,
        None => {}
    }
    if session.stopping {
        if step == 0 {
            state.denoising.session = None;
            return Vec::new();
        }
        session.busy = true;
        return post(ToDenoiser::Keep);
    }
    if session.finished() {
        // `Sampled` follows a last step that was just made.
        return Vec::new();
    }
    if !session.playing {
        return Vec::new();
    }
    session.busy = true;
    post(ToDenoiser::Step { look: state.denoising.look_at_next() })
}

fn sampled(state: &mut State, sample: Sample) -> Vec<Effect> {
    let denoising = &mut state.denoising;
    denoising.maps = None;
    let Some(session) = &mut denoising.session else { return Vec::new() };
    session.busy = false;
    let ended = std::mem::take(&mut session.stopping);
    if denoising.watching || session.finished() {
        keep(session, session.step, &sample.image);
    }
    if denoising.look == Look::Clean {
        session.now = Some((Look::Clean, sample.image.clone()));
    }
    match denoising.gallery.iter_mut().find(|other| other.seed == sample.seed) {
        Some(before) => *before = sample,
        None => denoising.gallery.push(sample),
    }
    let mut effects = Vec::new();
    if ended || !session.playing || !session.has_next() {
        session.playing = false;
    } else {
        session.busy = true;
        effects = post(session.next());
    }
    // Before the next sample, which takes longer.
    effects.splice(0..0, asked_maps(state));
    effects
}

/// Puts a picture on the strip. One of the same step is the same picture, and stays: the focus may be on it.
fn keep(session: &mut Session, step: usize, image: &Shared) {
    if session.strip.iter().all(|frame| frame.step != step) {
        session.strip.push(Frame { step, image: image.clone() });
    }
}

fn maps(state: &mut State, header: &Header, samples: usize, payload: Payload) {
    // A sample came meanwhile; with it they were asked for again, or will be.
    if samples != state.denoising.gallery.len() {
        return;
    }
    let Some(values) = values(payload).filter(|values| values.len().is_multiple_of(2)) else { return };
    let (mean, spread) = values.split_at(values.len() / 2);
    let map = |values: &[f32]| volume(header.clone(), Payload::Values(values.to_vec()));
    state.denoising.maps = map(mean).zip(map(spread)).map(|(mean, spread)| [mean, spread]);
    if state.denoising.maps.is_none() {
        state.denoising.shown = Shown::Now;
    }
}

fn volume(Header { dims, affine, unit }: Header, payload: Payload) -> Option<Shared> {
    Volume::new(dims, values(payload)?, affine, unit).ok().map(Shared::from)
}

//! How the page's state changes when something happens.

use darkroom_messages::{Format, Part, ToWorker};

use super::{
    Alert, DenoiseEvent, Effect, Event, Payload, Run, Standard, State, Task, denoise, kind, mask, measure, own_model,
    suv, thinning, view, worker_reports,
};

/// Changes the state and says what is to be done outside it.
#[must_use]
pub fn reduce(state: &mut State, event: Event) -> Vec<Effect> {
    let effects = apply(state, event);
    kind::follow(state);
    effects
}

fn apply(state: &mut State, event: Event) -> Vec<Effect> {
    match event {
        Event::Files(names) => open(state, names),
        Event::Select(series) => select(state, series),
        Event::SelectNext(by) => select_next(state, by),
        Event::Mask(_) | Event::MaskFromCt | Event::EstimateMask | Event::SaveMask | Event::NoMask => {
            mask::change(state, event)
        }
        Event::Labels(name) => {
            state.alert = None;
            // What was said of the map before says nothing of this one, which may be refused.
            state.measurement.labels = None;
            vec![Effect::PostLabels(ToWorker::Labels { name })]
        }
        Event::UseCpu => {
            state.cpu_agreed = true;
            state.engine = super::Engine::Starting;
            vec![Effect::Post(ToWorker::UseCpu)]
        }
        Event::Dose(dose) => {
            state.dose = dose.filter(|dose| (0.0..=1.0).contains(dose) && *dose > 0.0);
            Vec::new()
        }
        Event::Enhance if state.task == Task::Enhance => enhance(state),
        Event::Enhance => denoise::change(state, DenoiseEvent::Start),
        // A sample goes on while another task is looked at.
        Event::Cancel if state.run.is_none() && (state.task != Task::Enhance || state.denoising.is_running()) => {
            denoise::change(state, DenoiseEvent::Stop)
        }
        Event::Cancel => match &mut state.run {
            Some(run) if !run.cancelling => {
                run.cancelling = true;
                let await_end = (!run.keeps).then_some(Effect::AwaitCancel);
                std::iter::once(Effect::Post(ToWorker::Cancel)).chain(await_end).collect()
            }
            _ => Vec::new(),
        },
        Event::CancelOverdue => match &state.run {
            Some(run) if run.cancelling => {
                // For the user the run is over; the GPU may be given the time to finish the step it is in, since a new
                // worker would have to be prepared anew.
                state.run = None;
                state.letting_go = true;
                vec![Effect::AwaitLettingGo]
            }
            _ => Vec::new(),
        },
        Event::LettingGoOverdue if state.letting_go => restart(state),
        Event::LettingGoOverdue => Vec::new(),
        Event::Export(format) => export(state, format, Part::Image),
        Event::ExportSpread => export(state, Format::Nifti, Part::Spread),
        Event::SaveManifest => match (&state.result, &state.study) {
            (Some(result), Some(_)) => {
                vec![Effect::Save {
                    name: "darkroom-run.json".to_owned(),
                    bytes: result.provenance.clone().into_bytes(),
                }]
            }
            _ => Vec::new(),
        },
        Event::DismissAlert => {
            state.alert = None;
            Vec::new()
        }
        Event::Measure(event) => measure::change(state, event),
        Event::Denoise(event) => denoise::change(state, event),
        Event::Suv(event) => suv::change(state, event),
        Event::Thin(event) => thinning::change(state, event),
        Event::Own(event) => own_model::change(state, event),
        Event::View(event) => {
            view::change(state, event);
            Vec::new()
        }
        Event::Worker(report, payload) => worker_reports::hear(state, report, payload),
        Event::Trouble(alert) => {
            state.alert = Some(alert);
            Vec::new()
        }
    }
}

fn open(state: &mut State, names: Vec<String>) -> Vec<Effect> {
    if state.run.is_some() || state.denoising.is_running() {
        state.alert = Some(Alert::new(
            "A run is going on, so the files were not opened.",
            "Cancel it (Esc) or wait, then drop the files again.",
        ));
        return Vec::new();
    }
    if names.is_empty() {
        state.alert = Some(Alert::new(
            "There was no file in what you dropped.",
            "Drop the DICOM files, their folder, a zip of them, or a NIfTI file.",
        ));
        return Vec::new();
    }
    state.alert = None;
    state.opening = Some(if names.len() == 1 { names[0].clone() } else { format!("{} files", names.len()) });
    state.offered.clone_from(&names);
    vec![Effect::PostOffered(ToWorker::Open { names })]
}

/// Opens a series of the list, unless it is refused, open already, or something is under way.
pub(super) fn select(state: &mut State, series: usize) -> Vec<Effect> {
    let usable = state.series.get(series).filter(|info| info.verdict == darkroom_imaging::Verdict::Usable);
    let open = state.study.as_ref().is_some_and(|study| study.series == series) && state.selected == Some(series);
    let Some(info) = usable else { return Vec::new() };
    if open || state.run.is_some() || state.denoising.is_running() || state.opening.is_some() {
        return Vec::new();
    }
    state.opening = Some(info.title.clone());
    state.selected = Some(series);
    state.alert = None;
    vec![Effect::Post(suv::select(state, series))]
}

/// Opens the next usable series in a direction, if there is one.
fn select_next(state: &mut State, by: i32) -> Vec<Effect> {
    let from = state.selected.map_or(-1, |at| at as i64);
    let mut at = from + i64::from(by.signum());
    while let Some(info) = usize::try_from(at).ok().and_then(|at| state.series.get(at)) {
        if info.verdict == darkroom_imaging::Verdict::Usable {
            return select(state, at as usize);
        }
        at += i64::from(by.signum());
    }
    Vec::new()
}

fn enhance(state: &mut State) -> Vec<Effect> {
    if !state.can_enhance() {
        return Vec::new();
    }
    state.alert = None;
    state.run = Some(Run { stage: "Preparing".to_owned(), ..Run::default() });
    vec![Effect::Post(ToWorker::Enhance { dose: state.dose })]
}

/// Has a part of the result written. The file gets name and headers of the series that the worker holds, so not while
/// that is becoming another.
fn export(state: &mut State, format: Format, part: Part) -> Vec<Effect> {
    let Some(result) = &state.result else { return Vec::new() };
    let volume = match part {
        Part::Image => Some(&result.volume),
        Part::Spread => result.spread.as_ref().map(|spread| &spread.volume),
    };
    let Some(volume) = volume else { return Vec::new() };
    if state.opening.is_some() {
        state.alert = Some(Alert::new(
            "Another image is being opened, so this result was not saved.",
            "Open its series again and repeat the run to save it.",
        ));
        return Vec::new();
    }
    let message = ToWorker::Export { format, part, provenance: result.provenance.clone() };
    vec![Effect::PostValues(message, volume.clone())]
}

/// A new worker that gets back what the old one had.
pub(super) fn restart(state: &mut State) -> Vec<Effect> {
    state.run = None;
    state.letting_go = false;
    state.opening = None;
    state.entering = None;
    state.seeking_mask = None;
    state.engine = super::Engine::Starting;
    let mut effects = vec![Effect::Restart];
    if state.cpu_agreed {
        effects.push(Effect::Post(ToWorker::UseCpu));
    }
    effects.extend(denoise::restarted(state));
    // The new worker has the model that the page came with; one's own is given to it again.
    state.offer = None;
    if let Some(network) = state.network.take() {
        effects.push(Effect::PostKeptNetwork(ToWorker::Network { name: network.report.file }));
        effects.extend(network.own.map(|own| Effect::Post(ToWorker::UseNetwork { own })));
    }
    if let Some(study) = &state.study {
        state.reopening = true;
        effects.push(Effect::PostKept(ToWorker::Open { names: state.files.clone() }));
        effects.push(Effect::Post(suv::select(state, study.series)));
        if let Some(Standard { thinning, .. }) = &study.standard {
            effects.push(Effect::Post(ToWorker::Thin { share: thinning.share, seed: thinning.seed }));
        }
        effects.extend(mask::again(state));
    }
    effects
}

/// The values a report must have carried.
pub(super) fn values(payload: Payload) -> Option<Vec<f32>> {
    match payload {
        Payload::Values(values) => Some(values),
        Payload::None | Payload::Bytes(_) => None,
    }
}

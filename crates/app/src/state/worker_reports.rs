//! What the page makes of the worker's reports.

use darkroom_imaging::suv::Record;
use darkroom_imaging::{SeriesInfo, Unit, Verdict, Volume};
use darkroom_messages::{FromWorker, Header, ToWorker};

use super::reduce::{restart, select, values};
use super::{Alert, Effect, Engine, Kind, Offer, Outcome, Payload, Run, Shared, State, Study, View};
use super::{denoise, mask, measure, own_model, suv, thinning};

/// After so many falls in a row the worker is not started again.
const MOST_FALLS: usize = 2;
/// Most characters kept of a fallen worker's last words.
const LONGEST_DETAIL: usize = 400;

/// Changes the state by one report.
pub(super) fn hear(state: &mut State, report: FromWorker, payload: Payload) -> Vec<Effect> {
    match report {
        FromWorker::Model(model) => {
            state.model = Some(model);
        }
        FromWorker::NetworkRead { report, own, in_use } => {
            return own_model::read(state, Offer { report, own }, in_use);
        }
        FromWorker::PackageFound => {
            state.opening = None;
            state.offer = None;
            let name = state.offered.first().cloned().unwrap_or_default();
            return vec![Effect::KeepOfferedNetwork, Effect::PostNetwork(ToWorker::Network { name })];
        }
        FromWorker::Ready(backend) => {
            state.engine = Engine::Ready(backend);
            state.falls = 0;
        }
        FromWorker::NoGpu { what, next } => {
            // With the user's consent given, the CPU is being prepared already.
            if !state.cpu_agreed {
                state.engine = Engine::NoGpu { what, next };
            }
        }
        FromWorker::Broken { what, next } => {
            state.engine = Engine::Broken { what: what.clone(), next: next.clone() };
            state.alert = Some(Alert::new(what, next));
        }
        FromWorker::Found { series } => return found(state, series),
        FromWorker::Opened { series, header, info, suv } => opened(state, (series, *info), (header, suv), payload),
        FromWorker::MaskRead { source, regions, tissues, note } => {
            mask::read(state, (source, regions), tissues, note, payload);
        }
        FromWorker::Labels { name, note } => measure::labels(state, &name, note, payload),
        FromWorker::Thinned(thinning) => thinning::thinned(state, thinning, payload),
        FromWorker::Progress { stage, done, seconds_left, tile, tiles } => {
            if let Some(run) = &mut state.run {
                *run = Run { stage, done, seconds_left, tile, tiles, ..*run };
            }
        }
        FromWorker::Denoise(report) => return denoise::hear(state, report, payload),
        FromWorker::Enhanced { provenance, unit, dose, estimated, comparison, notes, seconds, unfinished } => {
            state.letting_go = false;
            // Cancelled too late: the user does not want it any more, unless it is what the cancelled run had.
            let run = state.run.take();
            if run.is_none() && !unfinished {
                return Vec::new();
            }
            // Enhanced values stay in the input's unit; a model that translates may have its own.
            let enhances = run.is_some_and(|run| !run.keeps);
            if let Some(study) = state.study.as_ref().filter(|study| enhances && study.volume.unit != unit) {
                state.alert = Some(other_unit(&study.volume.unit, &unit));
                return Vec::new();
            }
            if enhances {
                mask::ran(state, &provenance);
            }
            let volume = state.study.as_ref().and_then(|study| study.volume.with_data(values(payload)?).ok());
            match volume {
                Some(volume) => {
                    let volume = Volume { unit, ..volume }.into();
                    let (spread, comparison) = (None, comparison.map(|comparison| *comparison));
                    state.view.spread = false;
                    state.result =
                        Some(Outcome { volume, spread, provenance, dose, estimated, comparison, notes, seconds });
                    state.view.swipe = 0.5;
                    measure::again(state);
                    thinning::again(state);
                }
                None => state.alert = Some(mismatch()),
            }
        }
        FromWorker::Cancelled => {
            state.run = None;
            state.letting_go = false;
        }
        FromWorker::File { name, note } => {
            if let Payload::Bytes(bytes) = payload {
                if let (Some(note), Some(result)) = (note, &mut state.result) {
                    // A file saved twice says the same again.
                    result.notes.retain(|told| *told != note);
                    result.notes.push(note);
                }
                return vec![Effect::Save { name, bytes }];
            }
            state.alert = Some(mismatch());
        }
        FromWorker::Refused { what, next } => refused(state, what, next),
        FromWorker::Stopped { what } => return fell(state, &what),
        FromWorker::Requests { .. } => {}
    }
    Vec::new()
}

fn found(state: &mut State, series: Vec<SeriesInfo>) -> Vec<Effect> {
    if state.reopening {
        return Vec::new();
    }
    state.opening = None;
    state.selected = None;
    thinning::forget_dose(state);
    state.study = None;
    state.result = None;
    state.mask = None;
    state.entered.clear();
    state.series = series;
    state.files = std::mem::take(&mut state.offered);
    let mut effects = vec![Effect::KeepOffered];
    let usable = |info: &SeriesInfo| info.verdict == Verdict::Usable;
    // A PET beside its CT is what a study holds: what the model is for comes first.
    let meant = state.takes().unwrap_or_default();
    let fitting = state.series.iter().position(|info| usable(info) && Kind::of(&info.modality) == meant);
    match fitting.or_else(|| state.series.iter().position(usable)) {
        Some(first) => effects.extend(select(state, first)),
        None => {
            state.alert = Some(match state.series.as_slice() {
                [SeriesInfo { verdict: Verdict::Refused { what, next }, .. }] => Alert::new(what, next),
                [] => Alert::new(
                    "No image was found in these files.",
                    "Drop a series as DICOM files, a folder or a zip, or a NIfTI file (.nii, .nii.gz).",
                ),
                _ => Alert::new(
                    "None of the series found can be used.",
                    "The list says why for each; drop another series or press Sample.",
                ),
            });
        }
    }
    effects
}

fn opened(
    state: &mut State,
    (series, info): (usize, SeriesInfo),
    (header, record): (Header, Option<Box<Record>>),
    payload: Payload,
) {
    state.opening = None;
    if std::mem::take(&mut state.reopening) {
        return;
    }
    suv::opened(state, series);
    thinning::forget_dose(state);
    let Header { dims, affine, unit } = header;
    let volume = values(payload).and_then(|values| Volume::new(dims, values, affine, unit).ok());
    let (Some(volume), Some(listed)) = (volume, state.series.get_mut(series)) else {
        state.alert = Some(mismatch());
        return;
    };
    *listed = info.clone();
    denoise::opened(state);
    let volume = Shared::from(volume);
    // Regions are voxels: they hold for the same series scaled anew, and for no other.
    let same = state.study.as_ref().is_some_and(|study| study.series == series && study.volume.dims == volume.dims);
    if !same {
        state.measurement.regions.clear();
        state.measurement.labels = None;
    }
    state.result = None;
    state.mask = None;
    state.seeking_mask = None;
    state.selected = Some(series);
    state.study = Some(Study {
        series,
        dicom: info.format.eq_ignore_ascii_case("dicom"),
        title: info.title,
        volume: volume.clone(),
        suv: record,
        standard: None,
    });
    state.view = View::of(&volume, state.kind());
    measure::again(state);
}

fn refused(state: &mut State, what: String, next: String) {
    denoise::refused(state);
    state.seeking_mask = None;
    state.alert = Some(Alert::new(what, next));
    state.run = None;
    state.letting_go = false;
    state.reopening = false;
    state.entering = None;
    if state.opening.take().is_some() {
        state.selected = state.study.as_ref().map(|study| study.series);
    }
}

/// The worker is gone: another takes its place, unless it keeps falling.
fn fell(state: &mut State, what: &str) -> Vec<Effect> {
    state.falls += 1;
    let detail = Some(what.chars().take(LONGEST_DETAIL).collect());
    if state.falls > MOST_FALLS {
        let what = "The engine keeps stopping because of an error in Darkroom itself.".to_owned();
        let next = "Reload the page; if it happens again, try another browser or a smaller volume.".to_owned();
        state.engine = Engine::Broken { what: what.clone(), next: next.clone() };
        state.alert = Some(Alert { what, next, detail });
        state.run = None;
        state.opening = None;
        return Vec::new();
    }
    // Files that brought the worker down must not do so again.
    if state.opening.is_some() || state.reopening {
        thinning::forget_dose(state);
        state.study = None;
        state.result = None;
        state.series.clear();
        state.entered.clear();
        state.selected = None;
        state.reopening = false;
    }
    let what = "The engine stopped because of an error in Darkroom itself, and was started again.";
    let next = "Try once more; if it stops again, use a smaller volume or reload the page.";
    state.alert = Some(Alert { detail, ..Alert::new(what, next) });
    restart(state)
}

/// Two images in different units are not put beside each other.
fn other_unit(input: &Unit, result: &Unit) -> Alert {
    let [input, result] = [input, result].map(|unit| Some(unit.label()).filter(|label| !label.is_empty()));
    let (input, result) = (input.unwrap_or("no known unit"), result.unwrap_or("no known unit"));
    Alert::new(
        format!("The result is in {result} and the image shown in {input}, so the result was not taken."),
        "Choose the series again in the list, check what was entered for its SUV, and repeat the run.",
    )
}

pub(super) fn mismatch() -> Alert {
    Alert::new(
        "The engine's answer did not fit the open series.",
        "Open the series again; if it happens again, reload the page.",
    )
}

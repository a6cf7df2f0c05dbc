//! The regions that the network is told: where they come from, and how they are shown.

use std::sync::Arc;

use darkroom_imaging::orientation::Plane;
use darkroom_imaging::overlay::{LabelSlice, slice_labels};
use darkroom_imaging::{LabelMap, Verdict};
use darkroom_messages::{MaskSource, ToWorker};

use super::worker_reports::mismatch;
use super::{Effect, Event, Payload, State};

/// Labels shared without copying. Two are equal when they are the same ones, so that asking costs nothing.
#[derive(Clone, Debug)]
pub struct SharedLabels(Arc<LabelMap>);

impl PartialEq for SharedLabels {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// A label map in use.
#[derive(Clone, Debug, PartialEq)]
pub struct Mask {
    /// Where it comes from.
    pub source: MaskSource,
    /// How many regions it holds.
    pub regions: usize,
    /// The tissues of the model that it holds: label and name.
    pub tissues: Vec<(u8, String)>,
    /// What a user should know of it.
    pub note: Option<String>,
    /// Whether the last run did not use it.
    pub dropped: bool,
    labels: SharedLabels,
}

/// Changes the state by one event about the mask.
pub(super) fn change(state: &mut State, event: Event) -> Vec<Effect> {
    match event {
        Event::Mask(names) if state.study.is_some() => {
            let message = ToWorker::Mask { names: names.clone() };
            seek(state, MaskSource::Files { names, ct: false });
            vec![Effect::PostMask(message)]
        }
        Event::MaskFromCt if state.seeking_mask.is_none() => {
            let Some(series) = state.ct_beside() else { return Vec::new() };
            seek(state, MaskSource::Series { series });
            vec![Effect::Post(ToWorker::MaskFromSeries { series })]
        }
        Event::EstimateMask if state.can_enhance() => {
            seek(state, MaskSource::Estimated);
            vec![Effect::Post(ToWorker::EstimateMask)]
        }
        Event::SaveMask => state.mask.iter().map(|_| Effect::Post(ToWorker::SaveMask)).collect(),
        Event::NoMask => {
            state.mask = None;
            vec![Effect::Post(ToWorker::NoMask)]
        }
        _ => Vec::new(),
    }
}

fn seek(state: &mut State, source: MaskSource) {
    state.alert = None;
    state.seeking_mask = Some(source);
}

/// Takes the labels that the worker read, found or estimated.
pub(super) fn read(
    state: &mut State,
    (source, regions): (MaskSource, usize),
    tissues: Vec<String>,
    note: Option<String>,
    payload: Payload,
) {
    state.seeking_mask = None;
    let dims = state.study.as_ref().map(|study| study.volume.dims);
    let (Some(dims), Payload::Bytes(labels)) = (dims, payload) else {
        state.alert = Some(mismatch());
        return;
    };
    if labels.len() != dims.iter().product::<usize>() {
        state.alert = Some(mismatch());
        return;
    }
    let labels = LabelMap { dims, labels };
    let held = labels.present();
    let tissues = (1..=u8::MAX).zip(tissues).filter(|(label, _)| held.contains(label)).collect();
    let labels = SharedLabels(Arc::new(labels));
    // A mask is there to be looked at first; one that a new worker got again stays as it was shown.
    state.view.tissues |= state.mask.is_none();
    state.mask = Some(Mask { source, regions, tissues, note, dropped: false, labels });
}

/// An enhancement says whether it used the mask: one that does not fit is not, and must not be taken for in use.
pub(super) fn ran(state: &mut State, provenance: &str) {
    let Some(mask) = &mut state.mask else { return };
    let record = serde_json::from_str::<serde_json::Value>(provenance).ok();
    mask.dropped = record.is_some_and(|record| record["mask"] == false);
}

/// What a new worker is to be told so that it has the mask again. One that was estimated is gone: the new worker cannot
/// estimate it before it is ready.
pub(super) fn again(state: &mut State) -> Option<Effect> {
    match state.mask.as_ref()?.source.clone() {
        MaskSource::Files { names, .. } => Some(Effect::PostMask(ToWorker::Mask { names })),
        MaskSource::Series { series } => Some(Effect::Post(ToWorker::MaskFromSeries { series })),
        MaskSource::Estimated => {
            state.mask = None;
            None
        }
    }
}

impl State {
    /// The CT of the list that lies in the space of the open series; `None` where there is none, or more than one.
    #[must_use]
    pub fn ct_beside(&self) -> Option<usize> {
        let open = self.study.as_ref()?.series;
        let frame = &self.series.get(open)?.frame;
        let mut found = self.series.iter().enumerate().filter(|(at, info)| {
            *at != open && info.modality == "CT" && info.verdict == Verdict::Usable && info.frame == *frame
        });
        let (at, _) = found.next().filter(|_| !frame.is_empty())?;
        found.next().is_none().then_some(at)
    }

    /// Where the mask in use comes from, in words.
    #[must_use]
    pub fn mask_words(&self) -> Option<String> {
        let Mask { source, regions, dropped, .. } = self.mask.as_ref()?;
        let from = match source {
            MaskSource::Files { names, ct } => {
                let files = match names.as_slice() {
                    [name] => name.clone(),
                    names => format!("{} files", names.len()),
                };
                if *ct { format!("found in the CT {files}") } else { files }
            }
            MaskSource::Series { series } => {
                let title = self.series.get(*series).map_or("", |info| info.title.as_str());
                format!("found in the CT \u{201c}{title}\u{201d}")
            }
            MaskSource::Estimated => "estimated from the image".to_owned(),
        };
        let dropped = if *dropped { ", not used by the last run" } else { "" };
        Some(format!("{from} ({regions}){dropped}"))
    }

    /// The tissues of the mask in a slice, where they are to be shown.
    pub(super) fn tissues_in(&self, plane: Plane, slice: usize) -> Option<LabelSlice> {
        let mask = self.mask.as_ref().filter(|_| self.view.tissues)?;
        let affine = &self.study.as_ref()?.volume.affine;
        let known = mask.tissues.last().map_or(0, |(label, _)| *label);
        Some(slice_labels(&mask.labels.0, affine, plane, slice, known))
    }
}

//! Masks: sought, taken, shown, given to a new worker again.

use darkroom_imaging::SeriesInfo;
use darkroom_imaging::orientation::Plane;
use darkroom_messages::{FromWorker, MaskSource, ToWorker};

use super::super::{Effect, Event, Payload, State, ViewEvent, reduce, scene};
use super::{DIMS, enhanced, hear, info, mask_read, opened, values};

fn files(ct: bool) -> MaskSource {
    MaskSource::Files { names: vec!["a.nii".to_owned()], ct }
}

fn fallen(state: &mut State) -> Vec<Effect> {
    hear(state, FromWorker::Stopped { what: "panic".to_owned() }, Payload::None)
}

#[test]
fn a_mask_can_be_estimated_and_saved_and_is_not_carried_into_a_new_worker() {
    let mut state = opened();
    assert_eq!(reduce(&mut state, Event::EstimateMask), [Effect::Post(ToWorker::EstimateMask)]);
    assert!(state.seeking_mask == Some(MaskSource::Estimated) && !state.can_enhance());
    assert_eq!(reduce(&mut state, Event::EstimateMask), [], "one at a time");
    mask_read(&mut state, MaskSource::Estimated);
    assert_eq!(state.mask_words().as_deref(), Some("estimated from the image (2)"));
    assert!(state.can_enhance());
    assert_eq!(reduce(&mut state, Event::SaveMask), [Effect::Post(ToWorker::SaveMask)]);
    let effects = fallen(&mut state);
    assert!(effects.contains(&Effect::Restart) && !effects.iter().any(|effect| matches!(effect, Effect::PostMask(_))));
    assert_eq!(state.mask, None);
}

#[test]
fn a_mask_that_cannot_be_estimated_leaves_the_page_as_it_was() {
    let mut state = opened();
    let _ = reduce(&mut state, Event::EstimateMask);
    let refused = FromWorker::Refused { what: "No.".to_owned(), next: "Draw one.".to_owned() };
    hear(&mut state, refused, Payload::None);
    assert!(state.can_enhance() && state.mask.is_none() && state.alert.is_some());
    assert_eq!(reduce(&mut state, Event::SaveMask), []);
}

#[test]
fn a_mask_from_files_or_from_the_ct_is_found_anew_by_a_new_worker() {
    let mut state = opened();
    let names = vec!["a.nii".to_owned()];
    let wanted = Effect::PostMask(ToWorker::Mask { names: names.clone() });
    assert!(reduce(&mut state, Event::Mask(names)).contains(&wanted));
    assert!(!state.can_enhance());
    mask_read(&mut state, files(true));
    assert_eq!(state.mask_words().as_deref(), Some("found in the CT a.nii (2)"));
    assert!(fallen(&mut state).contains(&wanted) && state.mask.is_some());
    let mut state = opened();
    mask_read(&mut state, MaskSource::Series { series: 0 });
    assert!(fallen(&mut state).contains(&Effect::Post(ToWorker::MaskFromSeries { series: 0 })));
}

#[test]
fn the_ct_of_the_same_space_is_offered_and_no_other() {
    let mut state = opened();
    let open = state.study.as_ref().map_or(0, |study| study.series);
    state.series[open].frame = "1.2".to_owned();
    let ct = |frame: &str| SeriesInfo { modality: "CT".to_owned(), frame: frame.to_owned(), ..info("CT", true) };
    state.series.push(ct("1.3"));
    assert_eq!((state.ct_beside(), reduce(&mut state, Event::MaskFromCt)), (None, vec![]));
    state.series.push(ct("1.2"));
    let series = state.series.len() - 1;
    assert_eq!(state.ct_beside(), Some(series));
    assert_eq!(reduce(&mut state, Event::MaskFromCt), [Effect::Post(ToWorker::MaskFromSeries { series })]);
    mask_read(&mut state, MaskSource::Series { series });
    assert_eq!(state.mask_words().as_deref(), Some("found in the CT \u{201c}CT\u{201d} (2)"));
    state.series.push(ct("1.2"));
    assert_eq!(state.ct_beside(), None, "of two, nobody knows which");
    for info in &mut state.series {
        info.frame.clear();
    }
    assert_eq!(state.ct_beside(), None, "files that do not say may lie anywhere");
}

#[test]
fn tissues_lie_over_the_images_until_they_are_hidden() {
    let mut state = opened();
    let drawn = |state: &State| scene(state, Plane::Axial, false).and_then(|scene| scene.tissues);
    assert_eq!(drawn(&state), None);
    mask_read(&mut state, files(false));
    assert_eq!(state.mask.as_ref().map(|mask| mask.tissues.clone()), Some(vec![(2, "liver".to_owned())]));
    let colours = [[1; 3]; 8];
    let tinted =
        drawn(&state).map(|slice| slice.tinted(&colours).rgba.chunks_exact(4).filter(|rgba| rgba[3] > 0).count());
    assert_eq!(tinted, Some(DIMS[0] * DIMS[1]), "all of the slice is liver");
    assert_eq!(scene(&state, Plane::Axial, true).and_then(|scene| scene.tissues), None);
    let _ = reduce(&mut state, Event::View(ViewEvent::ToggleTissues));
    assert_eq!(drawn(&state), None);
    // A mask that a new worker got again stays hidden, another one is shown.
    mask_read(&mut state, files(false));
    assert_eq!(drawn(&state), None);
    let _ = reduce(&mut state, Event::NoMask);
    mask_read(&mut state, files(false));
    assert!(drawn(&state).is_some());
}

#[test]
fn a_mask_that_a_run_did_not_use_is_not_named_as_in_use() {
    for (used, words) in [(true, "a.nii (2)"), (false, "a.nii (2), not used by the last run")] {
        let mut state = opened();
        mask_read(&mut state, files(false));
        let _ = reduce(&mut state, Event::Enhance);
        let FromWorker::Enhanced { unit, dose, estimated, comparison, notes, seconds, unfinished, .. } = enhanced()
        else {
            panic!("a result")
        };
        let provenance = format!(r#"{{"model":"pet-enhance","mask":{used}}}"#);
        let report = FromWorker::Enhanced { provenance, unit, dose, estimated, comparison, notes, seconds, unfinished };
        hear(&mut state, report, values(0.02));
        assert_eq!(state.mask_words().as_deref(), Some(words));
    }
}

#[test]
fn labels_that_are_not_the_images_are_refused() {
    let mut state = opened();
    let read = FromWorker::MaskRead { source: files(false), regions: 1, tissues: Vec::new(), note: None };
    hear(&mut state, read, Payload::Bytes(vec![1; 7]));
    assert!(state.mask.is_none() && state.alert.is_some());
}

//! What waits while a series is being read.

use super::*;

/// A page with a result, and another series that is being read.
fn opening_another() -> State {
    let mut state = running();
    hear(&mut state, enhanced(), values(0.02));
    let spread = |result: &Outcome| Some(Spread { volume: result.volume.clone(), top: 1.0 });
    state.result = state.result.map(|result| Outcome { spread: spread(&result), ..result });
    state.series.push(info("Other", true));
    assert_eq!(reduce(&mut state, Event::Select(2)), [Effect::Post(ToWorker::Select { series: 2 })]);
    state
}

#[test]
fn nothing_is_saved_under_the_name_of_a_series_that_is_still_being_read() {
    let mut state = opening_another();
    for event in [Event::Export(Format::Nifti), Event::Export(Format::Dicom), Event::ExportSpread] {
        state.alert = None;
        assert_eq!(reduce(&mut state, event.clone()), [], "{event:?}");
        assert!(state.alert.is_some(), "{event:?} is refused aloud");
    }
    hear(&mut state, FromWorker::Refused { what: "No.".into(), next: "Else.".into() }, Payload::None);
    assert_eq!(reduce(&mut state, Event::Export(Format::Nifti)).len(), 1, "what was open stays open");
}

#[test]
fn nothing_runs_while_a_series_is_still_being_read() {
    let mut state = opening_another();
    assert_eq!(reduce(&mut state, Event::Enhance), []);
    assert_eq!(reduce(&mut state, Event::EstimateMask), []);
    assert!(start_hint(&state).contains("being opened"), "{}", start_hint(&state));
    hear(&mut state, reopened(2), values(0.01));
    assert!(state.can_enhance() && state.result.is_none());
}

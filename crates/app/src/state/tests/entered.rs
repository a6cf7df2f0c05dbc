//! What was entered for SUV: kept for its series, given to a new worker again.

use darkroom_imaging::roi::Region;
use darkroom_imaging::suv::Entered;

use super::*;

/// A page with a PET that lacks something for its SUV, and another series beside it.
fn without_weight() -> State {
    let mut state = opened();
    state.series.push(info("Other", true));
    hear(&mut state, pet(1), values(0.01));
    state
}

fn pet(series: usize) -> FromWorker {
    let suv = Some(Box::new(Record::default()));
    FromWorker::Opened { series, header: header(), info: Box::new(info("PET", true)), suv }
}

fn enter(state: &mut State, field: Field, text: &str) -> Vec<Effect> {
    reduce(state, Event::Suv(SuvEvent::Set(field, text.to_owned())))
}

fn weight() -> Entered {
    Entered { weight_kg: Some(71.0), ..Entered::default() }
}

fn asked(entered: Entered) -> [Effect; 1] {
    [Effect::Post(ToWorker::Enter { series: 1, entered: Box::new(entered) })]
}

/// The weight is entered, then another series is looked at.
fn looked_away() -> State {
    let mut state = without_weight();
    assert_eq!(enter(&mut state, Field::Weight, "71"), asked(weight()));
    hear(&mut state, pet(1), values(0.01));
    assert_eq!(reduce(&mut state, Event::Select(2)), [Effect::Post(ToWorker::Select { series: 2 })]);
    hear(&mut state, reopened(2), values(0.01));
    state
}

#[test]
fn what_was_entered_stays_with_its_series_while_another_is_looked_at() {
    let mut state = looked_away();
    assert_eq!(reduce(&mut state, Event::Select(1)), asked(weight()));
    hear(&mut state, pet(1), values(0.01));
    let both = Entered { dose_mbq: Some(350.0), ..weight() };
    assert_eq!(enter(&mut state, Field::Dose, "350"), asked(both), "the weight is not forgotten");
}

#[test]
fn a_new_worker_is_told_what_was_entered() {
    let mut state = looked_away();
    let _ = reduce(&mut state, Event::Select(1));
    hear(&mut state, pet(1), values(0.01));
    let effects = hear_stopped(&mut state);
    assert!(effects.contains(&asked(weight())[0]), "{effects:?}");

    // Also of a series that is not open while the worker falls, once it is chosen.
    let mut state = looked_away();
    let effects = hear_stopped(&mut state);
    assert!(effects.contains(&Effect::Post(ToWorker::Select { series: 2 })), "{effects:?}");
    hear(&mut state, reopened(2), values(0.01));
    assert_eq!(reduce(&mut state, Event::Select(1)), asked(weight()));
}

#[test]
fn values_that_are_refused_or_of_other_files_do_not_hold() {
    let mut state = without_weight();
    let _ = enter(&mut state, Field::Weight, "71");
    hear(&mut state, FromWorker::Refused { what: "No.".into(), next: "Else.".into() }, Payload::None);
    let dose = Entered { dose_mbq: Some(350.0), ..Entered::default() };
    assert_eq!((state.entered.len(), state.entering.clone()), (0, None));
    assert_eq!(enter(&mut state, Field::Dose, "350"), asked(dose));

    let mut state = looked_away();
    let series = state.series.clone();
    hear(&mut state, FromWorker::Found { series }, Payload::None);
    assert!(state.entered.is_empty());
}

#[test]
fn regions_stay_when_their_series_is_scaled_anew() {
    let mut state = without_weight();
    measure(&mut state, MeasureEvent::Sphere);
    let mean = |state: &State| state.measurement.regions.first().map(|measured| measured.numbers.input.mean);
    let before = mean(&state).unwrap();
    let _ = enter(&mut state, Field::Weight, "71");
    hear(&mut state, pet(1), values(0.02));
    assert!(mean(&state).is_some_and(|after| (after - 2.0 * before).abs() < 1e-6), "{:?}", mean(&state));
    let _ = reduce(&mut state, Event::Select(2));
    hear(&mut state, reopened(2), values(0.01));
    assert_eq!(mean(&state), None, "another series has other voxels");
}

#[test]
fn a_result_in_another_unit_is_refused() {
    let mut state = running();
    let report = match enhanced() {
        FromWorker::Enhanced { provenance, dose, estimated, comparison, notes, seconds, unfinished, .. } => {
            let unit = Unit::BecquerelPerMl;
            FromWorker::Enhanced { provenance, unit, dose, estimated, comparison, notes, seconds, unfinished }
        }
        other => other,
    };
    hear(&mut state, report, values(9000.0));
    assert!(state.result.is_none() && state.run.is_none());
    assert!(state.alert.is_some_and(|alert| alert.what.contains("Bq/ml") && alert.what.contains("SUV")));
}

#[test]
fn regions_that_cannot_be_measured_again_are_told() {
    let mut state = opened();
    measure(&mut state, MeasureEvent::Sphere);
    measure(&mut state, MeasureEvent::Sphere);
    state.measurement.regions[0].region = Region { name: "far away".to_owned(), voxels: vec![9999] };
    typed(&mut state, MeasureField::Limit, "10");
    assert_eq!(state.measurement.regions.len(), 1);
    assert!(state.alert.is_some_and(|alert| alert.what.starts_with("1 of 2 regions")));
}

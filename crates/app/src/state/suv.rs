//! Values for SUV that the user enters where the files are silent.

use darkroom_imaging::suv::{Entered, Field};
use darkroom_messages::ToWorker;

use super::{Alert, Effect, State};

/// Something the user did about SUV.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SuvEvent {
    /// A value was typed into a field.
    Set(Field, String),
    /// Entered values are not wanted any more.
    Clear,
}

/// Changes the state by one event: the series is scaled anew, and opened again.
pub(super) fn change(state: &mut State, event: SuvEvent) -> Vec<Effect> {
    let series = state.study.as_ref().filter(|study| study.suv.is_some()).map(|study| study.series);
    let Some(series) = series.filter(|_| state.run.is_none() && state.opening.is_none()) else { return Vec::new() };
    let mut entered = state.entered.get(&series).cloned().unwrap_or_default();
    match event {
        SuvEvent::Clear => entered = Entered::default(),
        SuvEvent::Set(field, text) => {
            if let Err(how) = entered.set(field, &text) {
                let what = format!("\u{201c}{}\u{201d} was not understood: {how}.", field.label());
                state.alert = Some(Alert::new(what, format!("Enter it as in: {}.", field.example())));
                return Vec::new();
            }
        }
    }
    state.alert = None;
    state.entering = Some(entered.clone());
    state.opening = Some("the series with what you entered".to_owned());
    vec![Effect::Post(ToWorker::Enter { series, entered: Box::new(entered) })]
}

/// The worker has opened a series: what it was asked to scale it with holds from now on.
pub(super) fn opened(state: &mut State, series: usize) {
    match state.entering.take() {
        Some(entered) if entered.is_empty() => {
            state.entered.remove(&series);
        }
        Some(entered) => {
            state.entered.insert(series, entered);
        }
        None => {}
    }
}

/// What the worker is told to open a series with what was entered for it. A new worker knows of nothing that was entered.
pub(super) fn select(state: &State, series: usize) -> ToWorker {
    match state.entered.get(&series) {
        Some(entered) => ToWorker::Enter { series, entered: Box::new(entered.clone()) },
        None => ToWorker::Select { series },
    }
}

#[cfg(test)]
mod tests {
    use darkroom_imaging::suv::{Missing, Record};
    use darkroom_messages::FromWorker;

    use super::super::tests::{header, hear, info, opened, values};
    use super::super::{Event, reduce};
    use super::*;

    fn without_weight() -> State {
        let mut state = opened();
        hear(&mut state, weightless(), values(1.0));
        state
    }

    fn weightless() -> FromWorker {
        let missing = Missing { tag: String::new(), what: "no weight".to_owned(), field: Some(Field::Weight) };
        let suv = Some(Box::new(Record { missing: Some(missing), ..Record::default() }));
        FromWorker::Opened { series: 1, header: header(), info: Box::new(info("PET", true)), suv }
    }

    fn asked(entered: Entered) -> Effect {
        Effect::Post(ToWorker::Enter { series: 1, entered: Box::new(entered) })
    }

    #[test]
    fn a_value_goes_to_the_worker_with_those_before_it() {
        let mut state = without_weight();
        let set =
            |state: &mut State, field, text: &str| reduce(state, Event::Suv(SuvEvent::Set(field, text.to_owned())));
        let first = set(&mut state, Field::Weight, "71,5");
        let entered = Entered { weight_kg: Some(71.5), ..Entered::default() };
        assert_eq!(first, [asked(entered.clone())]);
        // Until the worker has answered nothing else is entered.
        assert_eq!(set(&mut state, Field::Dose, "350"), []);
        hear(&mut state, weightless(), values(1.0));
        let both = Entered { dose_mbq: Some(350.0), ..entered };
        assert_eq!(set(&mut state, Field::Dose, "350"), [asked(both)]);
        hear(&mut state, weightless(), values(1.0));
        assert_eq!(reduce(&mut state, Event::Suv(SuvEvent::Clear)), [asked(Entered::default())]);
        hear(&mut state, weightless(), values(1.0));
        assert!(state.entered.is_empty());
    }

    #[test]
    fn nonsense_is_explained_and_what_has_no_suv_has_nothing_to_enter() {
        let mut state = without_weight();
        assert_eq!(reduce(&mut state, Event::Suv(SuvEvent::Set(Field::Weight, "heavy".to_owned()))), []);
        let alert = state.alert.clone().unwrap_or_else(|| Alert::new("", ""));
        assert!(alert.what.contains("no number") && alert.next.contains("71.5"), "{alert:?}");
        let _ = reduce(&mut state, Event::Suv(SuvEvent::Set(Field::Weight, "70".to_owned())));
        state.series.push(info("Other", true));
        let other = FromWorker::Opened { series: 2, header: header(), info: Box::new(info("Other", true)), suv: None };
        hear(&mut state, other, values(1.0));
        assert_eq!(
            reduce(&mut state, Event::Suv(SuvEvent::Clear)),
            [],
            "what is no PET of DICOM files has no SUV to enter"
        );
    }
}

//! Samples that start from an image, and numbers that a model is told.

use darkroom_messages::{NumberField, Region, StartFrom, StartWish};

use super::*;

/// As [`generating`], with a model that starts from images and is told an age, and one sample made.
pub(super) fn starting() -> State {
    let mut state = State { engine: Engine::Ready(gpu()), ..State::default() };
    let age = NumberField { name: "age".to_owned(), unit: "years".to_owned(), range: [44.0, 82.0], default: 63.0 };
    let summary = Box::new(DenoiserSummary { starts: true, numbers: vec![age], ..*summary(None) });
    hear(&mut state, FromDenoiser::Ready { summary, own: true }, Payload::None);
    act(&mut state, DenoiseEvent::Start);
    stepped(&mut state, 0, STEPS, false);
    sampled(&mut state, 0, false);
    state
}

#[test]
fn a_sample_begins_from_another_where_a_region_says() {
    let mut state = starting();
    let names = |state: &State| origins(state).into_iter().map(|(choice, _)| choice).collect::<Vec<_>>();
    assert_eq!(names(&state), [OriginChoice::Noise, OriginChoice::Sample], "no series is open");
    act(&mut state, DenoiseEvent::Origin(OriginChoice::Series));
    assert_eq!(state.denoising.origin, Origin::Noise, "what is not there is not chosen");
    act(&mut state, DenoiseEvent::Origin(OriginChoice::Sample));
    assert_eq!(names(&state), [OriginChoice::Noise, OriginChoice::Kept]);
    assert!(origin_picture(&state).is_some());
    act(&mut state, DenoiseEvent::Redo(Redo::Rectangle(MIDDLE)));
    act(&mut state, DenoiseEvent::Entered(Field::Edge(0), "10".to_owned()));
    act(&mut state, DenoiseEvent::Entered(Field::Strength, "0.8".to_owned()));
    act(&mut state, DenoiseEvent::Entered(Field::Repeats, "3".to_owned()));
    let effects = act(&mut state, DenoiseEvent::Start);
    let [Effect::PostValues(ToWorker::Denoise(ToDenoiser::KeepStart { .. }), image), begin] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    assert_eq!(image.data, [10.0; 4], "the sample goes along");
    let ToDenoiser::Begin { wish, .. } = asked(std::slice::from_ref(begin)) else { panic!("{begin:?}") };
    let region = Some(Region::Rectangle([0.1, MIDDLE[1], MIDDLE[2], MIDDLE[3]]));
    let start = StartWish { from: StartFrom::Kept, slice: None, strength: Some(0.8), region, repeats: Some(3) };
    assert_eq!(wish.start, Some(Box::new(start)));
    hear(&mut state, FromDenoiser::Noted { notes: vec!["Cut.".to_owned()] }, Payload::None);
    assert_eq!(state.denoising.session.as_ref().unwrap().notes, ["Cut."]);

    // Another model starts from noise again.
    let other = Box::new(DenoiserSummary { facts: facts("other"), ..*summary(None) });
    hear(&mut state, FromDenoiser::Ready { summary: other, own: false }, Payload::None);
    assert_eq!((&state.denoising.origin, &state.denoising.start), (&Origin::Noise, &StartFields::default()));
}

#[test]
fn numbers_and_strengths_outside_their_range_are_refused_where_they_are_entered() {
    let mut state = starting();
    for (field, bad, good) in
        [(Field::Number(0), "30", "70"), (Field::Strength, "0", "0.5"), (Field::Edge(1), "101", "9")]
    {
        act(&mut state, DenoiseEvent::Entered(field, bad.to_owned()));
        assert!(state.alert.is_some(), "{field:?}");
        act(&mut state, DenoiseEvent::Entered(field, good.to_owned()));
        assert!(state.alert.is_none(), "{field:?}");
    }
    assert_eq!(state.denoising.wish.numbers.get("age"), Some(&70.0));
    act(&mut state, DenoiseEvent::Entered(Field::Number(0), String::new()));
    assert!(state.denoising.wish.numbers.is_empty(), "empty is as the card says");
}

#[test]
fn a_volume_begins_from_the_open_series_itself() {
    let mut state = super::super::super::tests::opened();
    let summary = Box::new(DenoiserSummary { starts: true, ..*summary(Some("PT")) });
    hear(&mut state, FromDenoiser::Ready { summary, own: false }, Payload::None);
    act(&mut state, DenoiseEvent::Origin(OriginChoice::Series));
    let effects = act(&mut state, DenoiseEvent::Volume);
    let ToDenoiser::Volume { wish } = asked(&effects) else { panic!("{effects:?}") };
    assert_eq!(wish.start.as_ref().map(|start| start.from), Some(StartFrom::Series));
}

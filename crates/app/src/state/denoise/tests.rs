//! Sampling as the page drives it, without a browser.

use darkroom_imaging::Unit;
use darkroom_messages::{
    Backend, DenoiserSummary, FromDenoiser, FromWorker, Header, Look, ModelFacts, ToDenoiser, ToWorker,
};

use super::super::{Effect, Engine, Event, Payload, State, reduce};
use super::*;

mod bench;
mod masks;
mod starting;

const STEPS: usize = 3;

fn header() -> Header {
    let affine = [[-1.0, 0.0, 0.0, 0.0], [0.0, -1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]];
    Header { dims: [2, 2, 1], affine, unit: Unit::Hounsfield }
}

fn values(value: f32) -> Payload {
    Payload::Values(vec![value; 4])
}

fn hear(state: &mut State, report: FromDenoiser, payload: Payload) -> Vec<Effect> {
    reduce(state, Event::Worker(FromWorker::Denoise(report), payload))
}

fn act(state: &mut State, event: DenoiseEvent) -> Vec<Effect> {
    reduce(state, Event::Denoise(event))
}

fn happen(state: &mut State, event: Event) -> Vec<Effect> {
    reduce(state, event)
}

fn asked(effects: &[Effect]) -> &ToDenoiser {
    match effects {
        [Effect::Post(ToWorker::Denoise(asked))] => asked,
        other => panic!("{other:?}"),
    }
}

fn facts(name: &str) -> ModelFacts {
    ModelFacts { name: name.to_owned(), ..ModelFacts::default() }
}

fn summary(takes: Option<&str>) -> Box<DenoiserSummary> {
    Box::new(DenoiserSummary {
        facts: facts("tiny"),
        takes: takes.map(str::to_owned),
        classes: vec!["zero".to_owned(), "one".to_owned()],
        range: Some([-1000.0, 1000.0]),
        ..DenoiserSummary::default()
    })
}

/// A page with a model that makes images of noise.
fn generating(samples: usize) -> State {
    let mut state = State { engine: Engine::Ready(gpu()), ..State::default() };
    let ready = FromDenoiser::Ready { summary: summary(None), own: true };
    assert_eq!(hear(&mut state, ready, Payload::None), [Effect::KeepDenoiser]);
    assert_eq!((state.task, state.denoising.wish.class.as_deref()), (Task::Generate, Some("zero")));
    act(&mut state, DenoiseEvent::Entered(Field::Samples, samples.to_string()));
    state
}

fn gpu() -> Backend {
    Backend { name: "GPU".to_owned(), slow: false, gpu: true, tier: String::new(), why: String::new() }
}

fn stepped(state: &mut State, sample: usize, step: usize, seen: bool) -> Vec<Effect> {
    let shown = seen.then(|| (Look::Clean, header()));
    hear(state, FromDenoiser::Stepped { sample, step, steps: STEPS, shown }, values(step as f32))
}

fn sampled(state: &mut State, sample: usize, unfinished: bool) -> Vec<Effect> {
    let record = format!("{{\"samples\":{}}}", sample + 1);
    let report = FromDenoiser::Sampled { sample, seed: sample as u32, header: header(), unfinished, record };
    hear(state, report, values(10.0 + sample as f32))
}

#[test]
fn samples_follow_each_other_until_all_are_made() {
    let mut state = generating(2);
    assert!(matches!(asked(&act(&mut state, DenoiseEvent::Start)), ToDenoiser::Begin { sample: 0, slice: None, .. }));
    assert_eq!(asked(&stepped(&mut state, 0, 0, false)), &ToDenoiser::Step { look: Some(Look::Clean) });
    for step in 1..STEPS {
        assert!(matches!(asked(&stepped(&mut state, 0, step, true)), ToDenoiser::Step { .. }));
    }
    assert_eq!(stepped(&mut state, 0, STEPS, false), [], "the sample itself follows");
    assert_eq!(state.denoising.session.as_ref().unwrap().strip.len(), 2);
    assert!(matches!(asked(&sampled(&mut state, 0, false)), ToDenoiser::Begin { sample: 1, .. }));
    assert!(state.denoising.session.as_ref().unwrap().strip.is_empty());
    stepped(&mut state, 1, STEPS, false);
    assert_eq!(sampled(&mut state, 1, false), []);
    assert!(!state.denoising.is_running() && state.denoising.gallery.len() == 2);

    // The maps are computed when they are looked at, once.
    let effects = act(&mut state, DenoiseEvent::Show(Shown::Mean));
    let [Effect::PostValues(ToWorker::Denoise(ToDenoiser::Maps { header: one }), stack)] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    assert_eq!((one.dims, stack.data.len()), ([2, 2, 1], 8));
    hear(&mut state, FromDenoiser::Maps { header: header(), samples: 2 }, Payload::Values(vec![1.0; 8]));
    assert_eq!(act(&mut state, DenoiseEvent::Show(Shown::Spread)), []);
    assert!(now_picture(&state).is_some());
    let saved = act(&mut state, DenoiseEvent::Save(Piece::Record));
    assert!(matches!(saved.as_slice(), [Effect::Save { bytes, .. }] if bytes == b"{\"samples\":2}"));
}

#[test]
fn a_run_pauses_steps_and_goes_back() {
    let mut state = generating(1);
    act(&mut state, DenoiseEvent::Start);
    stepped(&mut state, 0, 0, false);
    act(&mut state, DenoiseEvent::Pause);
    assert_eq!(stepped(&mut state, 0, 1, true), [], "paused after the step under way");
    assert!(matches!(asked(&act(&mut state, DenoiseEvent::Step)), ToDenoiser::Step { .. }));
    assert_eq!(act(&mut state, DenoiseEvent::Step), [], "one at a time");
    stepped(&mut state, 0, 2, true);
    assert!(matches!(asked(&act(&mut state, DenoiseEvent::Back)), ToDenoiser::Rewind { step: 1, .. }));
    stepped(&mut state, 0, 1, true);
    let session = state.denoising.session.as_ref().unwrap();
    assert_eq!(session.strip.iter().map(|frame| frame.step).collect::<Vec<_>>(), [1]);
    assert_eq!(asked(&act(&mut state, DenoiseEvent::Look(Look::Noise))), &ToDenoiser::Look { look: Look::Noise });
}

#[test]
fn nothing_is_computed_for_looking_unless_it_is_looked_at() {
    let mut state = generating(1);
    act(&mut state, DenoiseEvent::Watch(false));
    act(&mut state, DenoiseEvent::Start);
    assert_eq!(asked(&stepped(&mut state, 0, 0, false)), &ToDenoiser::Step { look: None });
    // A long run is looked at every so many steps only.
    act(&mut state, DenoiseEvent::Watch(true));
    let report = |step| FromDenoiser::Stepped { sample: 0, step, steps: 1000, shown: None };
    assert_eq!(asked(&hear(&mut state, report(1), Payload::None)), &ToDenoiser::Step { look: None });
    assert_eq!(asked(&hear(&mut state, report(19), Payload::None)), &ToDenoiser::Step { look: Some(Look::Clean) });
}

#[test]
fn a_sample_that_is_ended_keeps_its_prediction_and_says_so() {
    let mut state = generating(3);
    act(&mut state, DenoiseEvent::Start);
    stepped(&mut state, 0, 0, false);
    stepped(&mut state, 0, 1, true);
    assert_eq!(reduce(&mut state, Event::Cancel), [Effect::Post(ToWorker::Cancel)]);
    assert_eq!(asked(&stepped(&mut state, 0, 1, false)), &ToDenoiser::Keep);
    assert_eq!(sampled(&mut state, 0, true), [], "no other sample begins");
    assert!(state.denoising.gallery[0].unfinished);

    // Ended before the first step there is nothing to keep.
    act(&mut state, DenoiseEvent::Start);
    happen(&mut state, Event::Cancel);
    assert_eq!(stepped(&mut state, 0, 0, false), []);
    assert_eq!(state.denoising.session, None);
}

#[test]
fn a_refusal_ends_what_never_began_and_leaves_the_rest_waiting() {
    let mut state = generating(1);
    let refused =
        || FromWorker::Refused { what: "0 steps were asked for.".to_owned(), next: "Choose 1 or more.".to_owned() };
    act(&mut state, DenoiseEvent::Start);
    happen(&mut state, Event::Worker(refused(), Payload::None));
    assert!(state.denoising.session.is_none() && state.can_sample() && state.alert.is_some());
    act(&mut state, DenoiseEvent::Start);
    stepped(&mut state, 0, 1, true);
    happen(&mut state, Event::Worker(refused(), Payload::None));
    assert_eq!(state.denoising.session.as_ref().map(|session| (session.step, session.busy)), Some((1, false)));
    assert!(matches!(asked(&act(&mut state, DenoiseEvent::Play)), ToDenoiser::Step { .. }), "it goes on from there");
}

#[test]
fn a_model_is_given_series_of_its_modality_only_and_a_volume_that_is_ended_is_kept() {
    let mut state = super::super::tests::opened();
    hear(&mut state, FromDenoiser::Ready { summary: summary(Some("MR")), own: false }, Payload::None);
    assert_eq!((state.task, state.can_sample()), (Task::Translate, false));
    assert!(start_words(&state).contains("modality MR; this series is PT"), "{}", start_words(&state));
    assert_eq!(act(&mut state, DenoiseEvent::Volume), []);

    let other = Box::new(DenoiserSummary { facts: facts("pet"), ..*summary(Some("PT")) });
    hear(&mut state, FromDenoiser::Ready { summary: other, own: false }, Payload::None);
    let slice = state.view.cursor[2];
    let begun = act(&mut state, DenoiseEvent::Start);
    assert!(matches!(asked(&begun), ToDenoiser::Begin { slice: Some(at), .. } if *at == slice));
    hear(&mut state, FromDenoiser::Stepped { sample: 0, step: 0, steps: STEPS, shown: None }, Payload::None);
    act(&mut state, DenoiseEvent::Pause);
    hear(&mut state, FromDenoiser::Stepped { sample: 0, step: 1, steps: STEPS, shown: None }, Payload::None);
    act(&mut state, DenoiseEvent::Close);
    assert!(matches!(asked(&act(&mut state, DenoiseEvent::Volume)), ToDenoiser::Volume { .. }));
    // The engine is given the time to hand over what it has.
    assert_eq!(reduce(&mut state, Event::Cancel), [Effect::Post(ToWorker::Cancel)]);
    let volume = state.study.as_ref().unwrap().volume.clone();
    let ended = FromWorker::Enhanced {
        provenance: "{}".to_owned(),
        unit: Unit::Suv,
        dose: None,
        estimated: false,
        comparison: None,
        notes: vec!["The run was ended in slice 3 of 10.".to_owned()],
        seconds: 1.0,
        unfinished: true,
    };
    happen(&mut state, Event::Worker(ended, Payload::Values(volume.data.clone())));
    hear(&mut state, FromDenoiser::Spread, Payload::Values(vec![1.0; volume.data.len()]));
    assert!(state.run.is_none() && state.view.spread);
    let scene = super::super::scene(&state, darkroom_imaging::orientation::Plane::Axial, false).unwrap();
    assert!(scene.veil.is_some(), "the spread lies over the result");
    let saved = reduce(&mut state, Event::ExportSpread);
    assert!(matches!(saved.as_slice(), [Effect::PostValues(ToWorker::Export { .. }, values)] if values.data[0] == 1.0));
}

#[test]
fn what_is_entered_is_taken_or_refused_in_a_sentence() {
    let mut state = generating(1);
    for (field, text, refused) in [
        (Field::Seed, "7", false),
        (Field::Seed, "-1", true),
        (Field::Seed, "5000000000", true),
        (Field::Steps, "", false),
        (Field::Steps, "0", false),
        (Field::Steps, "half", true),
        (Field::Guidance, "2.5", false),
        (Field::Samples, "9999", true),
    ] {
        act(&mut state, DenoiseEvent::Entered(field, text.to_owned()));
        assert_eq!(state.alert.is_some(), refused, "{field:?} {text}");
    }
    let wish = &state.denoising.wish;
    assert_eq!((wish.seed, wish.steps, wish.guidance, wish.samples), (7, Some(0), Some(2.5), 1));
}

#[test]
fn a_new_worker_is_given_the_model_again_and_the_gallery_stays() {
    let mut state = generating(1);
    act(&mut state, DenoiseEvent::Start);
    stepped(&mut state, 0, STEPS, false);
    sampled(&mut state, 0, false);
    let effects = reduce(&mut state, Event::Worker(FromWorker::Stopped { what: "fell".to_owned() }, Payload::None));
    assert!(effects.contains(&Effect::PostDenoiser(ToWorker::Network { name: "tiny.zip".to_owned() })), "{effects:?}");
    let ready = FromDenoiser::Ready { summary: summary(None), own: true };
    assert_eq!(hear(&mut state, ready, Payload::None), []);
    assert!(state.denoising.session.is_none() && state.denoising.gallery.len() == 1);
}

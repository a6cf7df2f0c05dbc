//! The bench while samples are made: its maps, and the ways off it.

use super::*;

#[test]
fn maps_in_view_follow_the_gallery() {
    let mut state = generating(3);
    act(&mut state, DenoiseEvent::Start);
    stepped(&mut state, 0, STEPS, false);
    sampled(&mut state, 0, false);
    stepped(&mut state, 1, STEPS, false);
    sampled(&mut state, 1, false);
    act(&mut state, DenoiseEvent::Show(Shown::Mean));
    stepped(&mut state, 2, STEPS, false);
    let effects = sampled(&mut state, 2, false);
    let again = |effect: &Effect| matches!(effect, Effect::PostValues(ToWorker::Denoise(ToDenoiser::Maps { .. }), _));
    assert!(effects.iter().any(again), "{effects:?}");
    let maps = |samples| FromDenoiser::Maps { header: header(), samples };
    hear(&mut state, maps(2), Payload::Values(vec![1.0; 8]));
    assert!(now_picture(&state).is_none(), "the mean of two is not that of three");
    hear(&mut state, maps(3), Payload::Values(vec![1.0; 8]));
    assert!(now_picture(&state).is_some());
}

#[test]
fn nothing_is_sampled_while_a_series_is_still_being_read() {
    let mut state = generating(1);
    happen(&mut state, Event::Files(vec!["scan.nii".to_owned()]));
    assert_eq!(act(&mut state, DenoiseEvent::Start), []);
    assert!(start_words(&state).contains("being opened"), "{}", start_words(&state));
}

#[test]
fn esc_ends_a_sample_from_every_task() {
    let mut state = generating(1);
    act(&mut state, DenoiseEvent::Start);
    stepped(&mut state, 0, 1, true);
    act(&mut state, DenoiseEvent::Task(Task::Enhance));
    let hint = crate::state::start_hint(&state);
    assert!(hint.contains("sample is being made"), "{hint}");
    assert_eq!(reduce(&mut state, Event::Cancel), [Effect::Post(ToWorker::Cancel)]);
}

#[test]
fn a_bench_of_translated_slices_can_be_left_without_a_sample_under_way() {
    let mut state = crate::state::tests::opened();
    hear(&mut state, FromDenoiser::Ready { summary: summary(Some("PT")), own: false }, Payload::None);
    assert!(!can_leave(&state), "the images of the series are shown");
    act(&mut state, DenoiseEvent::Entered(Field::Samples, "2".to_owned()));
    act(&mut state, DenoiseEvent::Start);
    stepped(&mut state, 0, STEPS, false);
    act(&mut state, DenoiseEvent::Pause);
    sampled(&mut state, 0, false);
    // Ended before the second sample had its first step.
    act(&mut state, DenoiseEvent::Play);
    act(&mut state, DenoiseEvent::Stop);
    stepped(&mut state, 1, 0, false);
    assert!(state.denoising.session.is_none() && can_leave(&state));
    act(&mut state, DenoiseEvent::Close);
    assert_eq!(work(&state), Work::Images);
}

//! Masks that say what of an image to start from is made anew.

use darkroom_messages::{Region, StartFrom};

use super::starting::starting;
use super::*;

/// A page whose samples start from the one that was made, of which a mask is to say what is made anew.
fn masking() -> State {
    let mut state = starting();
    act(&mut state, DenoiseEvent::Origin(OriginChoice::Sample));
    act(&mut state, DenoiseEvent::Redo(Redo::Mask(None)));
    state
}

fn read(state: &mut State, header: Header, labels: [u8; 4]) -> Vec<Effect> {
    let report = FromDenoiser::MaskRead { name: Some("m.nii".to_owned()), header, note: None };
    hear(state, report, Payload::Bytes(labels.to_vec()))
}

fn marks(effects: &[Effect]) -> Option<Vec<f32>> {
    effects.iter().find_map(|effect| match effect {
        Effect::PostValues(ToWorker::Denoise(ToDenoiser::KeepMask { .. }), marks) => Some(marks.data.clone()),
        _ => None,
    })
}

#[test]
fn a_label_map_is_read_on_the_grid_of_the_image_and_goes_along() {
    let mut state = masking();
    assert!(act(&mut state, DenoiseEvent::Start).is_empty(), "no mask is chosen");
    assert!(state.alert.as_ref().is_some_and(|alert| alert.what.contains("no mask is chosen")));
    assert_eq!(state.denoising.gallery.len(), 1, "what was made is still there");

    let effects = act(&mut state, DenoiseEvent::Mask(Some("m.nii".to_owned())));
    let name = Some("m.nii".to_owned());
    let asked = ToWorker::Denoise(ToDenoiser::ReadMask { name, from: StartFrom::Kept });
    let [Effect::PostValues(ToWorker::Denoise(ToDenoiser::KeepStart { .. }), _), Effect::PostLabels(sent)] =
        effects.as_slice()
    else {
        panic!("{effects:?}")
    };
    assert_eq!(*sent, asked);
    read(&mut state, header(), [0, 2, 5, 0]);
    let tint = mask_picture(&state).unwrap();
    let opacity: Vec<u8> = tint.rgba.iter().skip(3).step_by(4).copied().collect();
    assert_eq!(opacity.iter().filter(|opacity| **opacity > 0).count(), 2, "{opacity:?}");

    let effects = act(&mut state, DenoiseEvent::Start);
    assert_eq!(marks(&effects), Some(vec![0.0, 1.0, 1.0, 0.0]));
    let [.., Effect::Post(ToWorker::Denoise(ToDenoiser::Begin { wish, .. }))] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    assert_eq!(wish.start.as_ref().and_then(|start| start.region), Some(Region::Mask));
}

#[test]
fn some_labels_count_and_others_are_refused() {
    let mut state = masking();
    read(&mut state, header(), [0, 2, 5, 2]);
    let enter = |state: &mut State, text: &str| act(state, DenoiseEvent::Entered(Field::MaskLabels, text.to_owned()));
    enter(&mut state, "2");
    let mask = |state: &State| match &state.denoising.start.redo {
        Redo::Mask(Some(mask)) => mask.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!((mask(&state).marks.data.as_slice(), mask(&state).share), ([0.0, 1.0, 0.0, 1.0].as_slice(), 0.5));
    for (bad, wanted) in [("3", "no label 3; it holds 2, 5"), ("liver", "whole numbers"), ("256", "whole numbers")] {
        enter(&mut state, bad);
        let alert = state.alert.take().unwrap();
        assert!(alert.what.contains(wanted), "{alert:?}");
        assert_eq!(mask(&state).chosen, [2], "the last one counts");
    }
    enter(&mut state, "");
    assert_eq!(mask(&state).marks.data, [0.0, 1.0, 1.0, 1.0]);
}

#[test]
fn a_mask_on_another_grid_is_put_away_aloud() {
    let mut state = masking();
    read(&mut state, Header { dims: [4, 1, 1], ..header() }, [0, 2, 5, 2]);
    assert!(state.alert.take().is_some_and(|alert| alert.what.contains("another grid")));
    assert_eq!(state.denoising.start.redo, Redo::Mask(None));

    read(&mut state, header(), [0, 2, 5, 2]);
    act(&mut state, DenoiseEvent::Start);
    stepped(&mut state, 0, STEPS, false);
    sampled(&mut state, 0, false);
    act(&mut state, DenoiseEvent::Origin(OriginChoice::Sample));
    assert!(matches!(state.denoising.start.redo, Redo::Mask(Some(_))), "the next sample lies where this one does");
    let mut moved = header();
    moved.affine[0][3] += 5.0;
    let report = FromDenoiser::Sampled { sample: 1, seed: 9, header: moved, unfinished: false, record: String::new() };
    act(&mut state, DenoiseEvent::Start);
    hear(&mut state, report, values(1.0));
    act(&mut state, DenoiseEvent::Origin(OriginChoice::Sample));
    assert!(state.alert.as_ref().is_some_and(|alert| alert.what.contains("another grid")));
    assert_eq!(state.denoising.start.redo, Redo::Mask(None));
}

#[test]
fn the_regions_of_the_series_are_asked_for_without_a_file() {
    let mut state = super::super::super::tests::opened();
    let summary = Box::new(DenoiserSummary { starts: true, ..*summary(Some("PT")) });
    hear(&mut state, FromDenoiser::Ready { summary, own: false }, Payload::None);
    assert!(act(&mut state, DenoiseEvent::Mask(None)).is_empty(), "nothing is started from");
    act(&mut state, DenoiseEvent::Origin(OriginChoice::Series));
    let effects = act(&mut state, DenoiseEvent::Mask(None));
    assert_eq!(asked(&effects), &ToDenoiser::ReadMask { name: None, from: StartFrom::Series });
}

//! A lower dose simulated from the open series: thinned, enhanced, compared with the standard dose.

use darkroom_imaging::SeriesInfo;
use darkroom_imaging::quality::{self, Errors};
use darkroom_messages::{MaskSource, Thinning, ToWorker};

use super::{Alert, Effect, Payload, Shared, State, dose_words, measure, suv};

/// Thins to this share of the dose at first.
const SHARE: f64 = 0.25;

/// What the next thinning is to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ThinPlan {
    /// The share of the dose to keep.
    pub share: f64,
    /// Which of many possible scans.
    pub seed: u64,
}

impl Default for ThinPlan {
    fn default() -> Self {
        Self { share: SHARE, seed: 0 }
    }
}

/// The standard dose that the open series was thinned from.
#[derive(Clone, Debug, PartialEq)]
pub struct Standard {
    /// Its voxels.
    pub volume: Shared,
    /// How the open series was made of it.
    pub thinning: Thinning,
    /// Where its body is.
    pub body: std::sync::Arc<Vec<bool>>,
    /// How far the thinned series is from it.
    pub low: Option<Errors>,
    /// How far the last result is from it.
    pub enhanced: Option<Errors>,
}

/// Something the user did about thinning.
#[derive(Clone, Debug, PartialEq)]
pub enum ThinEvent {
    /// Keep this share next time.
    Share(f64),
    /// Draw the scan of this number, as it was typed, next time.
    Seed(String),
    /// Thin.
    Thin,
    /// Open the standard dose again.
    Back,
    /// Show the standard dose in the place of the input, or the input again.
    ShowStandard(bool),
}

/// Changes the state by one event.
pub(super) fn change(state: &mut State, event: ThinEvent) -> Vec<Effect> {
    let standard = state.study.as_ref().map(|study| (study.series, study.standard.is_some()));
    let Some((series, thinned)) = standard.filter(|_| state.run.is_none() && state.opening.is_none()) else {
        return Vec::new();
    };
    match event {
        ThinEvent::Share(share) if share > 0.0 && share < 1.0 => state.thin.share = share,
        ThinEvent::Share(_) => {}
        ThinEvent::Seed(text) => match text.trim().parse() {
            Ok(seed) => state.thin.seed = seed,
            Err(_) => {
                let what = format!("The seed cannot be \u{201c}{text}\u{201d}.");
                let next = format!("Give a whole number from 0 to {}; {} is in use.", u64::MAX, state.thin.seed);
                state.alert = Some(Alert::new(what, next));
            }
        },
        ThinEvent::ShowStandard(shown) => state.view.standard = shown && thinned,
        ThinEvent::Thin if !thinned => {
            state.alert = None;
            state.opening = Some("fewer counts".to_owned());
            let ThinPlan { share, seed } = state.thin;
            return vec![Effect::Post(ToWorker::Thin { share, seed })];
        }
        ThinEvent::Back if thinned => {
            state.opening = Some("the standard dose".to_owned());
            return vec![Effect::Post(suv::select(state, series))];
        }
        ThinEvent::Thin | ThinEvent::Back => {}
    }
    Vec::new()
}

impl State {
    /// Why what is open is hardly a scan at the standard dose, a sentence each; thinning takes it for one.
    #[must_use]
    pub fn standard_doubts(&self) -> Vec<String> {
        let Some(study) = &self.study else { return Vec::new() };
        let mut doubts = Vec::new();
        if self.series.get(study.series).is_some_and(SeriesInfo::is_synthetic) {
            doubts.push("This image is synthetic already: its noise is a network's or a simulation's.".to_owned());
        }
        let chosen = self.dose.filter(|dose| *dose < 1.0 && study.standard.is_none());
        if let Some(dose) = chosen {
            let dose = dose_words(dose);
            doubts.push(format!("You chose {dose} of the standard dose for it: what is simulated is a share of that."));
        } else if study.title.to_lowercase().replace(['-', '_'], " ").contains("low dose") {
            doubts.push("Its name says low dose: what is simulated is a share of that.".to_owned());
        }
        doubts
    }
}

/// The dose of a thinned image is not that of what takes its place.
pub(super) fn forget_dose(state: &mut State) {
    if state.study.as_ref().is_some_and(|study| study.standard.is_some()) {
        state.dose = None;
    }
}

/// The worker thinned the open series.
pub(super) fn thinned(state: &mut State, thinning: Thinning, payload: Payload) {
    // A new worker thinned for itself what is thinned on the page.
    if state.study.as_ref().is_some_and(|study| study.standard.is_some()) {
        return;
    }
    state.opening = None;
    let thinned = state.study.as_ref().and_then(|study| {
        let volume = study.volume.with_data(super::reduce::values(payload)?).ok()?;
        let body = quality::body(&study.volume).ok()?;
        let low = quality::errors(&volume, &study.volume, &body).ok()?;
        let standard = study.volume.clone();
        Some((volume, Standard { volume: standard, thinning, body: std::sync::Arc::new(body), low, enhanced: None }))
    });
    let (Some((volume, standard)), Some(study)) = (thinned, &mut state.study) else {
        state.alert = Some(Alert::new(
            "The thinned image did not fit the open series.",
            "Open the series again; if it happens again, reload the page.",
        ));
        return;
    };
    study.volume = volume.into();
    study.standard = Some(standard);
    state.result = None;
    // What was estimated was estimated from another image.
    state.mask = state.mask.take().filter(|mask| mask.source != MaskSource::Estimated);
    // A thinned image's dose is known.
    state.dose = Some(thinning.share);
    measure::again(state);
}

/// There is another result: how far is it from the standard dose?
pub(super) fn again(state: &mut State) {
    let Some(standard) = state.study.as_mut().and_then(|study| study.standard.as_mut()) else { return };
    let result = state.result.as_ref();
    standard.enhanced =
        result.and_then(|result| quality::errors(&result.volume, &standard.volume, &standard.body).ok().flatten());
}

#[cfg(test)]
mod tests {
    use darkroom_messages::FromWorker;

    use super::super::tests::{enhanced, hear, mask_read, opened, reopened, values};
    use super::super::{Event, reduce, scene};
    use super::*;

    const THINNING: Thinning = Thinning { share: 0.1, seed: 3, noise_before: 0.1, noise_after: 0.32 };

    fn thin(state: &mut State, event: ThinEvent) -> Vec<Effect> {
        reduce(state, Event::Thin(event))
    }

    fn thinned() -> State {
        let mut state = opened();
        thin(&mut state, ThinEvent::Share(0.1));
        thin(&mut state, ThinEvent::Share(1.5));
        thin(&mut state, ThinEvent::Seed("3".to_owned()));
        for text in ["-3", "1.5", "", "99999999999999999999"] {
            state.alert = None;
            thin(&mut state, ThinEvent::Seed(text.to_owned()));
            assert!(state.thin.seed == 3 && state.alert.is_some(), "{text}");
        }
        assert_eq!(thin(&mut state, ThinEvent::Thin), [Effect::Post(ToWorker::Thin { share: 0.1, seed: 3 })]);
        hear(&mut state, FromWorker::Thinned(THINNING), values(0.02));
        state
    }

    #[test]
    fn the_thinned_image_takes_the_place_of_the_input_and_is_measured_against_it() {
        let mut state = thinned();
        assert_eq!((state.dose, state.opening.clone()), (Some(0.1), None));
        // A ramp of twice the size: its error is as large as the reference.
        let low = |state: &State| state.study.as_ref().and_then(|study| study.standard.as_ref()).and_then(|s| s.low);
        assert!(low(&state).is_some_and(|errors| (errors.nrmse - 1.0).abs() < 1e-6), "{:?}", low(&state));
        assert_eq!(thin(&mut state, ThinEvent::Thin), [], "it is thinned already");

        let _ = reduce(&mut state, Event::Enhance);
        hear(&mut state, enhanced(), values(0.01));
        let after = state.study.as_ref().and_then(|study| study.standard.as_ref()).and_then(|s| s.enhanced);
        assert!(after.is_some_and(|errors| errors.nrmse < 1e-6), "{after:?}");
    }

    #[test]
    fn the_standard_dose_can_be_shown_and_opened_again() {
        let mut state = thinned();
        let plane = darkroom_imaging::orientation::Plane::Axial;
        let low = scene(&state, plane, false);
        thin(&mut state, ThinEvent::ShowStandard(true));
        assert_ne!(scene(&state, plane, false), low);
        assert_eq!(thin(&mut state, ThinEvent::Back), [Effect::Post(ToWorker::Select { series: 1 })]);
        hear(&mut state, reopened(1), values(0.01));
        assert!(state.study.as_ref().is_some_and(|study| study.standard.is_none()));
        assert_eq!((state.dose, state.view.standard), (None, false));
        assert_eq!(thin(&mut state, ThinEvent::Back), []);
    }

    #[test]
    fn an_image_that_is_no_standard_dose_is_not_thinned_without_a_word() {
        let mut state = opened();
        assert!(state.standard_doubts().is_empty());
        let _ = reduce(&mut state, Event::Dose(Some(0.25)));
        assert!(state.standard_doubts()[0].contains("1/4 of the standard dose"));
        state.series[1].warn(format!("This image is {}.", darkroom_imaging::SYNTHETIC));
        assert_eq!(state.standard_doubts().len(), 2);
        let _ = reduce(&mut state, Event::Dose(None));
        if let Some(study) = &mut state.study {
            study.title = "torso-low-dose.nii.gz".to_owned();
        }
        assert!(state.standard_doubts()[1].contains("name says low dose"));
        // Its dose after thinning is what the simulator made, and says nothing of what it was made of.
        let mut state = thinned();
        assert!(state.dose.is_some() && state.standard_doubts().is_empty());
        state.series[1].warn(format!("This image is {}.", darkroom_imaging::SYNTHETIC));
        assert_eq!(state.standard_doubts().len(), 1);
    }

    #[test]
    fn a_new_worker_thins_again() {
        let mut state = thinned();
        let effects = hear(&mut state, FromWorker::Stopped { what: String::new() }, Payload::None);
        assert!(effects.contains(&Effect::Post(ToWorker::Thin { share: 0.1, seed: 3 })), "{effects:?}");
        let study = state.study.clone();
        hear(&mut state, reopened(1), values(0.01));
        hear(&mut state, FromWorker::Thinned(THINNING), values(0.02));
        assert_eq!(state.study, study, "the standard dose stays the one that was thinned");
    }

    #[test]
    fn the_dose_of_a_thinned_image_goes_with_it() {
        let mut state = thinned();
        let series = state.series.clone();
        hear(&mut state, FromWorker::Found { series }, Payload::None);
        assert_eq!(state.dose, None, "other files have their own");

        let mut state = thinned();
        state.opening = Some("the standard dose".to_owned());
        hear(&mut state, FromWorker::Stopped { what: String::new() }, Payload::None);
        assert_eq!((state.study.is_none(), state.dose), (true, None), "the study was let go");

        // What the user chose for an image as it is holds for the next one too.
        let mut state = opened();
        let _ = reduce(&mut state, Event::Dose(Some(0.25)));
        let series = state.series.clone();
        hear(&mut state, FromWorker::Found { series }, Payload::None);
        assert_eq!(state.dose, Some(0.25));
    }

    #[test]
    fn a_mask_estimated_before_thinning_goes_and_a_drawn_one_stays() {
        let drawn = MaskSource::Files { names: vec!["regions.nii".to_owned()], ct: false };
        for (source, stays) in [(MaskSource::Estimated, false), (drawn, true)] {
            let mut state = opened();
            mask_read(&mut state, source);
            thin(&mut state, ThinEvent::Thin);
            hear(&mut state, FromWorker::Thinned(THINNING), values(0.02));
            assert_eq!(state.mask.is_some(), stays);
        }
    }
}

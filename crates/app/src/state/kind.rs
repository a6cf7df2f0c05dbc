//! What images are taken for, so that they look as they customarily do: by what their file says, else by the model.

use darkroom_imaging::windowing::{SOFT_TISSUE, Window};
use darkroom_imaging::{Unit, Volume};

use super::{State, Task};

/// Values below this are air in HU; nothing that is not in HU goes so low.
const AIR: f32 = -500.0;

/// A kind of image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Activity: much is black on white.
    Pet,
    /// CT numbers: a window in HU.
    Ct,
    /// Signal: much is white.
    Mr,
    /// Unknown, shown in grey.
    #[default]
    Other,
}

impl Kind {
    /// The kind of a DICOM modality.
    #[must_use]
    pub fn of(modality: &str) -> Self {
        match modality {
            "PT" => Self::Pet,
            "CT" => Self::Ct,
            "MR" => Self::Mr,
            _ => Self::Other,
        }
    }

    /// The first window of a volume of this kind.
    pub(super) fn window(self, volume: &Volume) -> Window {
        let hounsfield = || volume.unit == Unit::Hounsfield || volume.data.iter().any(|&value| value < AIR);
        if self == Self::Ct && hounsfield() { SOFT_TISSUE } else { Window::of(volume) }
    }

    /// What it is called, with its article.
    fn words(self) -> &'static str {
        match self {
            Self::Pet => "a PET",
            Self::Ct => "a CT",
            Self::Mr => "an MR",
            Self::Other => "an image",
        }
    }
}

impl State {
    /// What the model of the task at hand is given; `None` without such a model, or where it is given nothing.
    #[must_use]
    pub fn takes(&self) -> Option<Kind> {
        match self.task {
            // Until the page's own model is there, it is known to be one for PET.
            Task::Enhance => Some(self.model.as_ref().map_or(Kind::Pet, |model| Kind::of(&model.modality))),
            Task::Translate if self.denoising.task() == Some(Task::Translate) => {
                self.denoising.model.as_ref()?.takes.as_deref().map(Kind::of)
            }
            Task::Translate | Task::Generate => None,
        }
    }

    /// What the open series is taken for.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self.modality() {
            "" => self.takes().unwrap_or_default(),
            modality => Kind::of(modality),
        }
    }

    /// DICOM modality of the open series, as its files say it or as only one has their unit; empty where neither does.
    #[must_use]
    pub fn modality(&self) -> &str {
        let Some(study) = &self.study else { return "" };
        let said = self.series.get(study.series).map_or("", |series| series.modality.as_str());
        match (said, &study.volume.unit) {
            ("", Unit::Suv | Unit::BecquerelPerMl) => "PT",
            ("", Unit::Hounsfield) => "CT",
            (said, _) => said,
        }
    }

    /// What a series of the list had to be taken for to be shown; `None` where its files say what it is.
    #[must_use]
    pub fn guess_words(&self, series: usize) -> Option<String> {
        let guessed = self.study.as_ref()?.series == series && self.modality().is_empty();
        guessed.then(|| match self.view.kind {
            Kind::Other => "does not say what it is: shown in plain grey".to_owned(),
            kind => format!("does not say what it is: shown as {}", kind.words()),
        })
    }

    /// The invitation: what to drop for the task at hand.
    #[must_use]
    pub fn invitation(&self) -> String {
        let low_dose = match self.task {
            Task::Enhance => self.model.as_ref().is_none_or(|model| model.takes_dose),
            _ => self.denoising.model.as_ref().is_some_and(|model| model.takes_dose),
        };
        match self.takes() {
            Some(Kind::Pet) if low_dose => "Drop a low-dose PET".to_owned(),
            Some(kind) => format!("Drop {}", kind.words()),
            None => "Drop the images to translate".to_owned(),
        }
    }
}

/// Shows the open series anew where another task or model makes it another kind. What is generated is shown elsewhere.
pub(super) fn follow(state: &mut State) {
    let kind = state.kind();
    if kind == state.view.kind || state.task == Task::Generate {
        return;
    }
    if let Some(study) = &state.study {
        state.view.show_as(kind, &study.volume);
    }
}

#[cfg(test)]
mod tests {
    use darkroom_imaging::SeriesInfo;
    use darkroom_messages::{DenoiserSummary, FromDenoiser, FromWorker, Header, ModelSummary};

    use super::super::tests::{header, hear, info, values};
    use super::super::{DenoiseEvent, Event, Payload, reduce};
    use super::*;

    /// A page with the model of a modality and one series open.
    fn page(model: &str, modality: &str, unit: Unit) -> State {
        let mut state = State::default();
        let model = ModelSummary { modality: model.to_owned(), takes_dose: model == "PT", ..ModelSummary::default() };
        hear(&mut state, FromWorker::Model(model), Payload::None);
        let info = SeriesInfo { modality: modality.to_owned(), ..info("scan", true) };
        hear(&mut state, FromWorker::Found { series: vec![info.clone()] }, Payload::None);
        let header = Header { unit, ..header() };
        let opened = FromWorker::Opened { series: 0, header, info: Box::new(info), suv: None };
        hear(&mut state, opened, values(1.0));
        state
    }

    fn unsaid() -> Unit {
        Unit::Other(String::new())
    }

    fn translates(state: &mut State, takes: &str) {
        let summary = Box::new(DenoiserSummary { takes: Some(takes.to_owned()), ..DenoiserSummary::default() });
        hear(state, FromWorker::Denoise(FromDenoiser::Ready { summary, own: false }), Payload::None);
    }

    #[test]
    fn images_look_as_their_file_says_and_else_as_the_model_takes_them() {
        let seen = |model: &str, modality: &str, unit: Unit| {
            let state = page(model, modality, unit);
            (state.view.kind, state.view.inverted, state.guess_words(0))
        };
        let said = |words: &str| Some(format!("does not say what it is: {words}"));
        assert_eq!(seen("PT", "PT", Unit::Suv), (Kind::Pet, true, None));
        assert_eq!(seen("PT", "MR", unsaid()), (Kind::Mr, false, None));
        assert_eq!(seen("MR", "", Unit::Suv), (Kind::Pet, true, None));
        assert_eq!(seen("PT", "", Unit::Hounsfield), (Kind::Ct, false, None));
        assert_eq!(seen("PT", "", unsaid()), (Kind::Pet, true, said("shown as a PET")));
        assert_eq!(seen("MR", "", unsaid()), (Kind::Mr, false, said("shown as an MR")));
        assert_eq!(seen("OT", "", unsaid()), (Kind::Other, false, said("shown in plain grey")));
    }

    #[test]
    fn ct_opens_in_the_window_of_soft_tissue_where_it_is_in_hu() {
        assert_eq!(page("PT", "", Unit::Hounsfield).view.window, SOFT_TISSUE);
        assert_ne!(page("CT", "", unsaid()).view.window, SOFT_TISSUE, "no value is that of air");
    }

    #[test]
    fn another_task_shows_what_does_not_say_what_it_is_anew() {
        let mut state = page("PT", "", unsaid());
        translates(&mut state, "MR");
        assert_eq!((state.task, state.view.kind, state.view.inverted), (Task::Translate, Kind::Mr, false));
        state.view.inverted = true;
        for task in [Task::Generate, Task::Translate] {
            let _ = reduce(&mut state, Event::Denoise(DenoiseEvent::Task(task)));
        }
        assert!(state.view.inverted, "what the user chose stays on the way through another task");
        let mut state = page("PT", "PT", Unit::Suv);
        let before = state.view;
        translates(&mut state, "MR");
        assert_eq!(state.view, before);
    }

    #[test]
    fn a_unit_that_only_pet_has_keeps_a_file_from_a_model_for_mr() {
        let mut state = page("PT", "", Unit::Suv);
        translates(&mut state, "MR");
        assert!(state.denoiser_misfit().is_some_and(|words| words.contains("this series is PT")));
    }

    #[test]
    fn the_invitation_names_what_the_model_at_hand_takes() {
        let mut state = State::default();
        assert_eq!(state.invitation(), "Drop a low-dose PET");
        state = page("CT", "CT", Unit::Hounsfield);
        assert_eq!(state.invitation(), "Drop a CT");
        state.task = Task::Translate;
        assert_eq!(state.invitation(), "Drop the images to translate");
        translates(&mut state, "MR");
        assert_eq!(state.invitation(), "Drop an MR");
    }

    #[test]
    fn of_several_series_the_one_for_the_task_opens() {
        let mut state = State::default();
        translates(&mut state, "MR");
        let series = ["PT", "MR"].map(|modality| SeriesInfo { modality: modality.to_owned(), ..info(modality, true) });
        hear(&mut state, FromWorker::Found { series: series.to_vec() }, Payload::None);
        assert_eq!(state.selected, Some(1));
    }
}

//! The page's behaviour, without a browser.

use darkroom_imaging::suv::{Field, Record};
use darkroom_imaging::windowing::Window;
use darkroom_imaging::{SeriesInfo, Unit, Verdict};
use darkroom_messages::{Backend, Format, FromWorker, Header, ModelSummary, NetworkReport, OwnModel, ToWorker};

use super::*;

mod entered;
mod mask;
mod measuring;
mod offer;
mod opening;

const DIMS: [usize; 3] = [9, 8, 10];

pub(super) fn info(title: &str, usable: bool) -> SeriesInfo {
    let refused = Verdict::Refused { what: "This is a CT.".to_owned(), next: "Choose the PET.".to_owned() };
    SeriesInfo {
        title: title.to_owned(),
        format: "DICOM".to_owned(),
        modality: "PT".to_owned(),
        dims: DIMS,
        spacing: [4.0; 3],
        frame: String::new(),
        unit: "SUV".to_owned(),
        files: 10,
        verdict: if usable { Verdict::Usable } else { refused },
        notes: Vec::new(),
        warnings: Vec::new(),
    }
}

pub(super) fn hear(state: &mut State, report: FromWorker, payload: Payload) -> Vec<Effect> {
    reduce(state, Event::Worker(report, payload))
}

/// Hears of a mask of two regions: all is liver but the first voxel, which is of a label that no tissue has.
pub(super) fn mask_read(state: &mut State, source: MaskSource) {
    let tissues = ["heart", "liver"].map(str::to_owned).to_vec();
    let mut labels = vec![2; DIMS.iter().product()];
    labels[0] = 99;
    hear(state, FromWorker::MaskRead { source, regions: 2, tissues, note: None }, Payload::Bytes(labels));
}

pub(super) fn header() -> Header {
    let affine = [[-4.0, 0.0, 0.0, 20.0], [0.0, 4.0, 0.0, -20.0], [0.0, 0.0, 4.0, -100.0]];
    Header { dims: DIMS, affine, unit: Unit::Suv }
}

pub(super) fn reopened(series: usize) -> FromWorker {
    FromWorker::Opened { series, header: header(), info: Box::new(info("PET", true)), suv: None }
}

pub(super) fn values(scale: f32) -> Payload {
    Payload::Values((0..720).map(|at| at as f32 * scale).collect())
}

fn ready() -> FromWorker {
    FromWorker::Ready(Backend {
        name: "GPU".to_owned(),
        slow: false,
        gpu: true,
        tier: String::new(),
        why: String::new(),
    })
}

pub(super) fn enhanced() -> FromWorker {
    let provenance = r#"{"model":"pet-enhance"}"#.to_owned();
    FromWorker::Enhanced {
        provenance,
        unit: Unit::Suv,
        dose: Some(0.1),
        estimated: true,
        comparison: None,
        notes: Vec::new(),
        seconds: 2.0,
        unfinished: false,
    }
}

/// A page with one refused and one usable series, the usable one open, the engine ready.
pub(super) fn opened() -> State {
    let mut state = State::default();
    hear(&mut state, ready(), Payload::None);
    assert!(matches!(
        reduce(&mut state, Event::Files(vec!["scan.zip".to_owned()])).as_slice(),
        [Effect::PostOffered(ToWorker::Open { .. })]
    ));
    let series = vec![info("CT", false), info("PET", true)];
    let effects = hear(&mut state, FromWorker::Found { series }, Payload::None);
    assert_eq!(effects, [Effect::KeepOffered, Effect::Post(ToWorker::Select { series: 1 })]);
    hear(&mut state, reopened(1), values(0.01));
    state
}

pub(super) fn running() -> State {
    let mut state = opened();
    assert_eq!(reduce(&mut state, Event::Enhance), [Effect::Post(ToWorker::Enhance { dose: None })]);
    state
}

#[test]
fn the_first_usable_series_opens_by_itself() {
    let state = opened();
    assert_eq!(state.study.as_ref().map(|study| (study.series, study.dicom)), Some((1, true)));
    assert_eq!((state.opening, state.selected), (None, Some(1)));
    assert_eq!(state.view.window, Window::up_to(5.0));
    assert_eq!(state.view.cursor, [4, 4, 5]);
}

#[test]
fn a_refused_series_cannot_be_chosen_and_its_reason_is_told() {
    let mut state = opened();
    assert_eq!(reduce(&mut state, Event::Select(0)), []);
    hear(&mut state, FromWorker::Found { series: vec![info("CT", false)] }, Payload::None);
    assert_eq!(state.alert, Some(Alert::new("This is a CT.", "Choose the PET.")));
    hear(&mut state, FromWorker::Found { series: Vec::new() }, Payload::None);
    assert!(state.alert.is_some_and(|alert| alert.what.contains("No image")));
}

#[test]
fn nothing_runs_before_the_engine_and_a_series_are_there() {
    let mut state = State::default();
    assert_eq!(reduce(&mut state, Event::Enhance), []);
    hear(&mut state, ready(), Payload::None);
    assert!(!state.can_enhance());
    assert!(opened().can_enhance());
}

#[test]
fn a_run_ends_with_a_result_that_can_be_saved() {
    let mut state = running();
    assert_eq!(reduce(&mut state, Event::Enhance), [], "one run at a time");
    let report =
        FromWorker::Progress { stage: "enhancing".into(), done: 0.5, seconds_left: Some(3.0), tile: 1, tiles: 2 };
    hear(&mut state, report, Payload::None);
    assert_eq!(state.run.as_ref().map(|run| run.done), Some(0.5));
    hear(&mut state, enhanced(), values(0.02));
    assert_eq!((state.run.is_none(), state.result.is_some()), (true, true));
    let effects = reduce(&mut state, Event::Export(Format::Dicom));
    assert!(matches!(effects.as_slice(), [Effect::PostValues(ToWorker::Export { format: Format::Dicom, .. }, volume)]
        if (volume.data[719] - 14.38).abs() < 1e-4));
    for _ in 0..2 {
        let file = FromWorker::File { name: "x.zip".into(), note: Some("3 voxels became zero.".into()) };
        let effects = hear(&mut state, file, Payload::Bytes(vec![1]));
        assert_eq!(effects, [Effect::Save { name: "x.zip".into(), bytes: vec![1] }]);
    }
    assert_eq!(state.result.unwrap().notes, ["3 voxels became zero."]);
}

#[test]
fn a_result_of_the_wrong_size_is_refused() {
    let mut state = running();
    hear(&mut state, enhanced(), Payload::Values(vec![0.0; 3]));
    assert!(state.result.is_none() && state.run.is_none() && state.alert.is_some());
}

#[test]
fn cancel_asks_first_and_replaces_the_worker_when_it_does_not_answer() {
    let mut state = running();
    assert_eq!(reduce(&mut state, Event::Cancel), [Effect::Post(ToWorker::Cancel), Effect::AwaitCancel]);
    assert_eq!(reduce(&mut state, Event::Cancel), [], "asked once");
    let mut answered = state.clone();
    hear(&mut answered, FromWorker::Cancelled, Payload::None);
    assert_eq!(reduce(&mut answered, Event::CancelOverdue), []);

    assert_eq!(reduce(&mut state, Event::CancelOverdue), [Effect::AwaitLettingGo]);
    assert!(state.run.is_none() && !state.can_enhance(), "over for the user, not yet for the GPU");
    let mut late = state.clone();
    hear(&mut late, enhanced(), values(0.02));
    assert!(late.result.is_none() && late.can_enhance(), "a result that comes too late is not wanted");
    assert_eq!(reduce(&mut late, Event::LettingGoOverdue), []);

    let effects = reduce(&mut state, Event::LettingGoOverdue);
    assert_eq!(
        effects,
        [
            Effect::Restart,
            Effect::PostKept(ToWorker::Open { names: vec!["scan.zip".to_owned()] }),
            Effect::Post(ToWorker::Select { series: 1 }),
        ]
    );
    assert!(!state.can_enhance(), "not before the new worker has the series");
    let kept = state.study.clone();
    hear(&mut state, ready(), Payload::None);
    hear(&mut state, FromWorker::Found { series: vec![info("CT", false), info("PET", true)] }, Payload::None);
    hear(&mut state, reopened(1), values(0.01));
    assert!(state.can_enhance());
    assert_eq!(state.study, kept, "the page's own copy stays");
}

#[test]
fn a_fallen_worker_is_replaced_but_not_forever() {
    let mut state = running();
    let fall = || FromWorker::Stopped { what: "unreachable\nat wasm".to_owned() };
    assert_eq!(hear(&mut state, fall(), Payload::None).first(), Some(&Effect::Restart));
    let alert = state.alert.clone().unwrap();
    assert!(alert.what.contains("started again") && !alert.what.contains("unreachable"), "{}", alert.what);
    assert!(alert.detail.is_some_and(|detail| detail.contains("unreachable")));
    // Files that bring it down while it reopens them are let go.
    let effects = hear(&mut state, fall(), Payload::None);
    assert_eq!(effects, [Effect::Restart]);
    assert!(state.study.is_none() && state.series.is_empty());
    assert_eq!(hear(&mut state, fall(), Payload::None), []);
    assert!(matches!(state.engine, Engine::Broken { .. }));
}

#[test]
fn the_cpu_is_used_only_after_consent() {
    let mut state = opened();
    let none = FromWorker::NoGpu { what: "No GPU.".to_owned(), next: "Try another browser.".to_owned() };
    hear(&mut state, none.clone(), Payload::None);
    assert!(matches!(state.engine, Engine::NoGpu { .. }) && !state.can_enhance());
    assert_eq!(reduce(&mut state, Event::UseCpu), [Effect::Post(ToWorker::UseCpu)]);
    hear(&mut state, none, Payload::None);
    assert_eq!(state.engine, Engine::Starting, "a late word about the GPU does not undo it");
}

#[test]
fn files_are_not_opened_during_a_run() {
    let mut state = running();
    assert_eq!(reduce(&mut state, Event::Files(vec!["other.nii".to_owned()])), []);
    assert!(state.run.is_some() && state.alert.is_some());
    assert_eq!(state.files, ["scan.zip"]);
}

#[test]
fn a_refused_file_leaves_what_is_open() {
    let mut state = opened();
    reduce(&mut state, Event::Files(vec!["note.txt".to_owned()])).clear();
    hear(&mut state, FromWorker::Refused { what: "No.".into(), next: "Else.".into() }, Payload::None);
    assert_eq!((&state.opening, state.selected), (&None, Some(1)));
    assert!(state.study.is_some() && !state.is_inviting());
    assert_eq!(state.files, ["scan.zip"], "a new worker would open these");
}

#[test]
fn the_view_stays_inside_the_volume() {
    let mut state = opened();
    let mut view = |event| reduce(&mut state, Event::View(event)).clear();
    view(ViewEvent::Step { axis: 2, by: 100 });
    view(ViewEvent::Step { axis: 0, by: -100 });
    view(ViewEvent::Swipe(7.0));
    view(ViewEvent::TurnMain(-1));
    view(ViewEvent::Drag { width: -5.0, level: 0.0 });
    assert_eq!((state.view.cursor, state.view.swipe), ([0, 4, 9], 1.0));
    assert!(state.view.window.high > 0.0 && state.view.window.low == 0.0);
    reduce(&mut state, Event::View(ViewEvent::GoTo([1e9, 0.0, -92.2]))).clear();
    assert_eq!(state.view.cursor, [0, 5, 2]);
    reduce(&mut state, Event::View(ViewEvent::Reset)).clear();
    assert_eq!(state.view.cursor, [4, 4, 5]);
}

#[test]
fn the_readout_tells_value_change_and_place() {
    let mut state = running();
    hear(&mut state, enhanced(), values(0.02));
    reduce(&mut state, Event::View(ViewEvent::Cursor([1, 0, 0]))).clear();
    let words = readout(&state);
    assert_eq!(words.value, "SUV 0.01 \u{2192} 0.02 (+0.01, +100 %)");
    assert_eq!(words.place, "R 16  P 20  I 100 mm");
    assert_eq!(slice_words(&state, PLANES[0]).spoken, "Slice 1 of 10, z = -100.0 mm");
    let scene = scene(&state, PLANES[0], false);
    assert!(scene.is_some_and(|scene| scene.over.is_some() && scene.cross == [1, 7]));
}

#[test]
fn a_series_of_another_modality_is_shown_but_not_given_to_the_model() {
    let mut state = State::default();
    hear(&mut state, ready(), Payload::None);
    let model =
        |modality: &str| FromWorker::Model(ModelSummary { modality: modality.to_owned(), ..ModelSummary::default() });
    hear(&mut state, model("PT"), Payload::None);
    let ct = SeriesInfo { modality: "CT".to_owned(), ..info("Chest", true) };
    let effects = hear(&mut state, FromWorker::Found { series: vec![ct.clone(), info("PET", true)] }, Payload::None);
    assert!(effects.contains(&Effect::Post(ToWorker::Select { series: 1 })), "the PET comes first: {effects:?}");
    state.opening = None;
    let _ = reduce(&mut state, Event::Select(0));
    hear(&mut state, FromWorker::Opened { series: 0, header: header(), info: Box::new(ct), suv: None }, values(1.0));
    assert!(!state.can_enhance());
    assert!(start_hint(&state).contains("for images of modality PT; this series is CT"));
    hear(&mut state, model("OT"), Payload::None);
    assert!(state.can_enhance() && start_hint(&state).is_empty());
}

fn measure(state: &mut State, event: MeasureEvent) -> Vec<Effect> {
    reduce(state, Event::Measure(event))
}

fn typed(state: &mut State, field: MeasureField, text: &str) {
    measure(state, MeasureEvent::Typed(field, text.to_owned()));
}

fn network_read(state: &mut State, in_use: bool) -> Box<OwnModel> {
    let report = Box::new(NetworkReport { file: "unet.onnx".to_owned(), ..NetworkReport::default() });
    let own = Box::new(OwnModel { title: "unet".to_owned(), inner: 64, ..OwnModel::default() });
    hear(state, FromWorker::NetworkRead { report, own: Some(own.clone()), in_use }, Payload::None);
    own
}

#[test]
fn a_network_of_ones_own_is_described_and_used() {
    let mut state = State::default();
    hear(&mut state, ready(), Payload::None);
    let sent = reduce(&mut state, Event::Own(OwnEvent::Chosen("unet.onnx".to_owned())));
    assert_eq!(sent, [Effect::PostNetwork(ToWorker::Network { name: "unet.onnx".to_owned() })]);
    let own = network_read(&mut state, false);
    let other = Box::new(OwnModel { inner: 32, ..*own.clone() });
    let sent = reduce(&mut state, Event::Own(OwnEvent::Described(other.clone())));
    assert_eq!(sent, [Effect::Post(ToWorker::DescribeNetwork { own: other })]);
    assert_eq!(reduce(&mut state, Event::Own(OwnEvent::Use)), [Effect::Post(ToWorker::UseNetwork { own })]);
    assert!(matches!(state.engine, Engine::Ready(_)), "a refusal leaves the engine as it was");
    network_read(&mut state, true);
    assert_eq!(state.engine, Engine::Starting);
}

#[test]
fn a_new_worker_is_given_the_network_that_was_in_use() {
    let mut state = State::default();
    let own = network_read(&mut state, true);
    let effects = hear_stopped(&mut state);
    assert!(
        effects.contains(&Effect::PostKeptNetwork(ToWorker::Network { name: "unet.onnx".to_owned() })),
        "{effects:?}"
    );
    assert!(effects.contains(&Effect::Post(ToWorker::UseNetwork { own })), "{effects:?}");
}

#[test]
fn a_network_in_use_that_is_dropped_gives_way_to_the_model_of_the_page() {
    let mut state = State::default();
    network_read(&mut state, false);
    let closed = reduce(&mut state, Event::Own(OwnEvent::Drop));
    assert_eq!(closed, [Effect::Post(ToWorker::ForgetNetwork)], "only the offer is closed");
    network_read(&mut state, true);
    assert_eq!(reduce(&mut state, Event::Own(OwnEvent::Drop)), [Effect::Restart]);
    assert_eq!((state.offer.clone(), state.network.clone()), (None, None));
}

#[test]
fn a_package_among_the_scans_is_taken_for_a_model() {
    let mut state = State::default();
    let _ = reduce(&mut state, Event::Files(vec!["unet.zip".to_owned()]));
    let effects = hear(&mut state, FromWorker::PackageFound, Payload::None);
    let name = "unet.zip".to_owned();
    assert_eq!(effects, [Effect::KeepOfferedNetwork, Effect::PostNetwork(ToWorker::Network { name })]);
    assert_eq!(state.opening, None);
}

fn hear_stopped(state: &mut State) -> Vec<Effect> {
    reduce(state, Event::Worker(FromWorker::Stopped { what: "a panic".to_owned() }, Payload::None))
}

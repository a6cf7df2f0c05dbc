//! The worker's state and the order in which messages are answered.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use darkroom_imaging::suv::{Entered, EnteredValue};
use darkroom_imaging::{SeriesInfo, Volume};
use darkroom_messages::{FromWorker, ToWorker, decode};
use darkroom_pipelines::{Enhancer, Mask, Origin, Package, Thinning};
use js_sys::{Array, Function, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::denoise::{self, Studio};
use crate::dicom::DicomReader;
use crate::network::Own;
use crate::trouble::Trouble;
use crate::{export, files, labels, mask, network, post, prepare, run, thinning};

/// The worker's one engine.
#[wasm_bindgen]
pub struct Engine {
    bench: Rc<Bench>,
}

/// What lies on the engine's bench.
pub(crate) struct Bench {
    /// Makes the DICOM module's reader.
    pub(crate) open_dicom: Function,
    /// Gives the module of the CPU path.
    pub(crate) open_cpu: Option<Function>,
    /// "gpu" or "cpu" where the address of the page overrules the choice.
    pub(crate) wish: String,
    /// The name of the tier that the address of the page asks for; empty where it asks for none.
    pub(crate) tier: String,
    /// The files of the checked model's networks: its own, then that of its segmenter if it has one.
    pub(crate) networks: RefCell<Vec<Uint8Array>>,
    /// The checked model; `None` when it was refused.
    pub(crate) package: RefCell<Option<Package>>,
    /// The engine proper, once prepared.
    pub(crate) enhancer: RefCell<Option<Enhancer>>,
    /// Whether the user asked for the CPU.
    pub(crate) cpu: Cell<bool>,
    /// What was found in the last files.
    pub(crate) found: RefCell<Vec<Found>>,
    /// The reader that holds the last DICOM files.
    pub(crate) dicom: RefCell<Option<DicomReader>>,
    /// The series chosen.
    pub(crate) selected: RefCell<Option<Selected>>,
    /// Regions on the grid of the series chosen.
    pub(crate) regions: RefCell<Option<Mask>>,
    /// A network of the user's own that was looked into and is not in use.
    pub(crate) own: RefCell<Option<Own>>,
    /// A network of the user's own that is in use.
    pub(crate) used: RefCell<Option<Own>>,
    /// The diffusion model, once there is one; taken out while it is at work.
    pub(crate) studio: RefCell<Option<Studio>>,
    /// How often an engine was opened: only the last opening counts.
    pub(crate) openings: Cell<u32>,
    /// Whether the run is to end.
    pub(crate) cancelled: Cell<bool>,
    waiting: RefCell<VecDeque<(ToWorker, Array)>>,
    busy: Cell<bool>,
}

/// A series in the list.
pub(crate) struct Found {
    pub(crate) info: SeriesInfo,
    pub(crate) source: Source,
    /// What was typed for its SUV.
    pub(crate) typed: Entered,
}

/// Where a series' voxels are.
#[derive(Clone)]
pub(crate) enum Source {
    /// Read already.
    Nifti(Rc<Volume>),
    /// In the DICOM module, at this place of its list.
    Dicom(usize),
    /// Nowhere: the series was refused.
    Nothing,
}

/// The series chosen, with its voxels.
#[derive(Clone)]
pub(crate) struct Selected {
    pub(crate) title: String,
    /// Its place in the list.
    pub(crate) series: usize,
    pub(crate) volume: Rc<Volume>,
    /// Its place in the DICOM module's list, if it came from there.
    pub(crate) dicom: Option<usize>,
    /// What was entered by hand for its SUV.
    pub(crate) entered: Vec<EnteredValue>,
    /// What was entered for a series that this one was made of, in a sentence.
    pub(crate) inherited: Option<String>,
    /// What puts its values in doubt.
    pub(crate) warnings: Vec<String>,
    /// The share of the dose that was kept, and the seed, where it was thinned.
    pub(crate) thinned: Option<(f64, u64)>,
}

impl Selected {
    /// What happened to its voxels, for the record of a run.
    pub(crate) fn origin(&self) -> Origin {
        let thinned = self.thinned.map(|(share, seed)| Thinning { share, seed });
        Origin {
            entered: self.entered.clone(),
            inherited: self.inherited.clone(),
            thinned,
            input_warnings: self.warnings.clone(),
        }
    }
}

impl Bench {
    /// Voxels along i, j, k of the series chosen.
    pub(crate) fn open_dims(&self) -> Option<[usize; 3]> {
        self.selected.borrow().as_ref().map(|selected| selected.volume.dims)
    }
}

#[wasm_bindgen]
impl Engine {
    /// An engine that begins to check its weights (pairs of name and bytes) and its adapter.
    ///
    /// `denoiser` has the files of the diffusion model that the page was loaded with, none where it was not. `wish` is
    /// "gpu", "cpu" or empty; `tier` names a tier of the GPU or is empty; `open_dicom` gives a promise of the DICOM
    /// module's reader, `open_cpu` of the module of the CPU path, where the page came with it.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(
        weights: &Array,
        denoiser: &Array,
        wish: String,
        tier: String,
        open_dicom: Function,
        open_cpu: Option<Function>,
    ) -> Self {
        std::panic::set_hook(Box::new(|info| {
            console_error_panic_hook::hook(info);
            post::post(&FromWorker::Stopped { what: info.to_string() });
        }));
        let bench = Rc::new(Bench {
            open_dicom,
            open_cpu,
            networks: RefCell::default(),
            package: RefCell::default(),
            enhancer: RefCell::default(),
            cpu: Cell::new(wish == "cpu"),
            wish,
            tier,
            found: RefCell::default(),
            dicom: RefCell::default(),
            selected: RefCell::default(),
            regions: RefCell::default(),
            own: RefCell::default(),
            used: RefCell::default(),
            studio: RefCell::default(),
            openings: Cell::new(0),
            cancelled: Cell::new(false),
            waiting: RefCell::default(),
            busy: Cell::new(false),
        });
        denoise::shipped(&bench, denoiser);
        if prepare::read_package(&bench, weights) {
            spawn_local(prepare::open(bench.clone()));
        }
        Self { bench }
    }

    /// Takes a message of the page: its JSON text, then what it carries.
    pub fn receive(&self, envelope: &Array) {
        let text = envelope.get(0).as_string().unwrap_or_default();
        match decode(&text) {
            // These two must not wait behind the run they are about.
            Ok(ToWorker::Cancel) => self.bench.cancelled.set(true),
            Ok(ToWorker::UseCpu) => {
                self.bench.cpu.set(true);
                spawn_local(prepare::open(self.bench.clone()));
            }
            Ok(message) => {
                self.bench.waiting.borrow_mut().push_back((message, envelope.slice(1, envelope.length())));
                if !self.bench.busy.replace(true) {
                    spawn_local(answer_all(self.bench.clone()));
                }
            }
            Err(what) => post::post(&FromWorker::Stopped { what }),
        }
    }
}

/// Answers what waits, one after the other.
async fn answer_all(bench: Rc<Bench>) {
    loop {
        let next = bench.waiting.borrow_mut().pop_front();
        let Some((message, carried)) = next else { break };
        let mut answered = answer(&bench, &message, &carried).await;
        // A GPU that was lost while nothing ran is found lost by whatever is asked next.
        if answered.as_ref().is_err_and(|trouble| trouble.needs_another_gpu) && prepare::reopen(&bench).await {
            answered = answer(&bench, &message, &carried).await;
        }
        if let Err(trouble) = answered {
            trouble.post();
        }
    }
    bench.busy.set(false);
}

/// Answers a message.
async fn answer(bench: &Rc<Bench>, message: &ToWorker, carried: &Array) -> Result<(), Trouble> {
    match message {
        ToWorker::Open { names } => files::open(bench, names, carried).await,
        ToWorker::Select { series } => files::select(bench, *series),
        ToWorker::Mask { names } => mask::read(bench, names, carried).await,
        ToWorker::MaskFromSeries { series } => mask::of_series(bench, *series),
        ToWorker::EstimateMask => mask::estimate(bench).await,
        ToWorker::SaveMask => mask::save(bench),
        ToWorker::Labels { name } => labels::labels(bench, name.clone(), carried).await,
        ToWorker::Enter { series, entered } => files::enter(bench, *series, entered),
        ToWorker::Thin { share, seed } => thinning::thin(bench, *share, *seed),
        ToWorker::NoMask => {
            bench.regions.replace(None);
            Ok(())
        }
        ToWorker::Enhance { dose } => run::enhance(bench, *dose).await,
        ToWorker::Network { name } => network::read(bench, name.clone(), carried).await,
        ToWorker::DescribeNetwork { own } => network::describe(bench, own),
        ToWorker::UseNetwork { own } => network::take(bench, own).await,
        ToWorker::ForgetNetwork => {
            bench.own.replace(None);
            Ok(())
        }
        ToWorker::SavePackage => network::save(bench),
        ToWorker::Export { format, part, provenance } => export::export(bench, (*format, *part), provenance, carried),
        ToWorker::Denoise(asked) => denoise::answer(bench, asked, carried).await,
        ToWorker::Cancel | ToWorker::UseCpu => Ok(()),
    }
}

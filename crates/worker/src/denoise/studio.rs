//! What a diffusion model's sample under way needs.

use std::collections::BTreeSet;
use std::rc::Rc;

use darkroom_imaging::{LabelMap, Volume};
use darkroom_messages::{FromDenoiser, FromWorker, StartWish, Wish};
use darkroom_pipelines::diffusion::{
    Choice, DiffusionManifest, DiffusionPackage, FromImage, Generation, Generator, Order, RunRecord, Source,
    check_seeds, seed_of,
};
use darkroom_pipelines::{Backend, PackageFiles, PipelineError};

use super::start::Begun;
use super::under_way::{Halted, Progress, Slice, UnderWay};
use crate::cpu::CpuPath;
use crate::engine::{Bench, Selected};
use crate::post::post;
use crate::trouble::Trouble;

/// A diffusion model, and a sample under way.
pub(crate) struct Studio {
    package: DiffusionPackage,
    /// The files of its networks, for the CPU path, which reads them itself.
    files: PackageFiles,
    generator: Option<Generator>,
    pub(crate) under_way: Option<UnderWay>,
    /// The volume last translated, looked at once.
    source: Option<(Rc<Volume>, Option<f64>, Rc<Source>)>,
    /// The image that the page wants samples to start from.
    pub(crate) kept: Option<Rc<Volume>>,
    /// What of an image to start from the page wants made anew.
    pub(crate) mask: Option<LabelMap>,
    /// The translation of a volume that failed last.
    pub(crate) halted: Option<Halted>,
    /// Whether what computed failed under the sample, and that is not told yet.
    pub(super) failed: bool,
    /// Where it failed and the samples so far went on.
    failures: Vec<String>,
    /// Seconds that the networks took for the samples so far.
    pub(crate) seconds: f64,
    /// Which of them were ended before their last step.
    unfinished: BTreeSet<usize>,
}

impl Studio {
    /// A model with nothing under way. `files` are those of its package.
    pub(crate) fn new(package: DiffusionPackage, files: PackageFiles) -> Self {
        Self {
            package,
            files,
            generator: None,
            under_way: None,
            source: None,
            kept: None,
            mask: None,
            halted: None,
            failed: false,
            failures: Vec::new(),
            seconds: 0.0,
            unfinished: BTreeSet::new(),
        }
    }

    /// What `model.json` says.
    pub(crate) fn manifest(&self) -> &DiffusionManifest {
        &self.package.manifest
    }

    /// The generator on the engine's backend, which is opened for it where it is not.
    pub(crate) async fn generator(&mut self, bench: &Bench) -> Result<&mut Generator, Trouble> {
        let backend = bench.enhancer.borrow().as_ref().map(|enhancer| enhancer.backend().clone());
        let backend = backend.ok_or_else(|| Trouble::new("The engine is not ready yet.", "Wait until it is."))?;
        let generator = match self.generator.take() {
            Some(generator) => generator,
            None => Generator::open(self.package.clone(), self.own(bench, backend).await?).await?,
        };
        Ok(self.generator.insert(generator))
    }

    /// The backend for this model: the CPU path reads the files of each network anew.
    async fn own(&self, bench: &Bench, backend: Backend) -> Result<Backend, PipelineError> {
        let (Backend::Cpu(_), Some(open)) = (&backend, &bench.open_cpu) else { return Ok(backend) };
        let package = &self.package;
        let graphs = [
            Some(&package.denoiser),
            package.encoder.as_ref(),
            package.decoder.as_ref(),
            package.image_encoder.as_ref(),
        ];
        let pipeline = &package.manifest.pipeline;
        let names = [
            Some(&pipeline.denoiser.file),
            pipeline.encoder.as_ref().map(|part| &part.file),
            pipeline.decoder.as_ref().map(|part| &part.file),
            pipeline.image_encoder.as_ref().map(|part| &part.file),
        ];
        let file = |name: &String| self.files.part(name);
        let networks = graphs.into_iter().zip(names).filter_map(|(graph, name)| Some((graph?, file(name?)?)));
        let networks = networks.map(|(graph, bytes)| (graph.names.clone(), bytes.into())).collect();
        Ok(Backend::Cpu(Rc::new(CpuPath::open(open, networks).await?)))
    }

    /// The order of a sample, and the slice it is made of.
    pub(crate) fn order(
        &mut self,
        bench: &Bench,
        wish: &Wish,
        sample: usize,
        slice: Option<usize>,
    ) -> Result<(Order, Option<Slice>), Trouble> {
        if wish.samples == 0 {
            return Err(Trouble::new("0 samples were asked for.", "Choose 1 or more."));
        }
        check_seeds(u64::from(wish.seed), wish.samples)?;
        let order = choice(wish).order(self.manifest())?;
        let slice = slice.map(|at| self.slice(bench, wish.dose, at)).transpose()?;
        let seed = seed_of(order.seed, sample, slice.as_ref().map_or(0, |slice| slice.at));
        Ok((Order { seed, ..order }, slice))
    }

    fn slice(&mut self, bench: &Bench, dose: Option<f64>, at: usize) -> Result<Slice, Trouble> {
        let (volume, source) = self.source(bench, dose)?;
        let (own, at, count) = (at, source.slice_at(at), source.slices(&volume).dims[2]);
        if at >= count {
            let what = format!("There is no slice {}: the model sees {count} in this volume.", own + 1);
            return Err(Trouble::new(what, "Choose a slice that it has."));
        }
        let given = source.given(&volume, at);
        let origin = bench.selected.borrow().as_ref().map(Selected::origin).unwrap_or_default();
        Ok(Slice { volume, source, at, origin, given })
    }

    /// The series chosen, looked at as the model wants it.
    pub(crate) fn source(&mut self, bench: &Bench, dose: Option<f64>) -> Result<(Rc<Volume>, Rc<Source>), Trouble> {
        let selected = bench.selected.borrow().clone();
        let selected = selected.ok_or_else(|| Trouble::new("No series is open.", "Open one for the model first."))?;
        if let Some((volume, known, source)) = &self.source
            && Rc::ptr_eq(volume, &selected.volume)
            && *known == dose
        {
            return Ok((volume.clone(), source.clone()));
        }
        let source = Rc::new(Source::new(self.manifest(), &selected.volume, dose)?);
        self.source = Some((selected.volume.clone(), dose, source.clone()));
        Ok((selected.volume, source))
    }

    /// Begins a sample in place of the one before, whose plans it takes over where they fit.
    pub(crate) async fn begin(
        &mut self,
        bench: &Bench,
        (order, slice): (Order, Option<Slice>),
        wish: Wish,
        sample: usize,
    ) -> Result<(), Trouble> {
        let start = self.begun(bench, &wish, slice.as_ref()).await?;
        self.generator(bench).await?;
        if let (Some(UnderWay { progress: Progress::Planned(generation), .. }), Some(generator)) =
            (self.under_way.take(), self.generator.as_mut())
        {
            generator.end(*generation);
        }
        self.under_way = Some(UnderWay::new(order, (wish, sample), slice, start));
        if sample == 0 {
            (self.seconds, self.unfinished, self.failures) = (0.0, BTreeSet::new(), Vec::new());
        }
        self.generation(bench).await.map(drop)
    }

    /// The sample under way on the engine's backend; one that lost its own is begun again where it was.
    pub(crate) async fn generation(&mut self, bench: &Bench) -> Result<&mut Generation, Trouble> {
        let mut under_way = self.under_way.take().ok_or_else(nothing)?;
        let mut went_on = false;
        if !matches!(under_way.progress, Progress::Planned(_)) {
            let planned = self.planned(bench, &under_way).await;
            match planned {
                Ok(generation) => {
                    went_on = self.note_failure(&generation, under_way.seed());
                    under_way.progress = Progress::Planned(Box::new(generation));
                }
                Err(trouble) => {
                    // What was lost can still be found again, what never began cannot.
                    self.under_way = Some(under_way).filter(|lost| matches!(lost.progress, Progress::Lost(_)));
                    return Err(trouble);
                }
            }
        }
        self.under_way = Some(under_way);
        if went_on {
            self.tell_notes();
        }
        match &mut self.under_way {
            Some(UnderWay { progress: Progress::Planned(generation), .. }) => Ok(generation),
            _ => Err(nothing()),
        }
    }

    /// Notes where what computed failed, once a sample is planned on another; whether it did.
    fn note_failure(&mut self, generation: &Generation, seed: u32) -> bool {
        if !std::mem::take(&mut self.failed) {
            return false;
        }
        let (step, steps) = (generation.state().step, generation.run().plan().steps().len());
        let backend = self.generator.as_ref().map(|generator| generator.backend().name()).unwrap_or_default();
        self.failures.push(format!(
            "The GPU failed and was opened anew; the sample of seed {seed} went on from step {step} of {steps}, on {backend}."
        ));
        true
    }

    /// Tells the page what the user should know of the samples up to the one under way.
    pub(crate) fn tell_notes(&self) {
        let of_sample = self.under_way.as_ref().map(UnderWay::notes).unwrap_or_default();
        let notes: Vec<String> = of_sample.into_iter().chain(self.failures.iter().cloned()).collect();
        if !notes.is_empty() {
            post(&FromWorker::Denoise(FromDenoiser::Noted { notes }));
        }
    }

    async fn planned(&mut self, bench: &Bench, under_way: &UnderWay) -> Result<Generation, Trouble> {
        let given = under_way.slice.as_ref().map(|slice| &slice.given);
        let start = under_way.start.as_ref().map(Begun::image);
        let mut generation = self.generator(bench).await?.begin(&under_way.order, given, start).await?;
        if let Progress::Lost(run) = &under_way.progress {
            generation.carry_on(run.as_ref().clone())?;
        }
        Ok(generation)
    }

    /// How the samples up to the one under way were made.
    pub(crate) async fn record(&mut self, bench: &Bench) -> Result<RunRecord, Trouble> {
        let memory = self.generation(bench).await?.memory();
        let (Some(UnderWay { order, wish, sample, slice, start, .. }), Some(generator)) =
            (&self.under_way, &self.generator)
        else {
            return Err(nothing());
        };
        let first = Order { seed: u64::from(wish.seed), ..order.clone() };
        Ok(RunRecord {
            dose: wish.dose.filter(|_| slice.is_some()),
            input_sha256: slice.as_ref().map(|slice| slice.source.input_sha256.clone()),
            origin: slice.as_ref().map(|slice| slice.origin.clone()).unwrap_or_default(),
            slice: slice.as_ref().map(|slice| slice.at),
            start: start.as_ref().map(Begun::record),
            unfinished: !self.unfinished.is_empty(),
            seconds: self.seconds,
            memory,
            ..RunRecord::of(generator, &first, sample + 1)
        })
    }

    /// Notes whether the sample under way is ended before its last step; one that went on to it later is not.
    pub(crate) fn note(&mut self, unfinished: bool) {
        let Some(UnderWay { sample, .. }) = self.under_way else { return };
        if unfinished {
            self.unfinished.insert(sample);
        } else {
            self.unfinished.remove(&sample);
        }
    }

    /// Notes that what computed failed under a sample, and lets go of it.
    pub(crate) fn failed_backend(&mut self) {
        self.failed |= self.under_way.is_some();
        self.lost_backend();
    }

    /// Lets go of a backend that was lost; the sample under way can go on on another.
    pub(crate) fn lost_backend(&mut self) {
        self.generator = None;
        if let Some(under_way) = &mut self.under_way
            && let Progress::Planned(generation) = &under_way.progress
        {
            under_way.progress = Progress::Lost(Box::new(generation.run().clone()));
        }
    }
}

fn nothing() -> Trouble {
    Trouble::new("No sample is under way.", "Press Start to begin one.")
}

/// The wish in the pipeline's words.
fn choice(wish: &Wish) -> Choice {
    let Wish { class, seed, steps, sampler, guidance, numbers, .. } = wish.clone();
    let from = |start: &StartWish| FromImage {
        strength: start.strength,
        masked: start.region.is_some(),
        repeats: start.repeats.filter(|_| start.region.is_some()),
    };
    Choice { seed, steps, sampler, guidance, class, numbers, start: wish.start.as_deref().map(from) }
}

//! A diffusion package on a backend: where generations begin.

use std::collections::BTreeMap;

use darkroom_imaging::{Unit, Volume};
use darkroom_sampling::{Inputs, Known, Philox, Plan, Run, SamplingError, Settings, Start, Unconditional};

use super::generation::{Generation, Told};
use super::manifest::{DiffusionPipeline, OutputScale};
use super::numbers::{Numbers, filled};
use super::parts::{Parts, Shape};
use super::source::in_range;
use super::stage::any_batch;
use super::start::StartImage;
use super::{DiffusionManifest, DiffusionPackage};
use crate::PipelineError;
use crate::enhance::damaged;
use crate::runner::Backend;

/// What is wanted of a model.
#[derive(Clone, Debug)]
pub struct Order {
    /// How it is sampled.
    pub settings: Settings,
    /// The seed; the same order gives the same image.
    pub seed: u64,
    /// The class, by name or number, where the model knows classes.
    pub class: Option<String>,
    /// Numbers that the model is told, by name; the others are as its card says.
    pub numbers: BTreeMap<String, f64>,
}

/// The condition image of one generation, normalised: (slices, height, width), edges a multiple of the model's.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// The values, row-major.
    pub values: Vec<f32>,
    /// Slices, height and width.
    pub dims: [usize; 3],
    /// The dose's code, 0 at standard dose and 1 at 1/20; not used by models that take none.
    pub dose: f32,
}

/// A diffusion package on a backend.
#[derive(Debug)]
pub struct Generator {
    package: DiffusionPackage,
    backend: Backend,
    /// The plans of the last shapes, kept because slices of one volume share them.
    planned: Option<(Shape, Parts)>,
    /// The last condition and what the encoder made of it, kept because samples of one slice share it.
    encoded: Option<(Given, Vec<f32>)>,
}

impl Generator {
    /// Runs the package's probe on `backend`; only a backend that computes rightly is accepted.
    ///
    /// # Errors
    /// [`PipelineError::WrongAnswer`], and whatever planning the networks on this backend says.
    pub async fn open(package: DiffusionPackage, backend: Backend) -> Result<Self, PipelineError> {
        let generator = Self { package, backend, planned: None, encoded: None };
        generator.probe().await?;
        Ok(generator)
    }

    /// What `model.json` says.
    #[must_use]
    pub fn manifest(&self) -> &DiffusionManifest {
        &self.package.manifest
    }

    /// The package it runs.
    #[must_use]
    pub fn package(&self) -> &DiffusionPackage {
        &self.package
    }

    /// The backend it runs on.
    #[must_use]
    pub fn backend(&self) -> &Backend {
        &self.backend
    }

    /// Begins an image: plans the networks, if they are not, encodes the condition, and turns an image to start from
    /// into x.
    ///
    /// The networks are lent to the generation; [`Generator::end`] takes them back for the next one.
    ///
    /// # Errors
    /// Settings that the model does not allow, a class it does not know, a number outside its range, a condition it does not take or lacks, an image
    /// to start from that the settings make no use of, want or that the model has no way in for, whatever planning says.
    pub async fn begin(
        &mut self,
        order: &Order,
        given: Option<&Given>,
        start: Option<&StartImage>,
    ) -> Result<Generation, PipelineError> {
        let pipeline = &self.package.manifest.pipeline;
        let plan = Plan::new(&pipeline.diffusion, &order.settings)?;
        let class = class(pipeline, order)?;
        let filled = filled(pipeline.numbers.as_ref(), &order.numbers)?;
        self.expect_condition(given)?;
        let zeros = |numbers: &Numbers| numbers.unconditional == Unconditional::Zeros;
        let zeros = pipeline.numbers.as_ref().is_some_and(zeros);
        let guided = order.settings.guidance.is_some();
        let without = match (&pipeline.classes, guided) {
            (Some(classes), true) => classes.none()?,
            (None, true) if !zeros => return Err(SamplingError::NoUnconditional.into()),
            _ => None,
        };
        let told = pipeline.numbers.as_ref().map_or_else(Vec::new, |numbers| numbers.told(&filled));
        let together = guided && any_batch(&self.package.denoiser, &pipeline.denoiser.x);
        let dims = given.map_or([0; 3], |given| given.dims);
        let edges = pipeline.sample.edges.unwrap_or([dims[1], dims[2]]);
        let batch = if together { 2 } else { 1 };
        let shape = Shape { given: dims, edges, batch, start: start.is_some() };
        let mut parts = match self.planned.take() {
            Some((planned, parts)) if planned == shape => parts,
            _ => Parts::plan(&self.package, shape, &self.backend).await?,
        };
        let condition = match (given, self.encoded.take()) {
            (Some(given), Some((last, condition))) if last == *given => condition,
            (Some(given), _) => parts.encode(&self.package.manifest.pipeline, given).await?,
            (None, _) => Vec::new(),
        };
        self.encoded = given.map(|given| (given.clone(), condition.clone()));
        let inputs = match start {
            Some(start) => self.inputs(&mut parts, &order.settings, (start, edges), &condition).await?,
            None => Inputs::default(),
        };
        let len = self.package.manifest.pipeline.sample.channels * edges[0] * edges[1];
        let run = Run::begin(plan, len, Philox::new(order.seed), inputs)?.keep_every(1);
        let (told, kept) = (Told { condition, numbers: (told, zeros), class, without }, start.cloned());
        let names = self.package.manifest.pipeline.clone();
        Ok(Generation { run, parts, shape, told, kept, names, seconds: 0.0 })
    }

    /// What the run begins with where it starts from an image, as its settings want it.
    async fn inputs(
        &self,
        parts: &mut Parts,
        settings: &Settings,
        (start, edges): (&StartImage, [usize; 2]),
        condition: &[f32],
    ) -> Result<Inputs, PipelineError> {
        start.check(parts.image_edges(edges))?;
        let x = parts.enter(&self.package, start, condition, edges).await?;
        let cells = start.cells(edges, self.package.manifest.pipeline.sample.channels)?;
        let known = cells.map(|cells| Known::new(x.clone(), cells)).transpose()?;
        // A masked part may begin as noise alone.
        let wanted = matches!(settings.start, Start::Image { .. }) || known.is_none();
        Ok(Inputs { image: wanted.then_some(x), known })
    }

    /// An image of the network in the unit of what the model gives; as it is where that is an input's.
    #[must_use]
    pub fn values(&self, image: &[f32]) -> Vec<f32> {
        match self.package.manifest.output.scale {
            OutputScale::Input => image.to_vec(),
            OutputScale::Range { low, high } => image.iter().map(|&value| in_range(value, low, high)).collect(),
        }
    }

    /// Values of `dims` (i, j, k) as a volume that no input gives a place: its middle lies at the origin, i grows to
    /// the left, j to the back.
    ///
    /// # Errors
    /// Values that do not fill the volume.
    pub fn volume(&self, dims: [usize; 3], data: Vec<f32>) -> Result<Volume, PipelineError> {
        let output = &self.package.manifest.output;
        let edge = output.spacing_mm;
        let middle = dims.map(|n| edge * (n as f64 - 1.0) / 2.0);
        let affine = [[-edge, 0.0, 0.0, middle[0]], [0.0, -edge, 0.0, middle[1]], [0.0, 0.0, edge, -middle[2]]];
        let unit = output.unit().unwrap_or_else(|| Unit::Other(String::new()));
        Volume::new(dims, data, affine, unit).map_err(|error| damaged(&error.to_string()))
    }

    /// Takes back what a generation borrowed, so that the next of the same shape begins without planning.
    pub fn end(&mut self, generation: Generation) {
        self.planned = Some((generation.shape, generation.parts));
    }

    fn expect_condition(&self, given: Option<&Given>) -> Result<(), PipelineError> {
        let condition = self.package.manifest.pipeline.condition.as_ref();
        let (Some(given), Some(wanted)) = (given, condition) else {
            return match (given, condition) {
                (None, Some(_)) => Err(PipelineError::Order("this model turns an image into another; give it one")),
                (Some(_), None) => Err(PipelineError::Order("this model makes images of noise alone and takes none")),
                _ => Ok(()),
            };
        };
        let [slices, height, width] = given.dims;
        let fits = slices == wanted.slices && given.values.len() == slices * height * width;
        let fits = fits && [height, width].iter().all(|edge| *edge > 0 && edge.is_multiple_of(wanted.multiple));
        if fits { Ok(()) } else { Err(PipelineError::Order("the image given has another shape than the model takes")) }
    }
}

/// The class's number, where the model wants one.
fn class(pipeline: &DiffusionPipeline, order: &Order) -> Result<Option<usize>, PipelineError> {
    match (&pipeline.classes, &order.class) {
        (Some(classes), Some(class)) => Ok(Some(classes.find(class)?)),
        (Some(_), None) => Err(PipelineError::Order("this model makes images of a class; choose one")),
        (None, Some(_)) => Err(PipelineError::Order("this model knows no classes, so none can be chosen")),
        (None, None) => Ok(None),
    }
}

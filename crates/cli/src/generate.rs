//! `darkroom generate`: images from noise.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

use darkroom_imaging::Volume;
use darkroom_pipelines::PipelineError;
use darkroom_pipelines::diffusion::{Generator, Order, RunRecord, StartSlice, check_seeds};

use crate::backend::Processor;
use crate::error::{CliError, write};
use crate::model;
use crate::sampling::{SamplingOptions, nifti};

/// Arguments of `darkroom generate`.
#[derive(Debug, clap::Args)]
pub(crate) struct Generate {
    /// A diffusion model: the folder or zip of its package.
    model: PathBuf,
    /// Where the samples go, one slice each: a name ending in .nii or .nii.gz.
    #[arg(short, long)]
    output: PathBuf,
    /// The class, by name or number, of a model that knows classes.
    #[arg(long)]
    class: Option<String>,
    /// The axial slice of an image to start from, counted from 0; without it the one of which the mask marks most, or the
    /// middle one.
    #[arg(long, requires = "start")]
    slice: Option<usize>,
    #[command(flatten)]
    sampling: SamplingOptions,
    #[command(flatten)]
    processor: Processor,
}

impl Generate {
    pub(crate) fn run(self) -> Result<(), CliError> {
        let package = model::diffusion(&self.model)?;
        let start = self.sampling.start.open()?;
        let (volume, record, notes) = pollster::block_on(async {
            let mut generator = Generator::open(package, self.processor.open().await?).await?;
            let order = self.sampling.order(generator.manifest(), self.class.clone())?;
            let slice = start.as_ref().map(|start| generator.start(&start.volume, start.mask.as_ref(), self.slice));
            let slice = slice.transpose()?;
            let (volume, record, decoding) =
                samples(&mut generator, &order, self.sampling.samples, slice.as_ref()).await?;
            let notes: Vec<String> = slice.into_iter().flat_map(|slice| slice.notes).chain(decoding).collect();
            Ok::<_, CliError>((volume, record, notes))
        })?;
        write(&self.output, &nifti(&volume, &record, &self.output)?)?;
        let notes: Vec<String> = start.map_or_else(Vec::new, |start| start.notes).into_iter().chain(notes).collect();
        self.sampling.report(&self.output, &record, &notes)
    }
}

/// The samples as the slices of a volume, which lies where the slice lay that they start from, and what to say of them.
async fn samples(
    generator: &mut Generator,
    order: &Order,
    samples: usize,
    start: Option<&StartSlice>,
) -> Result<(Volume, RunRecord, Option<String>), PipelineError> {
    check_seeds(order.seed, samples)?;
    let from = start.map(|start| start.record.clone());
    let mut record = RunRecord { start: from, ..RunRecord::of(generator, order, samples) };
    let clock = Instant::now();
    let (mut data, mut edges, mut note) = (Vec::new(), [0, 0], None);
    for sample in 0..samples {
        let order = Order { seed: order.seed + sample as u64, ..order.clone() };
        let mut generation = generator.begin(&order, None, start.map(|start| &start.image)).await?;
        while generation.step(&mut |_| ControlFlow::Continue(())).await? {}
        let (image, found) = generation.image().await?;
        record.memory = generation.memory();
        note = generation.note().map(str::to_owned);
        generator.end(generation);
        data.extend(generator.values(&image));
        edges = found;
    }
    record.seconds = clock.elapsed().as_secs_f64();
    let [height, width] = edges;
    let volume = generator.volume([width, height, samples], data)?;
    let volume = match start {
        Some(start) => start.place(volume),
        None => volume,
    };
    Ok((volume, record, note))
}

//! `darkroom generate`: images from noise.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

use darkroom_imaging::Volume;
use darkroom_pipelines::PipelineError;
use darkroom_pipelines::diffusion::{Generator, Order, RunRecord};

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
    #[command(flatten)]
    sampling: SamplingOptions,
    #[command(flatten)]
    processor: Processor,
}

impl Generate {
    pub(crate) fn run(self) -> Result<(), CliError> {
        let package = model::diffusion(&self.model)?;
        let (volume, record, manifest) = pollster::block_on(async {
            let mut generator = Generator::open(package, self.processor.open().await?).await?;
            let order = self.sampling.order(generator.manifest(), self.class.clone())?;
            let (volume, record) = samples(&mut generator, &order, self.sampling.samples).await?;
            Ok::<_, CliError>((volume, record, generator.manifest().clone()))
        })?;
        write(&self.output, &nifti(&volume, &manifest, &self.output)?)?;
        self.sampling.report(&self.output, &record, &[])
    }
}

/// The samples as the slices of a volume.
async fn samples(
    generator: &mut Generator,
    order: &Order,
    samples: usize,
) -> Result<(Volume, RunRecord), PipelineError> {
    let mut record = RunRecord::of(generator, order, samples);
    let start = Instant::now();
    let (mut data, mut edges) = (Vec::new(), [0, 0]);
    for sample in 0..samples {
        let order = Order { seed: order.seed + sample as u64, ..order.clone() };
        let mut generation = generator.begin(&order, None).await?;
        while generation.step(&mut |_| ControlFlow::Continue(())).await? {}
        let (image, found) = generation.image().await?;
        record.memory = generation.memory();
        generator.end(generation);
        data.extend(generator.values(&image));
        edges = found;
    }
    record.seconds = start.elapsed().as_secs_f64();
    let [height, width] = edges;
    Ok((generator.volume([width, height, samples], data)?, record))
}

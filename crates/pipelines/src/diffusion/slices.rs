//! A volume translated slice by slice.

use std::ops::ControlFlow;

use darkroom_imaging::normalise::foreground;
use darkroom_imaging::statistics::Comparison;
use darkroom_imaging::{LabelMap, Volume};
use web_time::Instant;

use super::checkpoint::Checkpoint;
use super::generation::Generation;
use super::generator::{Generator, Order};
use super::record::RunRecord;
use super::source::{Source, check_seeds, cropped, seed_of};
use super::start_volume::StartVolume;
use crate::PipelineError;
use crate::enhance::compared;

/// A translated volume on the input's grid.
#[derive(Clone, Debug)]
pub struct Translated {
    /// The sample; the mean where several were made.
    pub volume: Volume,
    /// The standard deviation over the samples, where several were made.
    pub spread: Option<Volume>,
    /// Input and result in a uniform region; `None` where the image has none, and for an unfinished volume.
    pub comparison: Option<Comparison>,
    /// How it was made.
    pub record: RunRecord,
    /// What the user should know about this run.
    pub notes: Vec<String>,
}

/// How far a translation is: the slice under work from 1, the slices, the share of the whole.
pub type SliceWatch<'a> = &'a mut dyn FnMut(usize, usize, f64) -> ControlFlow<()>;

/// What is made of a volume.
#[derive(Clone, Copy, Debug)]
pub struct Translation<'a> {
    /// How, with the seed of the first sample.
    pub order: &'a Order,
    /// Images made of every slice.
    pub samples: usize,
    /// The volume's fraction of the standard dose, for models that are told one.
    pub dose: Option<f64>,
    /// A volume that its slices start from; one on another grid is resampled.
    pub start: Option<&'a Volume>,
    /// What of that is made anew: labels above 0, on its grid.
    pub mask: Option<&'a LabelMap>,
}

impl Generator {
    /// Makes `samples` images of every slice. Sample n of slice k draws from the seed `order.seed + n`, in the upper
    /// half of which stands k, so no two slices share their noise.
    ///
    /// A run that `watch` ends gives what it has: of the slice under work the last prediction. The record then says
    /// that it is unfinished. A run that fails, as where its GPU is lost, leaves in `checkpoint` how far it came; a call
    /// with that and the same input and translation goes on from there.
    ///
    /// # Errors
    /// An unusable image, a dose outside 1/20 to 1, no samples, a seed of more than 32 bits, whatever
    /// [`StartVolume::new`], [`Generator::begin`] and a step say; [`PipelineError::Cancelled`] where there is no prediction yet.
    pub async fn translate(
        &mut self,
        input: &Volume,
        translation: Translation<'_>,
        checkpoint: &mut Checkpoint,
        watch: SliceWatch<'_>,
    ) -> Result<Translated, PipelineError> {
        let Translation { order, samples, dose, start, mask } = translation;
        let source = Source::new(self.manifest(), input, dose)?;
        check_seeds(order.seed, samples)?;
        if start.is_none() && mask.is_some() {
            return Err(PipelineError::Order("a mask keeps a part of an image to start from; give that image too"));
        }
        let start = start.map(|start| StartVolume::new(&source, input, start, mask)).transpose()?;
        let mut record = RunRecord {
            dose,
            input_sha256: Some(source.input_sha256.clone()),
            start: start.as_ref().map(|start| start.record.clone()),
            ..RunRecord::of(self, order, samples)
        };
        let clock = Instant::now();
        let given = (&source, start.as_ref());
        let made = self.slices(input, given, (order, samples), (&mut *checkpoint, &mut record), watch).await;
        checkpoint.seconds += clock.elapsed().as_secs_f64();
        checkpoint.failed = made.is_err();
        let Made { ended, note } = made?;
        let Checkpoint { mean, spread, seconds, notes: failed, .. } = std::mem::take(checkpoint);
        record.seconds = seconds;
        let of_start = start.and_then(|start| start.note);
        let mut notes: Vec<String> = source.notes.iter().cloned().chain(of_start).chain(note).chain(failed).collect();
        if let Some(slice) = ended {
            record.unfinished = true;
            notes.push(format!(
                "The run was ended in slice {} of {}: that slice is the last prediction, those behind it hold no image.",
                slice + 1,
                source.slices(input).dims[2]
            ));
        }
        let spread = if samples > 1 { Some(source.volume(input, source.differences(&spread))?) } else { None };
        let volume = source.volume(input, source.values(&mean))?;
        let foreground = foreground(input).ok().filter(|_| !record.unfinished);
        let comparison = foreground.and_then(|foreground| compared(input, &volume, &foreground));
        Ok(Translated { volume, spread, comparison, record, notes })
    }

    /// All slices from the one checkpoint, up to the one in which `watch` ends the run; those behind it are as dark as the
    /// darkest value.
    async fn slices(
        &mut self,
        input: &Volume,
        (source, start): (&Source, Option<&StartVolume>),
        (order, samples): (&Order, usize),
        (checkpoint, record): (&mut Checkpoint, &mut RunRecord),
        watch: SliceWatch<'_>,
    ) -> Result<Made, PipelineError> {
        let dims = source.slices(input).dims;
        let depth = dims[2];
        let mut made = Made::default();
        while checkpoint.slice < depth && made.ended.is_none() {
            let slice = checkpoint.slice;
            if let Some(kept) = start.and_then(|start| start.kept(source, slice)) {
                let still = vec![0.0; kept.len()];
                checkpoint.push(kept, still);
                continue;
            }
            let given = source.given(input, slice);
            let start = start.map(|start| start.image(source, slice));
            while checkpoint.sample < samples && made.ended.is_none() {
                let sample = checkpoint.sample;
                let seed = seed_of(order.seed, sample, slice);
                let mut generation = self.begin(&Order { seed, ..order.clone() }, Some(&given), start.as_ref()).await?;
                checkpoint.resume(&mut generation, depth, &self.backend().name())?;
                let share = |done: f64| (slice as f64 + (sample as f64 + done) / samples as f64) / depth as f64;
                let go_on = &mut |done| watch(slice + 1, depth, share(done));
                let (image, finished) = match image(&mut generation, go_on).await {
                    Ok(image) => image,
                    Err(error) => {
                        checkpoint.halt(&generation);
                        return Err(error);
                    }
                };
                if let Some((image, edges)) = image {
                    checkpoint.moments.push(&cropped(&image, edges, dims)?)?;
                }
                record.memory = generation.memory();
                made.note = generation.note().map(str::to_owned);
                self.end(generation);
                checkpoint.sample += 1;
                made.ended = (!finished).then_some(slice);
            }
            let (mean, spread) = (checkpoint.moments.mean(), checkpoint.moments.deviation());
            checkpoint.push(mean, spread);
        }
        if checkpoint.mean.is_empty() {
            return Err(PipelineError::Cancelled);
        }
        let darkest = checkpoint.mean.iter().copied().fold(f32::INFINITY, f32::min);
        checkpoint.mean.resize(dims.iter().product(), darkest);
        checkpoint.spread.resize(dims.iter().product(), 0.0);
        Ok(made)
    }
}

/// How a walk over the slices ended.
#[derive(Debug, Default)]
struct Made {
    /// The slice in which the run was ended, from 0.
    ended: Option<usize>,
    /// How the last of them was decoded, where that is worth a word.
    note: Option<String>,
}

/// An image in the network's own values, with its height and width.
type Image = (Vec<f32>, [usize; 2]);

/// Steps to the end and gives the image, and whether it is finished; no image where the run was ended before there was
/// one.
async fn image(
    generation: &mut Generation,
    watch: &mut dyn FnMut(f64) -> ControlFlow<()>,
) -> Result<(Option<Image>, bool), PipelineError> {
    let finished = finish(generation, watch).await?;
    let predicted = finished || !generation.run().x0().is_empty();
    let image = if predicted { Some(generation.image().await?) } else { None };
    Ok((image, finished))
}

/// Steps to the end; `false` where `watch`, which hears the share of the steps, ended the run before.
async fn finish(
    generation: &mut Generation,
    watch: &mut dyn FnMut(f64) -> ControlFlow<()>,
) -> Result<bool, PipelineError> {
    let evaluations = generation.evaluations().max(1) as f64;
    let mut steps = generation.state().step as f64;
    loop {
        if watch(steps / evaluations).is_break() {
            return Ok(false);
        }
        match generation.step(&mut |_| watch(steps / evaluations)).await {
            Ok(true) => steps += 1.0,
            Ok(false) => return Ok(true),
            Err(PipelineError::Cancelled) => return Ok(false),
            Err(error) => return Err(error),
        }
    }
}

//! A volume translated slice by slice, each slice with its neighbours as the condition.

use std::ops::ControlFlow;

use darkroom_imaging::Volume;
use darkroom_imaging::checks::check;
use darkroom_imaging::normalise::foreground;
use darkroom_sampling::Welford;
use web_time::Instant;

use super::generator::{Generator, Given, Order};
use super::manifest::{Condition, OutputScale};
use super::record::RunRecord;
use crate::PipelineError;
use crate::enhance::damaged;
use crate::package::sha256_of;
use crate::scaling::Scaling;

/// A translated volume on the input's grid.
#[derive(Clone, Debug)]
pub struct Translated {
    /// The sample; the mean where several were made.
    pub volume: Volume,
    /// The standard deviation over the samples, where several were made.
    pub spread: Option<Volume>,
    /// How it was made.
    pub record: RunRecord,
    /// What the user should know about this run.
    pub notes: Vec<String>,
}

/// How far a translation is: the slice under work from 1, the slices, the share of the whole.
pub type SliceWatch<'a> = &'a mut dyn FnMut(usize, usize, f64) -> ControlFlow<()>;

impl Generator {
    /// Makes `samples` images of every slice. Sample n of slice k draws from the seed `order.seed + n`, in the upper
    /// half of which stands k, so no two slices share their noise.
    ///
    /// # Errors
    /// An unusable image, a dose outside 1/20 to 1, no samples, a seed of more than 32 bits, whatever
    /// [`Generator::begin`] and a step say.
    pub async fn translate(
        &mut self,
        input: &Volume,
        order: &Order,
        samples: usize,
        dose: Option<f64>,
        watch: SliceWatch<'_>,
    ) -> Result<Translated, PipelineError> {
        let notes = check(input).map_err(PipelineError::Image)?;
        let manifest = self.manifest().clone();
        let missing = PipelineError::Order("this model makes images of noise alone and takes none");
        let condition = manifest.pipeline.condition.as_ref().ok_or(missing)?;
        if samples == 0 || order.seed > u64::from(u32::MAX) - samples as u64 {
            return Err(PipelineError::Order("choose at least one sample and a seed below 2^32"));
        }
        let fraction = dose.unwrap_or(1.0);
        if !(0.05..=1.0).contains(&fraction) {
            return Err(PipelineError::Dose { dose: fraction, min: 0.05, max: 1.0 });
        }
        let scaling =
            Scaling::of(condition.normalisation, input, foreground(input).as_ref()).map_err(PipelineError::Image)?;
        let [width, height, depth] = input.dims;
        let (mut mean, mut spread) = (Vec::with_capacity(input.data.len()), Vec::with_capacity(input.data.len()));
        let mut record =
            RunRecord { dose, input_sha256: Some(sha256_of(&input.data)), ..RunRecord::of(self, order, samples) };
        let start = Instant::now();
        for slice in 0..depth {
            let dose = ((1.0 / fraction).log2() / 20_f64.log2()) as f32;
            let given = Given { dose, ..given(input, condition, scaling, slice) };
            let mut moments = Welford::new();
            for sample in 0..samples {
                let seed = order.seed + sample as u64 + ((slice as u64) << 32);
                let mut generation = self.begin(&Order { seed, ..order.clone() }, Some(&given)).await?;
                let evaluations = generation.evaluations().max(1) as f64;
                let mut steps = 0.0;
                loop {
                    let done = (slice as f64 + (sample as f64 + steps / evaluations) / samples as f64) / depth as f64;
                    if watch(slice + 1, depth, done).is_break() {
                        return Err(PipelineError::Cancelled);
                    }
                    if !generation.step(&mut |_| watch(slice + 1, depth, done)).await? {
                        break;
                    }
                    steps += 1.0;
                }
                let (image, edges) = generation.image().await?;
                record.memory = generation.memory();
                self.end(generation);
                moments.push(&cropped(&image, edges, [height, width])?)?;
            }
            mean.extend(moments.mean());
            spread.extend(moments.deviation());
        }
        record.seconds = start.elapsed().as_secs_f64();
        let factor = match manifest.output.scale {
            OutputScale::Input => scaling.scale,
            OutputScale::Range { low, high } => (high - low) / 2.0,
        };
        let mean = match manifest.output.scale {
            OutputScale::Input => mean.into_iter().map(|value| scaling.restore(value)).collect(),
            OutputScale::Range { .. } => self.values(&mean),
        };
        let unit = manifest.output.unit().unwrap_or_else(|| input.unit.clone());
        let volume = |data: Vec<f32>| {
            let volume = input.with_data(data).map_err(|error| damaged(&error.to_string()))?;
            Ok::<_, PipelineError>(Volume { unit: unit.clone(), ..volume })
        };
        let spread = spread.into_iter().map(|value| (f64::from(value) * factor) as f32).collect();
        Ok(Translated {
            volume: volume(mean)?,
            spread: if samples > 1 { Some(volume(spread)?) } else { None },
            record,
            notes,
        })
    }
}

/// A slice with its neighbours, normalised, its edges padded to the model's multiple by repetition.
fn given(input: &Volume, condition: &Condition, scaling: Scaling, slice: usize) -> Given {
    let [width, height, depth] = input.dims;
    let [tall, wide] = [height, width].map(|edge| edge.next_multiple_of(condition.multiple));
    let mut values = Vec::with_capacity(condition.slices * tall * wide);
    for neighbour in 0..condition.slices {
        let z = (slice + neighbour).saturating_sub(condition.slices / 2).min(depth - 1);
        for y in 0..tall {
            let row = (z * height + y.min(height - 1)) * width;
            values.extend((0..wide).map(|x| scaling.apply(input.data[row + x.min(width - 1)])));
        }
    }
    Given { values, dims: [condition.slices, tall, wide], dose: 0.0 }
}

/// The image without its padding.
fn cropped(image: &[f32], [tall, wide]: [usize; 2], [height, width]: [usize; 2]) -> Result<Vec<f32>, PipelineError> {
    if tall < height || wide < width {
        let reason = format!("its images have {tall} x {wide} pixels, too few for a slice of {height} x {width}");
        return Err(PipelineError::Manifest(reason));
    }
    Ok(image.chunks_exact(wide).take(height).flat_map(|row| &row[..width]).copied().collect())
}

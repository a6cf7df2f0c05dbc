//! A volume as a diffusion model takes it: slice by slice, each with its neighbours as the condition.

use darkroom_imaging::checks::{below_zero, check};
use darkroom_imaging::geometry::to_world;
use darkroom_imaging::normalise::foreground;
use darkroom_imaging::{Axial, Unit, Volume, VolumeError};

use super::generator::Given;
use super::manifest::{Condition, DiffusionManifest, OutputScale, Produced};
use super::start::of_range;
use crate::PipelineError;
use crate::enhance::damaged;
use crate::package::sha256_of;
use crate::scaling::Scaling;

/// A volume's scale, found once, and what a model makes of the volume's slices.
#[derive(Clone, Debug)]
pub struct Source {
    condition: Condition,
    output: Produced,
    scaling: Scaling,
    /// The volume in axial slices of a size that the model knows, where it does not lie so by itself.
    turned: Option<(Axial, Volume)>,
    /// The dose's code: 0 at standard dose, 1 at 1/20.
    dose: f32,
    /// SHA-256 of the volume's voxels as little-endian float32.
    pub input_sha256: String,
    /// What the user should know about the volume.
    pub notes: Vec<String>,
}

impl Source {
    /// Looks at a volume; `dose` is its fraction of the standard dose, for models that are told one.
    ///
    /// # Errors
    /// A model that takes no image, an unusable image, a dose outside 1/20 to 1 or for a model that is told none.
    pub fn new(manifest: &DiffusionManifest, input: &Volume, dose: Option<f64>) -> Result<Self, PipelineError> {
        let mut notes = check(input).map_err(PipelineError::Image)?;
        let missing = PipelineError::Order("this model makes images of noise alone and takes none");
        let condition = manifest.pipeline.condition.clone().ok_or(missing)?;
        if condition.modality == "PT" {
            notes.extend(below_zero(input));
        }
        if dose.is_some() && manifest.pipeline.encoder.as_ref().is_none_or(|encoder| encoder.dose.is_none()) {
            return Err(PipelineError::Order("this model is told no dose; leave it out"));
        }
        let fraction = dose.unwrap_or(1.0);
        if !(0.05..=1.0).contains(&fraction) {
            return Err(PipelineError::Dose { dose: fraction, min: 0.05, max: 1.0 });
        }
        let axial = Axial::of(input, condition.spacing_mm);
        notes.extend(axial.map(|axial| axial.note(&input.affine)));
        let turn = |axial: Axial| axial.forward(input).map(|volume| (axial, volume));
        let turned = axial.map(turn).transpose().map_err(|error| damaged(&error.to_string()))?;
        let slices = turned.as_ref().map_or(input, |(_, volume)| volume);
        let scaling =
            Scaling::of(condition.normalisation, slices, foreground(slices).as_ref()).map_err(PipelineError::Image)?;
        let dose = ((1.0 / fraction).log2() / 20_f64.log2()) as f32;
        let input_sha256 = sha256_of(&input.data);
        Ok(Self { condition, output: manifest.output.clone(), scaling, turned, dose, input_sha256, notes })
    }

    /// What the values of the model's images of `input` measure.
    pub(super) fn unit(&self, input: &Volume) -> Unit {
        self.output.unit_of(input)
    }

    /// The slices that the model sees, of the volume that was looked at.
    #[must_use]
    pub fn slices<'a>(&'a self, input: &'a Volume) -> &'a Volume {
        self.turned.as_ref().map_or(input, |(_, volume)| volume)
    }

    /// The slice that the model sees where the volume's own axial slices are at number `own`.
    #[must_use]
    pub fn slice_at(&self, own: usize) -> usize {
        self.turned.as_ref().map_or(own, |(axial, _)| axial.slice(own))
    }

    /// The condition of a slice: it and its neighbours, normalised, its edges padded to the model's multiple by
    /// repetition. `input` is the volume that was looked at.
    #[must_use]
    pub fn given(&self, input: &Volume, slice: usize) -> Given {
        let input = self.slices(input);
        let slices = self.condition.slices;
        let [tall, wide] = self.edges(input);
        let mut values = Vec::with_capacity(slices * tall * wide);
        for neighbour in 0..slices {
            let z = (slice + neighbour).saturating_sub(slices / 2).min(input.dims[2] - 1);
            values.extend(self.plane(input, z).into_iter().map(|value| self.scaling.apply(value)));
        }
        Given { values, dims: [slices, tall, wide], dose: self.dose }
    }

    /// Height and width of a slice that is padded to the model's multiple.
    pub(super) fn edges(&self, slices: &Volume) -> [usize; 2] {
        [slices.dims[1], slices.dims[0]].map(|edge| edge.next_multiple_of(self.condition.multiple))
    }

    /// A slice as it is, padded by repetition.
    pub(super) fn plane(&self, slices: &Volume, at: usize) -> Vec<f32> {
        self.padded(slices, &slices.data, at)
    }

    /// The slice at `at` of values on the grid of `slices`, padded by repetition.
    pub(super) fn padded<T: Copy>(&self, slices: &Volume, values: &[T], at: usize) -> Vec<T> {
        let [width, height, _] = slices.dims;
        let [tall, wide] = self.edges(slices);
        let row = |y: usize| (at * height + y.min(height - 1)) * width;
        (0..tall).flat_map(|y| (0..wide).map(move |x| row(y) + x.min(width - 1))).map(|voxel| values[voxel]).collect()
    }

    /// A volume on the grid of the one that was looked at, as the model sees it.
    pub(super) fn turn(&self, volume: &Volume) -> Result<Volume, VolumeError> {
        match &self.turned {
            Some((axial, _)) => axial.forward(volume),
            None => Ok(volume.clone()),
        }
    }

    /// A value of an image to start from as the network has it: undoes [`Source::values`].
    pub(super) fn start_value(&self, value: f32) -> f32 {
        match self.output.scale {
            OutputScale::Input => self.scaling.place(value),
            OutputScale::Range { low, high } => of_range(value, low, high),
        }
    }

    /// The network's values in the unit of what the model gives.
    #[must_use]
    pub fn values(&self, network: &[f32]) -> Vec<f32> {
        let restore = |value: &f32| match self.output.scale {
            OutputScale::Input => self.scaling.restore(*value),
            OutputScale::Range { low, high } => in_range(*value, low, high),
        };
        network.iter().map(restore).collect()
    }

    /// Differences of the network's values in the same unit.
    #[must_use]
    pub fn differences(&self, network: &[f32]) -> Vec<f32> {
        let factor = match self.output.scale {
            OutputScale::Input => self.scaling.scale,
            OutputScale::Range { low, high } => (high - low) / 2.0,
        };
        network.iter().map(|value| (f64::from(*value) * factor) as f32).collect()
    }

    /// Values of all slices on the grid of `input`, in the model's unit.
    ///
    /// # Errors
    /// Values that do not fill the slices.
    pub fn volume(&self, input: &Volume, data: Vec<f32>) -> Result<Volume, PipelineError> {
        let unit = self.unit(input);
        let own = match &self.turned {
            Some((axial, _)) => axial.back(data),
            None => Ok(data),
        };
        let volume = own.and_then(|data| input.with_data(data)).map_err(|error| damaged(&error.to_string()))?;
        Ok(Volume { unit, ..volume })
    }

    /// Values of one slice as a volume of one slice that lies where the slice does.
    ///
    /// # Errors
    /// Values that do not fill the slice.
    pub fn slice(&self, input: &Volume, slice: usize, data: Vec<f32>) -> Result<Volume, PipelineError> {
        let slices = self.slices(input);
        let mut affine = slices.affine;
        let corner = to_world(&affine, [0.0, 0.0, slice as f64]);
        affine.iter_mut().zip(corner).for_each(|(row, place)| row[3] = place);
        let unit = self.unit(input);
        let dims = [slices.dims[0], slices.dims[1], 1];
        Volume::new(dims, data, affine, unit).map_err(|error| damaged(&error.to_string()))
    }
}

/// A value of the network, -1 to 1, in its range.
pub(super) fn in_range(value: f32, low: f64, high: f64) -> f32 {
    (low + (f64::from(value) + 1.0) / 2.0 * (high - low)) as f32
}

/// An image without the padding that its slice was given; `dims` are the volume's.
///
/// # Errors
/// An image smaller than the slice.
pub fn cropped(image: &[f32], [tall, wide]: [usize; 2], dims: [usize; 3]) -> Result<Vec<f32>, PipelineError> {
    let [width, height, _] = dims;
    if tall < height || wide < width {
        let reason = format!("its images have {tall} x {wide} pixels, too few for a slice of {height} x {width}");
        return Err(PipelineError::Manifest(reason));
    }
    Ok(image.chunks_exact(wide).take(height).flat_map(|row| &row[..width]).copied().collect())
}

/// The seed of a sample of a slice: in the upper half stands the slice, so no two slices share their noise.
#[must_use]
pub fn seed_of(seed: u64, sample: usize, slice: usize) -> u64 {
    seed + sample as u64 + ((slice as u64) << 32)
}

/// Whether there are samples, and a seed of 32 bits for each; [`seed_of`] needs the other bits.
///
/// # Errors
/// [`PipelineError::Order`].
pub fn check_seeds(seed: u64, samples: usize) -> Result<(), PipelineError> {
    let most = (1_u64 << 32).checked_sub(samples as u64);
    if samples > 0 && most.is_some_and(|most| seed <= most) {
        return Ok(());
    }
    Err(PipelineError::Order("choose at least one sample, and a seed so low that those of all samples are below 2^32"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_has_a_seed_of_its_own_or_is_refused() {
        let last = u64::from(u32::MAX);
        assert!(check_seeds(last, 1).is_ok() && check_seeds(last - 1, 2).is_ok());
        for (seed, samples) in [(last, 2), (last + 1, 1), (0, 0), (0, usize::MAX)] {
            let error = check_seeds(seed, samples).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains("below 2^32"), "{seed} {samples}: {error}");
        }
    }
}

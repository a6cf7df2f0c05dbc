//! The probe: a small run whose result is known, so that a GPU that computes wrongly is found
//! before a patient's scan is touched.

use std::ops::ControlFlow;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::runner::{Backend, Runner};
use crate::twins::Twins;
use crate::{Package, PipelineError};

/// A small computation whose result is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    /// Edges of the image, D, H, W.
    pub dims: [usize; 3],
    /// Seed of the generator that makes it.
    pub seed: u32,
    /// Flat indices of the result with the values ONNX Runtime gave.
    pub samples: Vec<(usize, f32)>,
    /// Largest difference that rounding explains.
    pub tolerance: f32,
}

impl Probe {
    /// Whether it is small enough, and samples a result of so many channels inside itself.
    ///
    /// # Errors
    /// What is wrong, in a sentence.
    pub(crate) fn check(&self, channels: usize) -> Result<(), PipelineError> {
        let voxels = self.dims.iter().try_fold(1_usize, |product, &n| product.checked_mul(n)).unwrap_or(usize::MAX);
        let outside = |&(index, _): &(usize, f32)| index >= voxels.saturating_mul(channels);
        if voxels > 1 << 20 || self.samples.is_empty() || self.samples.iter().any(outside) {
            let reason = "its probe is empty or larger than 2^20 voxels, or samples outside itself";
            return Err(PipelineError::Manifest(reason.to_owned()));
        }
        Ok(())
    }

    /// The difference that is allowed where tensors are stored as "float32" or "float16".
    pub(crate) fn allowed(&self, storage: &str) -> f32 {
        if storage == "float16" { self.tolerance.max(half_tolerance(self)) } else { self.tolerance }
    }
}

/// Runs the package's probe on `backend`, if it has one.
///
/// # Errors
/// [`PipelineError::WrongAnswer`] with the first sample that is off, and whatever running says.
pub(crate) async fn run(package: &Package, backend: &Backend) -> Result<(), PipelineError> {
    let Some(probe) = &package.manifest.probe else { return Ok(()) };
    let (result, storage) = compute(package, backend, probe.dims, probe.seed).await?;
    compare(&result, &probe.samples, probe.allowed(storage), backend)
}

/// Whether a result has the values that it should have at these places.
pub(crate) fn compare(
    result: &[f32],
    samples: &[(usize, f32)],
    tolerance: f32,
    backend: &Backend,
) -> Result<(), PipelineError> {
    for &(index, wanted) in samples {
        let got = result.get(index).copied().unwrap_or(f32::NAN);
        // Written so that a NaN fails.
        let close = (got - wanted).abs() <= tolerance;
        if !close {
            return Err(PipelineError::WrongAnswer { backend: backend.name(), index, got, wanted });
        }
    }
    Ok(())
}

/// What rounding to float16 between kernels may change: 5e-3 of the largest sample.
fn half_tolerance(probe: &Probe) -> f32 {
    5e-3 * probe.samples.iter().fold(0.0_f32, |largest, (_, value)| largest.max(value.abs()))
}

/// Samples of one result that a probe keeps.
const SAMPLES: usize = 64;

/// A probe for a package that has none, its right answer computed by the kernels' twins.
///
/// # Errors
/// Whatever running the network says; a result that is not finite.
pub(crate) async fn make(package: &Package, dims: [usize; 3]) -> Result<Probe, PipelineError> {
    let seed = 1;
    let (result, _) = compute(package, &Backend::Cpu(Rc::new(Twins)), dims, seed).await?;
    let bad = result.iter().filter(|value| !value.is_finite()).count();
    if bad > 0 || result.is_empty() {
        return Err(PipelineError::NotFinite(bad));
    }
    let largest = result.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
    // The result may be longer than the image, as with several channels; the probe samples what the image covers.
    let len = result.len().min(dims.iter().product());
    let samples = (0..SAMPLES.min(len)).map(|n| n * (len - 1) / (SAMPLES.min(len) - 1).max(1));
    let samples = samples.map(|index| (index, result[index])).collect();
    // Float32 in another order of summation differs by less than a thousandth of the largest value.
    Ok(Probe { dims, seed, samples, tolerance: 1e-3 * largest.max(1e-6) })
}

/// The network's first result on the probe's image, all of it of unknown region at a dose code of 1/2, and how its
/// tensors were stored.
async fn compute(
    package: &Package,
    backend: &Backend,
    dims: [usize; 3],
    seed: u32,
) -> Result<(Vec<f32>, &'static str), PipelineError> {
    let voxels = dims.iter().product();
    let given = package.input_dims(dims);
    let given: Vec<(&str, &[usize])> = given.iter().map(|(name, dims)| (*name, dims.as_slice())).collect();
    let graph = package.graph.specialise(&given)?;
    let image = image(seed, voxels);
    let mut regions = Vec::new();
    if let Some(spec) = &package.manifest.regions {
        regions.resize(spec.channels() * voxels, 0.0);
        regions[spec.unknown * voxels..][..voxels].fill(1.0);
        regions[spec.dose * voxels..][..voxels].fill(0.5);
    }
    let mut runner = Runner::new(&graph, backend).await?;
    let inputs = order_inputs(package, &image, &regions);
    let mut outputs = runner.run(&inputs, &mut |_| ControlFlow::Continue(())).await?;
    let result = if outputs.is_empty() { Vec::new() } else { outputs.swap_remove(0) };
    Ok((result, runner.storage()))
}

/// The inputs in the order in which the graph declares them.
pub(crate) fn order_inputs<'a>(package: &Package, image: &'a [f32], regions: &'a [f32]) -> Vec<&'a [f32]> {
    let graph = &package.graph;
    let is_image = |value: usize| graph.names[value] == package.manifest.input.name;
    graph.inputs.iter().map(|input| if is_image(input.value) { image } else { regions }).collect()
}

/// The probe's image: a linear congruential generator (Numerical Recipes' constants), upper 24 bits, in \[0, 1).
pub(crate) fn image(seed: u32, len: usize) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 16_777_216.0
    };
    (0..len).map(|_| next()).collect()
}

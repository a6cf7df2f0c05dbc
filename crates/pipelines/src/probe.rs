//! The probe: a small run whose result is known, so that a GPU that computes wrongly is found
//! before a patient's scan is touched.

use crate::runner::{Backend, Runner};
use crate::{Package, PipelineError};

/// Runs the package's probe on `backend`.
///
/// # Errors
/// [`PipelineError::WrongAnswer`] with the first sample that is off, and whatever running says.
pub(crate) async fn run(package: &Package, backend: &Backend) -> Result<(), PipelineError> {
    let manifest = &package.manifest;
    let probe = &manifest.probe;
    let [depth, height, width] = probe.dims;
    let voxels = depth * height * width;
    let channels = package.region_channels();
    let graph = package.graph.specialise(&[
        (&manifest.input.name, &[1, 1, depth, height, width]),
        (&manifest.regions.name, &[1, channels, depth, height, width]),
    ])?;
    let image = image(probe.seed, voxels);
    let mut regions = vec![0.0; channels * voxels];
    regions[manifest.regions.unknown * voxels..][..voxels].fill(1.0);
    regions[manifest.regions.dose * voxels..][..voxels].fill(0.5);
    let mut runner = Runner::new(&graph, backend).await?;
    let inputs = order_inputs(package, &image, &regions);
    let outputs = runner.run(&inputs, &mut |_| std::ops::ControlFlow::Continue(())).await?;
    let result = outputs.first().map_or(&[][..], Vec::as_slice);
    for &(index, wanted) in &probe.samples {
        let got = result.get(index).copied().unwrap_or(f32::NAN);
        // Written so that a NaN fails.
        let close = (got - wanted).abs() <= probe.tolerance;
        if !close {
            return Err(PipelineError::WrongAnswer { backend: backend.name(), index, got, wanted });
        }
    }
    Ok(())
}

/// The two inputs in the order in which the graph declares them.
pub(crate) fn order_inputs<'a>(package: &Package, image: &'a [f32], regions: &'a [f32]) -> Vec<&'a [f32]> {
    let graph = &package.graph;
    let is_image = |value: usize| graph.names[value] == package.manifest.input.name;
    graph.inputs.iter().map(|input| if is_image(input.value) { image } else { regions }).collect()
}

/// The probe's image: a linear congruential generator (Numerical Recipes' constants), upper 24 bits, in \[0, 1).
fn image(seed: u32, len: usize) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 16_777_216.0
    };
    (0..len).map(|_| next()).collect()
}

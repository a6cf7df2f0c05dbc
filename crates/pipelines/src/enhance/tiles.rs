//! The network over a volume: a plan for one window, every tile run and blended.

use std::ops::ControlFlow;

use darkroom_imaging::tiling::{Blend, Tile, Tiling};
use darkroom_imaging::{LabelMap, Volume};

use super::{Enhancer, Progress, Watch, damaged};
use crate::manifest::{PipelineKind, Regions};
use crate::runner::Runner;
use crate::scaling::Scaling;
use crate::{PipelineError, TileSize, probe};

/// What the network is told beside the image.
#[derive(Clone, Copy)]
pub(super) struct Condition<'a> {
    /// The dose as a fraction of the standard dose.
    pub(super) dose: f64,
    /// Regions on the image's grid.
    pub(super) regions: Option<&'a LabelMap>,
}

impl Enhancer {
    /// Plans the network for the largest tile that fits, halving the manifest's tile until one does. Smaller tiles give
    /// the same result, float16 storage does not quite, so that comes only where no smaller tile is left.
    pub(super) async fn plan(&mut self, input: &Volume, notes: &mut Vec<String>) -> Result<Tiling, PipelineError> {
        let PipelineKind::OnePass { tile, .. } = self.package.manifest.pipeline;
        let mut inner = tile.inner;
        loop {
            let tiling = TileSize { inner, ..tile }.over(self.package.manifest.input.axes, input.dims)?;
            let last = halved(inner, tile).is_none();
            match self.plan_window(tiling.window(), last, notes).await {
                Err(PipelineError::Gpu(error)) if error.is_memory() && !last => {
                    inner = halved(inner, tile).unwrap_or(inner);
                    notes.push(format!("{error} The image was cut into smaller tiles of {inner} voxels."));
                }
                planned => return planned.map(|()| tiling),
            }
        }
    }

    async fn plan_window(
        &mut self,
        window: [usize; 3],
        may_narrow: bool,
        notes: &mut Vec<String>,
    ) -> Result<(), PipelineError> {
        if self.planned.as_ref().is_none_or(|(planned, _)| *planned != window) {
            self.make_plan(window, may_narrow).await?;
        }
        notes.extend(self.planned.as_ref().and_then(|(_, runner)| runner.narrowed()));
        Ok(())
    }

    async fn make_plan(&mut self, window: [usize; 3], may_narrow: bool) -> Result<(), PipelineError> {
        // The old plan's buffers go before the new plan's come.
        self.planned = None;
        let dims = self.package.input_dims(window);
        let dims: Vec<(&str, &[usize])> = dims.iter().map(|(name, dims)| (*name, dims.as_slice())).collect();
        let graph = self.package.graph.specialise(&dims)?;
        let runner = if may_narrow {
            Runner::new(&graph, &self.backend).await?
        } else {
            Runner::exact(&graph, &self.backend).await?
        };
        self.planned = Some((window, runner));
        Ok(())
    }

    /// Runs every tile and blends: the result over the input's grid, in the network's unit.
    pub(super) async fn network(
        &mut self,
        input: &Volume,
        scaling: Scaling,
        condition: Condition<'_>,
        tiling: &Tiling,
        watch: Watch<'_>,
    ) -> Result<Vec<f32>, PipelineError> {
        let voxels: usize = tiling.window().iter().product();
        let mut image = vec![0.0_f32; voxels];
        let region_channels = self.package.manifest.regions.as_ref().map_or(0, Regions::channels);
        let mut channels = vec![0.0_f32; region_channels * voxels];
        let mut labels = vec![0_u8; voxels];
        let mut blend = Blend::new(tiling);
        let tiles = tiling.count();
        // Before cutting: past the border a tile then holds the zeros that a convolution pads with.
        let scaled: Vec<f32> = input.data.iter().map(|&value| scaling.apply(value)).collect();
        for (number, tile) in tiling.tiles().enumerate() {
            tiling.extract(&scaled, tile, &mut image).map_err(|error| damaged(&error.to_string()))?;
            self.fill_regions(condition, tiling, tile, &mut labels, &mut channels)?;
            let Some((_, runner)) = &mut self.planned else { return Err(damaged("no plan was made")) };
            let inputs = probe::order_inputs(&self.package, &image, &channels);
            let share = |within: f64| 0.02 + 0.96 * (number as f64 + within) / tiles as f64;
            let step = |within: f64, watch: &mut dyn FnMut(Progress) -> ControlFlow<()>| {
                watch(Progress { stage: "enhancing", done: share(within), tile: number + 1, tiles })
            };
            if step(0.0, watch).is_break() {
                return Err(PipelineError::Cancelled);
            }
            let outputs = runner.run(&inputs, &mut |within| step(within, watch)).await?;
            let result = outputs.first().map_or(&[][..], Vec::as_slice);
            // Of several channels the first is the image; fewer voxels than went in are no image.
            let result = result.get(..voxels).ok_or_else(|| {
                let reason = format!("its output has {} values for {voxels} voxels", result.len());
                PipelineError::NotImageToImage(reason)
            })?;
            blend.add(tile, result).map_err(|error| damaged(&error.to_string()))?;
        }
        Ok(blend.finish())
    }

    fn fill_regions(
        &self,
        condition: Condition<'_>,
        tiling: &Tiling,
        tile: Tile,
        labels: &mut [u8],
        channels: &mut [f32],
    ) -> Result<(), PipelineError> {
        let Some(spec) = &self.package.manifest.regions else { return Ok(()) };
        let voxels = labels.len();
        channels.fill(0.0);
        channels[spec.dose * voxels..][..voxels].fill(dose_code(condition.dose));
        let Some(map) = condition.regions else {
            channels[spec.unknown * voxels..][..voxels].fill(1.0);
            return Ok(());
        };
        tiling.extract(&map.labels, tile, labels).map_err(|error| damaged(&error.to_string()))?;
        for (voxel, &label) in labels.iter().enumerate() {
            let class = usize::from(label).wrapping_sub(1);
            let channel = if class < spec.classes.len() { class } else { spec.unknown };
            channels[channel * voxels + voxel] = 1.0;
        }
        Ok(())
    }
}

/// The dose as the network's condition channel holds it: 0 at the standard dose, 1 at a twentieth.
fn dose_code(fraction: f64) -> f32 {
    (-fraction.log2() / 20.0_f64.log2()) as f32
}

/// Half of `inner`, kept a multiple; `None` when that would leave no tile.
fn halved(inner: usize, tile: TileSize) -> Option<usize> {
    let half = (inner / 2).next_multiple_of(tile.multiple);
    (half < inner).then_some(half)
}

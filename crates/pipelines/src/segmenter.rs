//! The network that finds organs in the image itself, for where there is no label map.
//!
//! It sees the whole image on coarse cells, normalised as for the main network, and gives each cell a score for each label.

use std::ops::ControlFlow;

use darkroom_graph::{FixedGraph, Graph};
use darkroom_imaging::tiling::{Blend, Tiling};
use darkroom_imaging::{Cells, LabelMap, Volume, VolumeError};
use serde::{Deserialize, Serialize};

use crate::enhance::damaged;
use crate::manifest::Axes;
use crate::runner::{Backend, Runner};
use crate::scaling::Scaling;
use crate::{PipelineError, Probe, TileSize, probe};

/// What a manifest says of its segmenter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SegmenterSpec {
    /// The network's file.
    pub graph: String,
    /// The network's input, (1, 1, D, H, W); its output is (1, labels, D, H, W), label 0 being none.
    pub input: String,
    /// Edge of a cell in millimetres.
    pub cell_mm: f64,
    /// How the cells are cut.
    pub tile: TileSize,
    /// A small computation whose result is known.
    pub probe: Probe,
}

impl SegmenterSpec {
    /// Whether its numbers make sense together, for a network of so many classes.
    ///
    /// # Errors
    /// The first that does not, in a sentence.
    pub(crate) fn check(&self, classes: usize) -> Result<(), PipelineError> {
        let refuse = |reason: &str| Err(PipelineError::Manifest(reason.to_owned()));
        if !(1.0..=50.0).contains(&self.cell_mm) {
            return refuse("the segmenter's cells are not between 1 and 50 mm");
        }
        if self.tile.inner == 0 || self.tile.multiple == 0 {
            return refuse("the segmenter's tile needs an inner size and a multiple above 0");
        }
        self.probe.check(classes + 1)
    }
}

/// The network and what is said of it.
#[derive(Clone, Debug)]
pub struct Segmenter {
    /// What the manifest says.
    pub spec: SegmenterSpec,
    /// The network.
    pub graph: Graph,
    /// SHA-256 of its file, lower-case hex.
    pub sha256: String,
    /// Labels it tells apart, none included.
    labels: usize,
}

impl Segmenter {
    /// A segmenter of so many classes; its graph must have the one input that the manifest names.
    ///
    /// # Errors
    /// Another input, in a sentence.
    pub(crate) fn new(
        spec: SegmenterSpec,
        graph: Graph,
        sha256: String,
        classes: usize,
    ) -> Result<Self, PipelineError> {
        match graph.inputs.as_slice() {
            [only] if graph.names[only.value] == spec.input => Ok(Self { spec, graph, sha256, labels: classes + 1 }),
            _ => Err(PipelineError::Manifest(format!("the segmenter's only input is not {}", spec.input))),
        }
    }

    fn over(&self, window: [usize; 3]) -> Result<FixedGraph, PipelineError> {
        let dims = Axes::Volume.shape(1, window);
        Ok(self.graph.specialise(&[(self.spec.input.as_str(), dims.as_slice())])?)
    }

    /// Whether `backend` computes rightly.
    ///
    /// # Errors
    /// [`PipelineError::WrongAnswer`] with the first sample that is off, and whatever running says.
    pub(crate) async fn prove(&self, backend: &Backend) -> Result<(), PipelineError> {
        let known = &self.spec.probe;
        let image = probe::image(known.seed, known.dims.iter().product());
        let mut runner = Runner::new(&self.over(known.dims)?, backend).await?;
        let outputs = runner.run(&[&image], &mut |_| ControlFlow::Continue(())).await?;
        probe::compare(
            outputs.first().map_or(&[], Vec::as_slice),
            &known.samples,
            known.allowed(runner.storage()),
            backend,
        )
    }

    /// The labels of an image's voxels, 0 where it finds none. `watch` gets the share done and may end the run.
    ///
    /// # Errors
    /// Whatever the backend says, [`PipelineError::Cancelled`].
    pub(crate) async fn labels(
        &self,
        input: &Volume,
        scaling: Scaling,
        backend: &Backend,
        watch: &mut dyn FnMut(f64) -> ControlFlow<()>,
    ) -> Result<LabelMap, PipelineError> {
        let cells = Cells::of(input, self.spec.cell_mm).map_err(wrap)?;
        let mut means = cells.means(&input.data).map_err(wrap)?;
        for value in &mut means {
            *value = scaling.apply(*value);
        }
        let [depth, height, width] = cells.dims();
        let tiling = self.spec.tile.over(Axes::Volume, [width, height, depth])?;
        let scores = self.scores(&means, &tiling, backend, watch).await?;
        cells.labels(&scores).map_err(wrap)
    }

    /// The scores of every cell, label by label.
    async fn scores(
        &self,
        means: &[f32],
        tiling: &Tiling,
        backend: &Backend,
        watch: &mut dyn FnMut(f64) -> ControlFlow<()>,
    ) -> Result<Vec<Vec<f32>>, PipelineError> {
        let voxels: usize = tiling.window().iter().product();
        let mut runner = Runner::new(&self.over(tiling.window())?, backend).await?;
        let mut window = vec![0.0_f32; voxels];
        let mut blends = vec![Blend::new(tiling); self.labels];
        for (number, tile) in tiling.tiles().enumerate() {
            tiling.extract(means, tile, &mut window).map_err(wrap)?;
            let mut step = |within: f64| watch((number as f64 + within) / tiling.count() as f64);
            if step(0.0).is_break() {
                return Err(PipelineError::Cancelled);
            }
            let outputs = runner.run(&[&window], &mut step).await?;
            let result = outputs.first().map_or(&[][..], Vec::as_slice);
            if result.len() != self.labels * voxels {
                let reason = format!("the segmenter's output has {} values for {voxels} cells", result.len());
                return Err(PipelineError::NotImageToImage(reason));
            }
            let bad = result.iter().filter(|value| !value.is_finite()).count();
            if bad > 0 {
                return Err(PipelineError::NotFinite(bad));
            }
            for (blend, part) in blends.iter_mut().zip(result.chunks_exact(voxels)) {
                blend.add(tile, part).map_err(wrap)?;
            }
        }
        Ok(blends.into_iter().map(Blend::finish).collect())
    }
}

fn wrap(error: VolumeError) -> PipelineError {
    damaged(&error.to_string())
}

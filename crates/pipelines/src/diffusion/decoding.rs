//! The decoder, of the whole x at once or, where that takes too much memory, of overlapping tiles that are blended.

use std::ops::ControlFlow;

use darkroom_graph::Graph;
use darkroom_imaging::tiling::{Blend, Tiling};

use super::manifest::{Decoder, DecoderTile};
use super::reach::reach;
use super::stage::Stage;
use crate::PipelineError;
use crate::runner::Backend;

/// Bytes that decoding at once may take; beyond, it is done in tiles.
pub(super) const MOST_BYTES: u64 = 1 << 30;

/// Cells around a tile of a decoder that reads all of x, where its manifest says nothing.
const HALO: usize = 8;

/// The smallest edge that a tile contributes.
const SMALLEST: usize = 4;

/// A planned decoder.
#[derive(Debug)]
pub(super) struct Decoding {
    stage: Stage,
    names: Decoder,
    /// Height and width of the image.
    edges: [usize; 2],
    tiles: Option<Tiles>,
    note: Option<String>,
}

/// How x is cut, and the image that is put together.
#[derive(Debug)]
struct Tiles {
    x: Tiling,
    image: Tiling,
}

/// The shapes of what a decoder is given.
#[derive(Clone, Debug)]
pub(super) struct Given {
    /// x: (1, channels, height, width).
    pub(super) x: Vec<usize>,
    /// The condition, for a decoder that takes it.
    pub(super) condition: Option<Vec<usize>>,
}

impl Given {
    /// The shapes with other edges.
    fn cut(&self, [height, width]: [usize; 2]) -> Self {
        let cut = |dims: &Vec<usize>| [&dims[..dims.len() - 2], &[height, width]].concat();
        Self { x: cut(&self.x), condition: self.condition.as_ref().map(cut) }
    }

    fn edges(&self) -> [usize; 2] {
        [self.x[2], self.x[3]]
    }

    /// Whether the condition lies on x's own grid, so that both can be cut alike.
    fn together(&self) -> bool {
        self.condition.as_ref().is_none_or(|dims| dims.len() == 4 && dims[2..] == self.x[2..])
    }

    fn named<'a>(&self, names: &'a Decoder) -> Vec<(&'a str, Vec<usize>)> {
        let condition = names.condition.as_deref().zip(self.condition.clone());
        std::iter::once((names.x.as_str(), self.x.clone())).chain(condition).collect()
    }
}

impl Decoding {
    /// Plans it at once if that takes at most `most` bytes and the adapter has them, else in the largest tiles that do.
    ///
    /// # Errors
    /// A decoder that gives no image, one that does not fit even in small tiles.
    pub(super) async fn plan(
        graph: &Graph,
        names: &Decoder,
        given: &Given,
        backend: &Backend,
        most: u64,
    ) -> Result<Self, PipelineError> {
        let dims = given.named(names);
        let dims: Vec<(&str, &[usize])> = dims.iter().map(|(name, dims)| (*name, dims.as_slice())).collect();
        let fixed = graph.specialise(&dims)?;
        let edges = match fixed.outputs.first().map(|&output| fixed.dims[output].as_slice()) {
            Some(&[1, 1, height, width]) => [height, width],
            dims => return Err(PipelineError::Manifest(format!("its decoder gives {dims:?}, which is no image"))),
        };
        let local = reach(&fixed, &names.x);
        let [height, width] = given.edges();
        let stated = names.tile.and_then(|tile| tile.halo);
        // Of an overlap of two halos the outer quarters count nothing: within half a halo all that is read is there.
        let halo = stated.unwrap_or_else(|| local.map_or(HALO, |cells| 2 * cells));
        let own = names.tile.map(|tile| tile.inner).filter(|inner| inner + 2 * halo < height.max(width));
        let whole = |stage| Self { stage, names: names.clone(), edges, tiles: None, note: None };
        let reason = match own {
            Some(_) => "as its model says".to_owned(),
            None => match Stage::new(graph, &given.named(names), backend).await {
                Ok(stage) if stage.memory().planned <= most => return Ok(whole(stage)),
                Ok(stage) => format!("since at once it takes {} MiB", stage.memory().planned >> 20),
                Err(PipelineError::Gpu(error)) if error.is_memory() => {
                    format!("since at once it does not fit: {error}")
                }
                Err(error) => return Err(error),
            },
        };
        let mut inner = own.unwrap_or(height.max(width).div_ceil(2));
        loop {
            let tiles = Tiles::new(given, edges, inner, halo)?;
            let [_, tall, wide] = tiles.x.window();
            let planned = Stage::new(graph, &given.cut([tall, wide]).named(names), backend).await;
            let last = inner <= SMALLEST;
            match planned {
                Ok(stage) if last || stage.memory().planned <= most => {
                    let may_show = local.is_none() && (tall, wide) != (height, width);
                    let may_show =
                        if may_show { " It reads the whole image at once, so the tiles may show." } else { "" };
                    let note = format!(
                        "The image was decoded in {} overlapping tiles of {tall} x {wide} of x's {height} x {width} cells, \
                         {reason}.{may_show}",
                        tiles.x.count()
                    );
                    return Ok(Self { tiles: Some(tiles), note: Some(note), ..whole(stage) });
                }
                Err(PipelineError::Gpu(error)) if error.is_memory() && !last => {}
                Err(error) => return Err(error),
                Ok(_) => {}
            }
            inner /= 2;
        }
    }

    /// Height and width of the image.
    pub(super) fn edges(&self) -> [usize; 2] {
        self.edges
    }

    /// What the user should know of how it decodes.
    pub(super) fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// The image of a clean x.
    pub(super) async fn run(&mut self, x: &[f32], condition: &[f32]) -> Result<Vec<f32>, PipelineError> {
        let Some(tiles) = &self.tiles else { return decoded(&mut self.stage, &self.names, x, condition).await };
        let mut blend = Blend::new(&tiles.image);
        for (tile, place) in tiles.x.tiles().zip(tiles.image.tiles()) {
            let [x, condition] = [cut(&tiles.x, tile, x)?, cut(&tiles.x, tile, condition)?];
            let image = decoded(&mut self.stage, &self.names, &x, &condition).await?;
            blend.add(place, &image).map_err(untiled)?;
        }
        Ok(blend.finish())
    }
}

impl Tiles {
    fn new(given: &Given, image: [usize; 2], inner: usize, halo: usize) -> Result<Self, PipelineError> {
        let [height, width] = given.edges();
        let factor = image[0] / height;
        if !given.together() || [height * factor, width * factor] != image {
            let reason =
                "its decoder is too large to run at once, and its images or its condition cannot be cut as x can";
            return Err(PipelineError::Manifest(reason.to_owned()));
        }
        let cut = |factor: usize| {
            let plane = |edge: usize, depth: usize| [depth, edge * factor, edge * factor];
            Tiling::new([1, height * factor, width * factor], plane(inner, 1), plane(halo, 0), plane(1, 1))
        };
        Ok(Self { x: cut(1).map_err(untiled)?, image: cut(factor).map_err(untiled)? })
    }
}

impl DecoderTile {
    /// Whether a tile has something to contribute.
    pub(super) fn sensible(&self) -> bool {
        (1..=1 << 16).contains(&self.inner) && self.halo.is_none_or(|halo| halo <= 1 << 16)
    }
}

/// A tile of every channel.
fn cut(tiling: &Tiling, tile: darkroom_imaging::tiling::Tile, values: &[f32]) -> Result<Vec<f32>, PipelineError> {
    let [plane, window] = [tiling.dims(), tiling.window()].map(|dims| dims.iter().product::<usize>());
    let mut cut = vec![0.0; values.len() / plane * window];
    for (channel, window) in values.chunks_exact(plane).zip(cut.chunks_exact_mut(window)) {
        tiling.extract(channel, tile, window).map_err(untiled)?;
    }
    Ok(cut)
}

async fn decoded(stage: &mut Stage, names: &Decoder, x: &[f32], condition: &[f32]) -> Result<Vec<f32>, PipelineError> {
    let condition = names.condition.as_deref().map(|name| (name, condition));
    let inputs: Vec<_> = std::iter::once((names.x.as_str(), x)).chain(condition).collect();
    stage.run(&inputs, &mut |_| ControlFlow::Continue(())).await
}

fn untiled(error: impl std::fmt::Display) -> PipelineError {
    PipelineError::Manifest(error.to_string())
}

#[cfg(test)]
mod tests;

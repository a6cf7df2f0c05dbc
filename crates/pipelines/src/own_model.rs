//! A network file without a manifest: what can be guessed of it, and the package made of it with the rest.

use darkroom_graph::{Graph, InputSpec};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::identity::{FORMAT, FileEntry, Identity};
use crate::manifest::{Axes, InputImage, Manifest, Normalisation, OutputImage, PipelineKind};
use crate::package::hex;
use crate::{Package, PipelineError, TileSize, probe};

/// What a bare network file does not say, or says only in part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// Short name: letters, digits and hyphens.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// Licence of the weights.
    pub licence: String,
    /// DICOM modality of the images it takes: "PT", "CT", "MR".
    pub modality: String,
    /// How values are normalised.
    pub normalisation: Normalisation,
    /// What it sees at a time.
    pub axes: Axes,
    /// How a volume is cut.
    pub tile: TileSize,
    /// What it was trained on, in a sentence.
    pub training_data: String,
}

/// Tile and halo of a network that takes any size, in voxels; a multiple of 16 suits four downsamplings.
const VOLUME_TILE: TileSize = TileSize { inner: 64, halo: 16, multiple: 16 };
const SLICE_TILE: TileSize = TileSize { inner: 192, halo: 32, multiple: 16 };

impl Description {
    /// What the network itself tells: its axes and, where its input has a fixed size, its tile.
    ///
    /// # Errors
    /// A network that is not one from one image to one image, with the inputs that stand in the way.
    pub fn guess(graph: &Graph, file_name: &str) -> Result<Self, PipelineError> {
        let input = image_input(graph)?;
        let (axes, spatial) = match input.dims.as_slice() {
            [_, _, spatial @ ..] if spatial.len() == 3 => (Axes::Volume, spatial),
            [_, _, spatial @ ..] if spatial.len() == 2 => (Axes::Slices, spatial),
            dims => {
                let reason = format!("its input has {} axes; an image has 4 (slices) or 5 (volumes)", dims.len());
                return Err(PipelineError::NotImageToImage(reason));
            }
        };
        let open = if axes == Axes::Volume { VOLUME_TILE } else { SLICE_TILE };
        let tile = match spatial {
            [None, ..] => open,
            [Some(edge), rest @ ..] if rest.iter().all(|other| *other == Some(*edge)) => {
                let halo = edge / 8;
                TileSize { inner: edge - 2 * halo, halo, multiple: *edge }
            }
            fixed => {
                let reason = format!("its input is fixed to {fixed:?} voxels; tiles have the same edge each way");
                return Err(PipelineError::NotImageToImage(reason));
            }
        };
        let stem = file_name.rsplit(['/', '\\']).next().unwrap_or(file_name);
        let stem = stem.strip_suffix(".onnx").unwrap_or(stem);
        let name: String =
            stem.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
        Ok(Self {
            name: if name.is_empty() { "model".to_owned() } else { name },
            title: stem.to_owned(),
            licence: "unknown".to_owned(),
            modality: "OT".to_owned(),
            normalisation: Normalisation::MinMax,
            axes,
            tile,
            training_data: "Not said.".to_owned(),
        })
    }

    /// The package of a network and this description, with a probe computed on the CPU where the network is small
    /// enough for one: the manifest as the text of `model.json`, and the package.
    ///
    /// # Errors
    /// A network that cannot be read or run, a description that contradicts it.
    pub async fn package(&self, onnx: &[u8]) -> Result<(String, Package), PipelineError> {
        let (json, mut package) = self.manifest(onnx)?;
        let edge = 16_usize.next_multiple_of(self.tile.multiple);
        if edge > 64 {
            return Ok((json, package));
        }
        package.manifest.probe = Some(probe::make(&package, self.axes.along(edge, 1)).await?);
        Ok((text(&package.manifest)?, package))
    }

    /// The same without a probe, and without running anything.
    ///
    /// # Errors
    /// A network that cannot be read, a description that contradicts it.
    pub fn manifest(&self, onnx: &[u8]) -> Result<(String, Package), PipelineError> {
        let graph = Graph::read(onnx)?;
        let input = image_input(&graph)?;
        let file = format!("{}.onnx", self.name);
        let output = graph.outputs.first().map_or(String::new(), |&value| graph.names[value].clone());
        let quantised = graph.nodes.iter().any(|node| node.op == "DequantizeLinear");
        let sha256 = hex(&Sha256::digest(onnx));
        let manifest = Manifest {
            model: Identity {
                format: FORMAT,
                name: self.name.clone(),
                version: "1".to_owned(),
                title: self.title.clone(),
                licence: self.licence.clone(),
                quantisation: if quantised { "quantised" } else { "float32" }.to_owned(),
                training_data: self.training_data.clone(),
                known_failures: vec!["Nobody has measured this model in Darkroom.".to_owned()],
                files: vec![FileEntry { name: file.clone(), bytes: onnx.len(), sha256: sha256.clone() }],
            },
            task: "enhance".to_owned(),
            pipeline: PipelineKind::OnePass { tile: self.tile, mean_preservation: None, contrast_recovery: None },
            graph: file,
            input: InputImage {
                name: graph.names[input.value].clone(),
                modality: self.modality.clone(),
                tracer: String::new(),
                units: "any".to_owned(),
                spacing_mm: [0.0, f64::from(u16::MAX)],
                normalisation: self.normalisation,
                axes: self.axes,
            },
            regions: None,
            output: OutputImage { name: output },
            dose: None,
            quality: Vec::new(),
            probe: None,
        };
        let package = Package { manifest, graph, weights_sha256: sha256, segmenter: None };
        Ok((text(&package.manifest)?, package))
    }
}

/// The text of `model.json`, if its numbers make sense together.
fn text(manifest: &Manifest) -> Result<String, PipelineError> {
    manifest.check()?;
    serde_json::to_string_pretty(manifest).map_err(|error| PipelineError::Manifest(error.to_string()))
}

/// The one input of a network from image to image.
fn image_input(graph: &Graph) -> Result<&InputSpec, PipelineError> {
    let described =
        |input: &InputSpec| format!("{} ({}, {} axes)", graph.names[input.value], input.element, input.dims.len());
    match graph.inputs.as_slice() {
        [input]
            if input.element.is_float() && input.dims.get(1).is_none_or(|channels| channels.is_none_or(|n| n == 1)) =>
        {
            Ok(input)
        }
        inputs => {
            let list: Vec<String> = inputs.iter().map(described).collect();
            Err(PipelineError::NotImageToImage(format!(
                "only a network from one image of one channel to another can be used without a manifest; this one takes \
                 {}",
                list.join(", ")
            )))
        }
    }
}

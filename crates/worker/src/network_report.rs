//! What the page is told of a network.

use darkroom_gpu::Tier;
use darkroom_graph::Graph;
use darkroom_imaging::tiling::Tiling;
use darkroom_messages::{NetworkReport, OwnModel};
use darkroom_pipelines::inspection::{Inspection, PortReport};
use darkroom_pipelines::{Axes, Description, Normalisation, PipelineError, TileSize};

use crate::trouble::sentence;

/// How a network is given an image.
#[derive(Clone, Copy)]
pub(crate) struct Cut {
    /// What it sees.
    pub(crate) axes: Axes,
    /// How much of it.
    pub(crate) tile: TileSize,
}

impl Cut {
    /// The tiles of a volume.
    fn over(self, dims: [usize; 3]) -> Result<Tiling, PipelineError> {
        self.tile.over(self.axes, dims)
    }

    /// A tile's extent where no volume says how large it is at most.
    fn whole(self) -> [usize; 3] {
        let edge = (self.tile.inner + 2 * self.tile.halo).next_multiple_of(self.tile.multiple.max(1));
        self.axes.along(edge, 1)
    }
}

/// Looks into a network: `cut` is how it is given an image, or why it cannot be; `volume` the extent of the one open
/// just now.
pub(crate) fn report(
    graph: &Graph,
    file: &str,
    cut: Result<Cut, &PipelineError>,
    volume: Option<[usize; 3]>,
) -> NetworkReport {
    let tiling = cut.ok().zip(volume).map(|(cut, dims)| cut.over(dims));
    let window = cut.ok().map(|cut| {
        let window =
            tiling.as_ref().and_then(|tiling| tiling.as_ref().ok()).map_or_else(|| cut.whole(), Tiling::window);
        let input = graph.inputs.first().map_or("", |input| graph.names[input.value].as_str());
        (input, cut.axes.shape(1, window))
    });
    let dims: Vec<(&str, &[usize])> = window.iter().map(|(name, dims)| (*name, dims.as_slice())).collect();
    let inspection = Inspection::of(graph, &dims, Tier::Baseline);
    let refusal = match (cut, &tiling) {
        (Err(error), _) | (_, Some(Err(error))) => Some(sentence(&error.to_string())),
        _ => inspection.refusal.as_deref().map(sentence),
    };
    let (known, missing): (Vec<_>, Vec<_>) = inspection.operators.into_iter().partition(|operator| operator.known);
    NetworkReport {
        file: file.to_owned(),
        inputs: inspection.inputs.iter().map(port).collect(),
        outputs: inspection.outputs,
        parameters: inspection.parameters,
        operators: known.iter().map(|operator| format!("{} {}", operator.count, operator.name)).collect(),
        missing: missing.into_iter().map(|operator| operator.name).collect(),
        memory: inspection.plan.map(|plan| [plan.activation_bytes, plan.constant_bytes]),
        tiles: tiling.and_then(Result::ok).map(|tiling| tiling.count()),
        refusal,
    }
}

fn port(PortReport { name, element, dims }: &PortReport) -> String {
    let dims: Vec<String> = dims.iter().map(|dim| dim.map_or("?".to_owned(), |n| n.to_string())).collect();
    format!("{name}, {element} {}", dims.join(" x "))
}

/// A guess in the page's words.
pub(crate) fn told(guess: &Description) -> OwnModel {
    let (normalisation, window) = match guess.normalisation {
        Normalisation::ForegroundMean => ("foreground-mean", None),
        Normalisation::None => ("none", None),
        Normalisation::MinMax => ("min-max", None),
        Normalisation::ZScore => ("z-score", None),
        Normalisation::Window { low, high } => ("window", Some([low, high])),
    };
    OwnModel {
        title: guess.title.clone(),
        modality: guess.modality.clone(),
        normalisation: normalisation.to_owned(),
        window: window.unwrap_or([-160.0, 240.0]),
        slices: guess.axes == Axes::Slices,
        inner: guess.tile.inner,
        halo: guess.tile.halo,
        multiple: guess.tile.multiple,
    }
}

/// The guess with the user's words in place of it.
pub(crate) fn described(guess: &Description, told: &OwnModel) -> Description {
    let [low, high] = told.window;
    Description {
        title: told.title.clone(),
        modality: told.modality.clone(),
        normalisation: match told.normalisation.as_str() {
            "foreground-mean" => Normalisation::ForegroundMean,
            "none" => Normalisation::None,
            "z-score" => Normalisation::ZScore,
            "window" => Normalisation::Window { low, high },
            _ => Normalisation::MinMax,
        },
        tile: TileSize { inner: told.inner, halo: told.halo, multiple: told.multiple },
        ..guess.clone()
    }
}

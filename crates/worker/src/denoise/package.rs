//! A diffusion package taken into use: one that the page came with, or one of the user's own.

use darkroom_imaging::NamedBytes;
use darkroom_messages::{CardSettings, DenoiserSummary, FromDenoiser, FromWorker};
use darkroom_pipelines::PipelineError;
use darkroom_pipelines::diffusion::{DiffusionManifest, DiffusionPackage, OutputScale};
use darkroom_sampling::Unconditional;
use js_sys::Array;

use super::Studio;
use crate::engine::Bench;
use crate::post::post;
use crate::prepare::named;
use crate::trouble::Trouble;

/// Takes the package that the page was loaded with; one that is damaged is refused aloud, the rest goes on.
pub(crate) fn shipped(bench: &Bench, files: &Array) {
    let files: Vec<NamedBytes> = files.iter().map(|pair| named(&Array::from(&pair))).collect();
    if files.is_empty() {
        return;
    }
    if let Err(trouble) = take(bench, files, false) {
        trouble.post();
    }
}

/// Takes a package into use, in place of the one before.
pub(crate) fn take(bench: &Bench, files: Vec<NamedBytes>, own: bool) -> Result<(), Trouble> {
    let part = |name: &str| files.iter().find(|file| file.name == name).map(|file| file.bytes.as_slice());
    let json = part("model.json").ok_or_else(|| PipelineError::MissingFile("model.json".to_owned()))?;
    let package = DiffusionPackage::read(json, &files)?;
    let card = String::from_utf8_lossy(part("CARD.md").unwrap_or_default()).into_owned();
    let summary = Box::new(summary(&package.manifest, card));
    bench.studio.replace(Some(Studio::new(package, files)));
    post(&FromWorker::Denoise(FromDenoiser::Ready { summary, own }));
    Ok(())
}

fn summary(manifest: &DiffusionManifest, card: String) -> DenoiserSummary {
    let pipeline = &manifest.pipeline;
    let classes = pipeline.classes.as_ref();
    let guided = match classes {
        Some(classes) => classes.unconditional != Unconditional::None,
        None => false,
    };
    DenoiserSummary {
        title: manifest.title.clone(),
        name: manifest.name.clone(),
        version: manifest.version.clone(),
        licence: manifest.licence.clone(),
        precision: manifest.quantisation.clone(),
        bytes: manifest.files.iter().map(|file| file.bytes).sum(),
        card,
        takes: pipeline.condition.as_ref().map(|condition| condition.modality.clone()),
        takes_dose: pipeline.encoder.as_ref().is_some_and(|encoder| encoder.dose.is_some()),
        classes: classes.map(|classes| classes.names.clone()).unwrap_or_default(),
        card_settings: CardSettings {
            sampler: manifest.sampler(),
            steps: pipeline.sampling.steps,
            guidance: pipeline.sampling.guidance.map_or(1.0, |guidance| guidance.scale),
        },
        samplers: manifest.samplers().into_iter().map(str::to_owned).collect(),
        guided,
        range: match manifest.output.scale {
            OutputScale::Input => None,
            OutputScale::Range { low, high } => Some([low, high]),
        },
    }
}

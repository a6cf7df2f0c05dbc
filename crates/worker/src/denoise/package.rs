//! A diffusion package taken into use: one that the page came with, or one of the user's own.

use darkroom_messages::{CardSettings, DenoiserSummary, FromDenoiser, FromWorker, NumberField};
use darkroom_pipelines::PackageFiles;
use darkroom_pipelines::diffusion::{DiffusionManifest, DiffusionPackage, Number, OutputScale};
use darkroom_sampling::Unconditional;
use js_sys::Array;

use super::Studio;
use crate::engine::Bench;
use crate::post::post;
use crate::prepare::{facts, package_files};
use crate::trouble::Trouble;

/// Takes the package that the page was loaded with; one that is damaged is refused aloud, the rest goes on.
pub(crate) fn shipped(bench: &Bench, files: &Array) {
    if files.length() == 0 {
        return;
    }
    if let Err(trouble) = take(bench, package_files(files), false) {
        trouble.post();
    }
}

/// Takes a package into use, in place of the one before.
pub(crate) fn take(bench: &Bench, files: PackageFiles, own: bool) -> Result<(), Trouble> {
    let package = DiffusionPackage::read(files.manifest()?, files.all())?;
    let summary = Box::new(summary(&package.manifest, files.card()));
    bench.studio.replace(Some(Studio::new(package, files)));
    post(&FromWorker::Denoise(FromDenoiser::Ready { summary, own }));
    Ok(())
}

fn summary(manifest: &DiffusionManifest, card: String) -> DenoiserSummary {
    let pipeline = &manifest.pipeline;
    let classes = pipeline.classes.as_ref();
    let numbers = pipeline.numbers.as_ref();
    let guided = match (classes, numbers) {
        (Some(classes), _) => classes.unconditional != Unconditional::None,
        (None, Some(numbers)) => numbers.unconditional == Unconditional::Zeros,
        (None, None) => false,
    };
    let field = |number: &Number| NumberField {
        name: number.name.clone(),
        unit: number.unit.clone(),
        range: number.range,
        default: number.default,
    };
    DenoiserSummary {
        facts: facts(&manifest.model, card),
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
        numbers: numbers.map(|numbers| numbers.entries.iter().map(field).collect()).unwrap_or_default(),
        starts: pipeline.image_encoder.is_some() || (pipeline.decoder.is_none() && pipeline.sample.channels == 1),
    }
}

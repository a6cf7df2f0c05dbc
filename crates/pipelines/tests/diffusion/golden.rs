//! The goldens' packages, opened, and what diffusers made of them.

use std::collections::BTreeMap;
use std::path::Path;

use darkroom_formats::npy;
use darkroom_imaging::{NamedBytes, Unit, Volume};
use darkroom_pipelines::diffusion::{
    Checkpoint, DiffusionPackage, Generator, Order, SliceWatch, Translated, Translation,
};
use darkroom_pipelines::{Backend, PipelineError};

/// A file of a golden.
pub(crate) fn file(case: &str, name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/goldens").join(case).join(name)).unwrap()
}

/// The networks of a golden.
pub(crate) fn files(case: &str) -> Vec<NamedBytes> {
    let names: &[&str] = match case {
        "numbers" => &["denoiser.onnx", "plain.onnx"],
        "adversarial" => &["denoiser.onnx"],
        "translation" => &["denoiser.onnx", "decoder.onnx", "image-encoder.onnx", "encoder.onnx"],
        _ => &["denoiser.onnx", "decoder.onnx", "image-encoder.onnx"],
    };
    names.iter().map(|&name| NamedBytes { name: name.to_owned(), bytes: file(case, name) }).collect()
}

/// A golden's package on the CPU.
pub(crate) fn generator_of(case: &str) -> Generator {
    generator_on(case, Backend::cpu())
}

/// A golden's package on a backend.
pub(crate) fn generator_on(case: &str, backend: Backend) -> Generator {
    let package = DiffusionPackage::read(&file(case, "model.json"), &files(case)).unwrap();
    pollster::block_on(Generator::open(package, backend)).unwrap()
}

/// A volume translated in one call.
pub(crate) fn translated(
    generator: &mut Generator,
    input: &Volume,
    translation: Translation<'_>,
    watch: SliceWatch<'_>,
) -> Result<Translated, PipelineError> {
    pollster::block_on(generator.translate(input, translation, &mut Checkpoint::default(), watch))
}

/// The guided wavelet model.
pub(crate) fn generator() -> Generator {
    generator_of("diffusion")
}

/// The largest difference, relative to the largest value wanted.
pub(crate) fn relative_error(got: &[f32], wanted: &[f32]) -> f32 {
    assert_eq!(got.len(), wanted.len());
    let largest = wanted.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
    got.iter().zip(wanted).fold(0.0_f32, |error, (a, b)| error.max((a - b).abs())) / largest
}

/// As the card says, from the seed of the goldens.
pub(crate) fn order(generator: &Generator) -> Order {
    Order {
        settings: generator.manifest().pipeline.sampling.clone(),
        seed: 7,
        class: Some("one".to_owned()),
        numbers: BTreeMap::new(),
    }
}

/// The low-dose volume of the golden, in SUV.
pub(crate) fn low_dose() -> Volume {
    volume("volume.npy")
}

/// A volume of the golden of translation, in SUV.
pub(crate) fn volume(name: &str) -> Volume {
    let array = npy::read(&file("translation", name)).unwrap();
    let [depth, height, width]: [usize; 3] = array.shape.try_into().unwrap();
    let affine = [[4.0, 0.0, 0.0, 0.0], [0.0, 4.0, 0.0, 0.0], [0.0, 0.0, 4.0, 0.0]];
    Volume::new([width, height, depth], array.data, affine, Unit::Suv).unwrap()
}

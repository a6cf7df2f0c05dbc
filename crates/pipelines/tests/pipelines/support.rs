//! The shipped package and the page's own sample, cut small enough for the CPU twins.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use darkroom_formats::nifti;
use darkroom_imaging::{LabelMap, NamedBytes, Volume};
use darkroom_pipelines::{Package, Progress};

/// Voxels of the sample.
pub(crate) const WHOLE: [usize; 3] = [80, 80, 64];
/// A box of it, small enough to be enhanced in a moment, with liver, stomach and spine.
pub(crate) const FROM: [usize; 3] = [24, 20, 8];
pub(crate) const DIMS: [usize; 3] = [40, 40, 32];

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub(crate) fn manifest() -> Vec<u8> {
    std::fs::read(root().join("weights/pet-enhance/model.json")).unwrap()
}

pub(crate) fn weights() -> Vec<NamedBytes> {
    let named = |name: &str| {
        let bytes = std::fs::read(root().join("weights/pet-enhance").join(name)).unwrap();
        NamedBytes { name: name.to_owned(), bytes }
    };
    vec![named("pet-enhance.onnx"), named("segmenter.onnx")]
}

pub(crate) fn package() -> Package {
    Package::read(&manifest(), &weights()).unwrap()
}

fn sample(name: &str) -> Vec<u8> {
    std::fs::read(root().join("web/samples").join(name)).unwrap()
}

/// A box of a sample image.
pub(crate) fn image(name: &str, from: [usize; 3], dims: [usize; 3]) -> Volume {
    let volume = nifti::read(&sample(name)).unwrap().volume;
    let data = voxels(from, dims).map(|[i, j, k]| volume.data[volume.index(i, j, k)]).collect();
    Volume::new(dims, data, volume.affine, volume.unit).unwrap()
}

/// The same box of the sample's region labels.
pub(crate) fn labels(from: [usize; 3], dims: [usize; 3]) -> LabelMap {
    let map = nifti::read_labels(&sample("torso-regions.nii.gz")).unwrap().map;
    let [nx, ny, _] = map.dims;
    LabelMap { dims, labels: voxels(from, dims).map(|[i, j, k]| map.labels[(k * ny + j) * nx + i]).collect() }
}

/// The whole sample.
pub(crate) fn whole() -> Volume {
    image("torso-low-dose.nii.gz", [0; 3], WHOLE)
}

/// A box of a label map of the whole sample.
pub(crate) fn cut(map: &LabelMap, from: [usize; 3]) -> LabelMap {
    let [nx, ny, _] = WHOLE;
    LabelMap { dims: DIMS, labels: voxels(from, DIMS).map(|[i, j, k]| map.labels[(k * ny + j) * nx + i]).collect() }
}

/// How far two label maps agree on where a label is.
pub(crate) fn dice(one: &LabelMap, other: &LabelMap, label: u8) -> f64 {
    let count = |map: &LabelMap| map.labels.iter().filter(|&&found| found == label).count();
    let both = one.labels.iter().zip(&other.labels).filter(|&(&a, &b)| a == label && b == label).count();
    2.0 * both as f64 / (count(one) + count(other)) as f64
}

fn voxels(from: [usize; 3], dims: [usize; 3]) -> impl Iterator<Item = [usize; 3]> {
    (0..dims.iter().product()).map(move |n: usize| {
        let at = [n % dims[0], n / dims[0] % dims[1], n / (dims[0] * dims[1])];
        std::array::from_fn(|axis| from[axis] + at[axis])
    })
}

pub(crate) fn go_on(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

//! Mean and spread over samples, and samples as files.

use darkroom_formats::nifti;
use darkroom_imaging::Volume;
use darkroom_messages::{FromDenoiser, FromWorker, Header};
use darkroom_pipelines::PipelineError;
use darkroom_sampling::Welford;
use js_sys::{Array, Float32Array, Uint8Array};
use wasm_bindgen::JsCast;

use crate::engine::Bench;
use crate::names::result_name;
use crate::post::{post_bytes, post_values};
use crate::trouble::Trouble;

/// Takes mean and spread over the samples that the page sent along.
pub(super) fn maps(header: Header, carried: &Array) -> Result<(), Trouble> {
    let values = carried.get(0).unchecked_into::<Float32Array>().to_vec();
    let len: usize = header.dims.iter().product();
    let mut moments = Welford::new();
    for sample in values.chunks(len.max(1)) {
        moments.push(sample).map_err(PipelineError::from)?;
    }
    let samples = values.len() / len.max(1);
    let maps = [moments.mean(), moments.deviation()].concat();
    post_values(&FromWorker::Denoise(FromDenoiser::Maps { header, samples }), &maps);
    Ok(())
}

/// Writes values that the page sent along as NIfTI.
pub(super) fn save(bench: &Bench, header: Header, what: &str, carried: &Array) -> Result<(), Trouble> {
    let values = carried.get(0).unchecked_into::<Float32Array>().to_vec();
    let Header { dims, affine, unit } = header;
    let volume = Volume::new(dims, values, affine, unit)
        .map_err(|error| Trouble::new(format!("This image cannot be written: {error}."), "Make it again."))?;
    let studio = bench.studio.borrow();
    let (name, version) = studio.as_ref().map_or(("image", ""), |studio| {
        let model = &studio.manifest().model;
        (model.name.as_str(), model.version.as_str())
    });
    let bytes = nifti::write(&volume, &nifti::description(name, version))?;
    let name = result_name(what, name, ".nii.gz");
    post_bytes(&FromWorker::File { name, note: None }, &Uint8Array::from(bytes.as_slice()));
    Ok(())
}

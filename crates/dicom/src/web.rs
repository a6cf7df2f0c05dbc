//! The module as a worker's JavaScript uses it.
//!
//! Errors come out as `Error` objects whose message is two sentences, which they also carry one by one: `what` is wrong,
//! and what to do `next`.

use darkroom_imaging::{NamedBytes, Refusal};
use js_sys::{Error, Float32Array, Reflect};
use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::{Derivation, DicomError, Series, clipped, derive, read};

/// Reads DICOM files into series and writes results back.
///
/// `add` each file, `read` once, then ask for a series by its place in the list.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct DicomReader {
    files: Vec<NamedBytes>,
    series: Vec<Series>,
}

/// The grid and unit of a volume, in the shape of the messages' header.
#[derive(Serialize)]
struct Header<'a> {
    dims: [usize; 3],
    affine: darkroom_imaging::Affine,
    unit: &'a darkroom_imaging::Unit,
}

#[wasm_bindgen]
impl DicomReader {
    /// A reader without files.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file.
    pub fn add(&mut self, name: String, bytes: Vec<u8>) {
        self.files.push(NamedBytes { name, bytes });
    }

    /// Reads all added files and forgets them. The list of series as JSON: an array of `SeriesInfo`.
    ///
    /// # Errors
    /// When a number in the list is not finite.
    pub fn read(&mut self) -> Result<String, Error> {
        self.series = read(std::mem::take(&mut self.files));
        let infos: Vec<_> = self.series.iter().map(|series| &series.info).collect();
        json(&infos)
    }

    /// The grid and unit of a usable series as JSON: `{dims, affine, unit}`.
    ///
    /// # Errors
    /// When there is no such series or it was refused.
    pub fn header(&self, series: usize) -> Result<String, Error> {
        let volume = self.volume(series)?;
        json(&Header { dims: volume.dims, affine: volume.affine, unit: &volume.unit })
    }

    /// The values of a usable series, i fastest.
    ///
    /// # Errors
    /// When there is no such series or it was refused.
    pub fn data(&self, series: usize) -> Result<Float32Array, Error> {
        Ok(Float32Array::from(self.volume(series)?.data.as_slice()))
    }

    /// How a PET series became SUV, or what is missing for it, as JSON; `null` for other series.
    ///
    /// # Errors
    /// When there is no such series.
    pub fn suv(&self, series: usize) -> Result<String, Error> {
        json(&self.series.get(series).ok_or_else(|| told(&DicomError::NoSeries.refusal()))?.suv)
    }

    /// Scales a PET series anew with values entered by hand, `entered` being JSON such as `{"weight_kg": 71}`; the new
    /// `SeriesInfo` as JSON. Header and data are to be asked for again.
    ///
    /// # Errors
    /// When there is no such series, or the JSON holds something that cannot be entered.
    pub fn enter(&mut self, series: usize, entered: &str) -> Result<String, Error> {
        let entered = serde_json::from_str(entered).map_err(|error| DicomError::Entered(error.to_string()));
        let found = self.series.get_mut(series).ok_or(DicomError::NoSeries);
        let entered = entered.and_then(|entered| found.and_then(|found| found.enter(&entered).map(|()| found)));
        json(&entered.map_err(|error| told(&error.refusal()))?.info)
    }

    /// A zip of the derived series of a result: `values` on the grid and in the unit of the series, `provenance` as the
    /// run wrote it.
    ///
    /// # Errors
    /// When the result does not belong to the series or memory runs out.
    pub fn derive(&self, series: usize, values: Vec<f32>, provenance: &str) -> Result<Vec<u8>, Error> {
        let made = || -> Result<Vec<u8>, DicomError> {
            let derivation = Derivation::from_json(provenance)?;
            let found = self.series.get(series).ok_or(DicomError::NoSeries)?;
            let source = found.volume.as_ref().ok_or(DicomError::NoSeries)?;
            let result = source.with_data(values)?;
            Ok(darkroom_formats::pack(&derive(found, &result, &derivation)?)?)
        };
        made().map_err(|error| told(&error.refusal()))
    }

    /// A sentence on the voxels of a result that lose their sign in its derived series, if any do.
    ///
    /// # Errors
    /// When the result does not belong to the series.
    pub fn clipped(&self, series: usize, values: Vec<f32>) -> Result<Option<String>, Error> {
        let found = self.series.get(series).ok_or_else(|| told(&DicomError::NoSeries.refusal()))?;
        let result =
            self.volume(series)?.with_data(values).map_err(|error| told(&DicomError::from(error).refusal()))?;
        Ok(clipped(found, &result))
    }
}

impl DicomReader {
    fn volume(&self, series: usize) -> Result<&darkroom_imaging::Volume, Error> {
        self.series
            .get(series)
            .and_then(|series| series.volume.as_ref())
            .ok_or_else(|| told(&DicomError::NoSeries.refusal()))
    }
}

fn json(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| told(&DicomError::Write(error.to_string()).refusal()))
}

fn told(refusal: &Refusal) -> Error {
    let error = Error::new(&refusal.to_string());
    for (name, sentence) in [("what", &refusal.what), ("next", &refusal.next)] {
        // Setting a property of a fresh object cannot fail, and the message alone would do.
        let _ = Reflect::set(&error, &name.into(), &sentence.into());
    }
    error
}

//! The DICOM module: a WebAssembly of its own, brought to life by `web/worker.js` with the first DICOM file.

use darkroom_imaging::suv::{Entered, Record};
use darkroom_imaging::{Affine, SeriesInfo, Unit, Volume};
use js_sys::{Float32Array, Function, Promise, Uint8Array};
use serde::Deserialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::trouble::Trouble;

#[wasm_bindgen]
extern "C" {
    /// The reader that the module exports.
    pub(crate) type DicomReader;

    #[wasm_bindgen(method, catch)]
    fn add(this: &DicomReader, name: &str, bytes: Uint8Array) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    fn read(this: &DicomReader) -> Result<String, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn header(this: &DicomReader, series: usize) -> Result<String, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn data(this: &DicomReader, series: usize) -> Result<Float32Array, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn suv(this: &DicomReader, series: usize) -> Result<String, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn enter(this: &DicomReader, series: usize, entered: &str) -> Result<String, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn derive(this: &DicomReader, series: usize, values: Float32Array, derivation: &str)
    -> Result<Uint8Array, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn clipped(this: &DicomReader, series: usize, values: Float32Array) -> Result<Option<String>, JsValue>;
}

/// The grid and unit of a series, as the module writes it.
#[derive(Deserialize)]
struct DicomHeader {
    dims: [usize; 3],
    affine: Affine,
    unit: Unit,
}

impl DicomReader {
    /// An empty reader. `open` is the worker's function that makes one.
    pub(crate) async fn open(open: &Function) -> Result<Self, Trouble> {
        let promise: Promise = open.call0(&JsValue::NULL).map_err(broken)?.unchecked_into();
        JsFuture::from(promise).await.map(JsCast::unchecked_into).map_err(broken)
    }

    /// Takes a file.
    pub(crate) fn take(&self, name: &str, bytes: &[u8]) -> Result<(), Trouble> {
        self.add(name, Uint8Array::from(bytes)).map_err(broken)
    }

    /// The series in the files taken.
    pub(crate) fn series(&self) -> Result<Vec<SeriesInfo>, Trouble> {
        parse(&self.read().map_err(broken)?)
    }

    /// The voxels of a usable series.
    pub(crate) fn volume(&self, series: usize) -> Result<Volume, Trouble> {
        let DicomHeader { dims, affine, unit } = parse(&self.header(series).map_err(broken)?)?;
        let values = self.data(series).map_err(broken)?.to_vec();
        Volume::new(dims, values, affine, unit).map_err(|error| mismatch(&error.to_string()))
    }

    /// How a series became SUV, or what is missing for it; `None` for what is no PET.
    pub(crate) fn record(&self, series: usize) -> Result<Option<Record>, Trouble> {
        parse(&self.suv(series).map_err(broken)?)
    }

    /// Scales a series anew with values entered by hand.
    pub(crate) fn scale(&self, series: usize, entered: &Entered) -> Result<SeriesInfo, Trouble> {
        let entered = serde_json::to_string(entered).map_err(|error| mismatch(&error.to_string()))?;
        parse(&self.enter(series, &entered).map_err(broken)?)
    }

    /// A zip of slices derived from a series, with new values; `derivation` is the run's provenance as JSON.
    pub(crate) fn derived(
        &self,
        series: usize,
        values: &Float32Array,
        derivation: &str,
    ) -> Result<Uint8Array, Trouble> {
        self.derive(series, values.clone(), derivation).map_err(broken)
    }

    /// What slices derived from a series do not hold of new values, a sentence.
    pub(crate) fn lost(&self, series: usize, values: &Float32Array) -> Result<Option<String>, Trouble> {
        self.clipped(series, values.clone()).map_err(broken)
    }
}

fn parse<T: for<'a> Deserialize<'a>>(json: &str) -> Result<T, Trouble> {
    serde_json::from_str(json).map_err(|error| mismatch(&error.to_string()))
}

fn mismatch(detail: &str) -> Trouble {
    Trouble::new(
        format!("The DICOM module gave an answer that does not fit ({detail})."),
        "Reload the page and try again.",
    )
}

/// What the module threw: its own two sentences, or an error of the browser.
fn broken(thrown: JsValue) -> Trouble {
    let field = |name: &str| {
        js_sys::Reflect::get(&thrown, &name.into())
            .ok()
            .and_then(|value| value.as_string())
            .filter(|text| !text.is_empty())
    };
    let what = field("what").or_else(|| field("message")).or_else(|| thrown.as_string());
    let what = what.unwrap_or_else(|| "The DICOM module stopped.".to_owned());
    let next = field("next").unwrap_or_else(|| "Check that the files are complete, then drop them again.".to_owned());
    Trouble::new(what, next)
}

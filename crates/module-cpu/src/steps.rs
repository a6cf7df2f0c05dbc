//! What the page's worker calls: `prepare`, then `start`, `step` until 1, `finish`.
//!
//! In steps, so that the worker hears its messages between them.

use darkroom_graph::Graph;
use darkroom_kernels::{Data, Elements};
use darkroom_reference::{Cpu, Reference, Run};
use js_sys::{Array, Error, Float32Array, Int32Array, Uint32Array};
use wasm_bindgen::prelude::*;

/// A network ready to run on the CPU.
#[wasm_bindgen]
#[derive(Debug)]
pub struct CpuNetwork {
    reference: Reference<Cpu>,
    inputs: Vec<String>,
    run: Option<Run<Cpu>>,
}

/// Reads the ONNX model in `model` and makes it ready for inputs of `dims`: pairs of a name and a `Uint32Array`.
///
/// # Errors
/// A model that cannot be read or run, or dimensions that do not fit it, in a sentence.
#[wasm_bindgen]
pub fn prepare(model: &[u8], dims: &Array) -> Result<CpuNetwork, Error> {
    let dims: Vec<(String, Vec<usize>)> = dims
        .iter()
        .map(|pair| {
            let pair = Array::from(&pair);
            let dims = Uint32Array::new(&pair.get(1)).to_vec().into_iter().map(|n| n as usize).collect();
            (pair.get(0).as_string().unwrap_or_default(), dims)
        })
        .collect();
    let named: Vec<(&str, &[usize])> = dims.iter().map(|(name, dims)| (name.as_str(), dims.as_slice())).collect();
    let graph = Graph::read(model).and_then(|graph| graph.specialise(&named)).map_err(told)?;
    let inputs = graph.inputs.iter().map(|&value| graph.names[value].clone()).collect();
    Ok(CpuNetwork { reference: Reference::new(&graph).map_err(told)?, inputs, run: None })
}

#[wasm_bindgen]
impl CpuNetwork {
    /// Begins a run. `inputs` come in the order of the model's, each a `Float32Array` or an `Int32Array`.
    ///
    /// # Errors
    /// Inputs of another length or kind than the model's.
    pub fn start(&mut self, inputs: &Array) -> Result<(), Error> {
        let inputs: Vec<Elements> = inputs
            .iter()
            .map(|input| match input.dyn_into::<Int32Array>() {
                Ok(integers) => Elements::I32(integers.to_vec()),
                Err(input) => Elements::F32(Float32Array::new(&input).to_vec()),
            })
            .collect();
        let named: Vec<(&str, Data<'_>)> =
            self.inputs.iter().map(String::as_str).zip(inputs.iter().map(Elements::data)).collect();
        self.run = Some(self.reference.start(&named).map_err(told)?);
        Ok(())
    }

    /// Runs the next node; the share of nodes that are done, 1 at the end.
    ///
    /// # Errors
    /// What the node refuses.
    pub fn step(&mut self) -> Result<f64, Error> {
        self.run.as_mut().map_or(Ok(1.0), |run| self.reference.step(run)).map_err(told)
    }

    /// Ends the run; the outputs in the model's order, each a `Float32Array` or an `Int32Array`.
    ///
    /// # Errors
    /// A run that was not begun or whose last step is not done.
    pub fn finish(&mut self) -> Result<Array, Error> {
        let run = self.run.take().ok_or_else(|| Error::new("no run was begun"))?;
        let output = |elements: Elements| match elements {
            Elements::F32(values) => JsValue::from(Float32Array::from(values.as_slice())),
            Elements::I32(values) => Int32Array::from(values.as_slice()).into(),
            Elements::U32(words) => Uint32Array::from(words.as_slice()).into(),
        };
        Ok(self.reference.finish(run).map_err(told)?.into_iter().map(output).collect())
    }
}

fn told(error: impl std::fmt::Display) -> Error {
    Error::new(&error.to_string())
}

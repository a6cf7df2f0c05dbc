//! A case as an executor takes it: a graph with its shapes fixed, and its inputs as 32-bit elements.

use darkroom_graph::{ElementType, FixedGraph, Graph, Tensor, TensorData};
use darkroom_kernels::Elements;
use rten_onnx::onnx::DataType;

use crate::{Numbers, Value};

/// A graph and its inputs.
pub(crate) struct Prepared {
    pub(crate) graph: FixedGraph,
    pub(crate) inputs: Vec<Elements>,
}

impl Prepared {
    /// Reads `model`, makes constants of `known` and fixes its shapes to those of `inputs`.
    ///
    /// # Errors
    /// The reader's sentence, or that of a value that does not fit the 32 bits it has at run time.
    pub(crate) fn new(model: &[u8], known: &[(&str, Value)], inputs: &[(&str, Value)]) -> Result<Self, String> {
        let graph = Graph::read(model).map_err(|error| error.to_string())?;
        let known = known.iter().map(|(name, value)| Ok(((*name).to_owned(), constant(value)?)));
        let known = known.collect::<Result<_, String>>()?;
        let graph = graph.with_constants(known).map_err(|error| error.to_string())?;
        let dims: Vec<_> = inputs.iter().map(|(name, value)| (*name, value.dims.as_slice())).collect();
        let graph = graph.specialise(&dims).map_err(|error| error.to_string())?;
        let inputs = graph.inputs.iter().map(|&value| {
            let name = &graph.names[value];
            let given = inputs.iter().find(|(given, _)| given == name);
            elements(name, &given.ok_or_else(|| format!("no data for input {name}"))?.1)
        });
        Ok(Self { inputs: inputs.collect::<Result<_, _>>()?, graph })
    }

    /// Whether nothing is left to run: every output is a constant.
    pub(crate) fn is_folded(&self) -> bool {
        self.graph.outputs.iter().all(|&output| self.graph.constants[output].is_some())
    }

    /// The results of a run with their shapes and types.
    pub(crate) fn outputs(&self, results: Vec<Elements>) -> Vec<Value> {
        let value = |(&output, elements): (&usize, Elements)| Value {
            element: DataType(self.graph.elements[output].code()),
            dims: self.graph.dims[output].clone(),
            numbers: match elements {
                Elements::F32(values) => Numbers::Floats(values.into_iter().map(f64::from).collect()),
                Elements::I32(values) => Numbers::Integers(values.into_iter().map(i128::from).collect()),
                Elements::U32(words) => Numbers::Integers(words.into_iter().map(i128::from).collect()),
            },
        };
        self.graph.outputs.iter().zip(results).map(value).collect()
    }
}

/// A value as an input of a run.
fn elements(name: &str, value: &Value) -> Result<Elements, String> {
    Ok(match &value.numbers {
        Numbers::Floats(values) => Elements::F32(values.iter().map(|&value| value as f32).collect()),
        Numbers::Integers(values) => {
            let narrow: Result<_, _> = values.iter().map(|&value| i32::try_from(value)).collect();
            Elements::I32(narrow.map_err(|_| format!("input {name} has a value beyond 32 bits"))?)
        }
    })
}

/// A value as a constant of the graph.
fn constant(value: &Value) -> Result<Tensor, String> {
    let kind = value.element;
    let element = ElementType::from_code(kind.0).ok_or_else(|| format!("a constant of type {kind}"))?;
    let data = match &value.numbers {
        Numbers::Floats(values) => TensorData::F32(values.iter().map(|&value| value as f32).collect()),
        Numbers::Integers(values) => match element {
            ElementType::Int8 => TensorData::I8(values.iter().map(|&value| value as i8).collect()),
            ElementType::Uint8 => TensorData::U8(values.iter().map(|&value| value as u8).collect()),
            _ => TensorData::I64(values.iter().map(|&value| value as i64).collect()),
        },
    };
    Tensor::new(value.dims.clone(), element, data).map_err(|error| error.to_string())
}

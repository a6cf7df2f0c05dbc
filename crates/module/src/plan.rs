//! From the bytes of a model to a graph with fixed shapes, and what it takes and gives.

use darkroom_graph::{ElementType, FixedGraph, Graph};

use crate::{ArrayKind, ModuleError, Values};

/// An input given a value before the run.
#[derive(Clone, Debug, PartialEq)]
pub struct Constant {
    /// The input's name.
    pub name: String,
    /// Its dimensions.
    pub dims: Vec<usize>,
    /// The array it came in.
    pub kind: ArrayKind,
    /// Its values.
    pub values: Values,
}

/// An input or output as JavaScript sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// The ONNX name.
    pub name: String,
    /// The dimensions, row-major.
    pub dims: Vec<usize>,
    /// The type in the file.
    pub element: ElementType,
}

/// A model with its shapes fixed.
#[derive(Debug)]
pub struct Plan {
    /// What is left to compute.
    pub graph: FixedGraph,
    /// What a run takes, in order.
    pub inputs: Vec<Port>,
    /// What a run gives, in order.
    pub outputs: Vec<Port>,
}

/// Reads a model, makes `constants` of some inputs and fixes the dimensions of the others: those that
/// `input_dims` names, else those of the file.
///
/// # Errors
/// A damaged model, a constant of the wrong type, dimensions that are open or contradict the file, an
/// operator that is not supported; each names the input or node.
pub fn plan(onnx: &[u8], constants: Vec<Constant>, input_dims: &[(String, Vec<usize>)]) -> Result<Plan, ModuleError> {
    let graph = Graph::read(onnx)?;
    let tensors = constants.into_iter().map(|constant| {
        let Constant { name, dims, kind, values } = constant;
        let Some(input) = graph.input(&name) else {
            return Err(ModuleError::NoInput {
                name,
                known: listed(graph.inputs.iter().map(|i| &graph.names[i.value])),
            });
        };
        check_array(&format!("constant {name}"), input.element, kind)?;
        check_length(&format!("constant {name}"), &dims, values.len())?;
        Ok((name, values.into_tensor(dims, input.element)?))
    });
    let tensors = tensors.collect::<Result<Vec<_>, _>>()?;
    let graph = graph.with_constants(tensors)?;
    let given: Vec<_> = input_dims.iter().map(|(name, dims)| (name.as_str(), dims.as_slice())).collect();
    let graph = graph.specialise(&given)?;
    let port = |&value: &usize| Port {
        name: graph.names[value].clone(),
        dims: graph.dims[value].clone(),
        element: graph.elements[value],
    };
    let (inputs, outputs) = (graph.inputs.iter().map(port).collect(), graph.outputs.iter().map(port).collect());
    Ok(Plan { graph, inputs, outputs })
}

impl Port {
    /// Whether a tensor is what this input takes.
    ///
    /// # Errors
    /// Another kind of array, other dimensions, or a number of values that is not their product.
    pub fn check(&self, dims: &[usize], kind: ArrayKind, len: usize) -> Result<(), ModuleError> {
        let what = format!("input {}", self.name);
        check_array(&what, self.element, kind)?;
        if self.dims != dims {
            let (name, got, wanted) = (self.name.clone(), dims.to_vec(), self.dims.clone());
            return Err(ModuleError::Dims { name, got, wanted });
        }
        check_length(&what, dims, len)
    }
}

fn check_array(what: &str, element: ElementType, kind: ArrayKind) -> Result<(), ModuleError> {
    let wanted = ArrayKind::of(element);
    if kind == wanted {
        return Ok(());
    }
    let wanted = format!("a {}, since the model declares {element}, and is a {}", wanted.name(), kind.name());
    Err(ModuleError::Argument { what: format!("the data of {what}"), wanted })
}

fn check_length(what: &str, dims: &[usize], len: usize) -> Result<(), ModuleError> {
    if dims.iter().try_fold(1_usize, |product, &dim| product.checked_mul(dim)) == Some(len) {
        return Ok(());
    }
    Err(ModuleError::Length { what: what.to_owned(), dims: dims.to_vec(), len })
}

/// Names for a message.
pub(crate) fn listed(names: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| name.as_ref().to_owned()).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

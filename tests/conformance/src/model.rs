//! What the test must know of a case's model.

use std::collections::BTreeSet;

use rten_onnx::onnx::{AttributeProto, DataType, GraphProto, ModelProto, NodeProto, ValueInfoProto};

use crate::ConformanceError;

/// A case's model, as far as it decides what is run and what is baked.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// The names of the graph's inputs, in the order of the test data.
    pub inputs: Vec<String>,
    /// The names of the graph's outputs.
    pub outputs: Vec<String>,
    /// Why the inputs or outputs are not tensors of numbers, if so.
    pub no_tensors: Option<String>,
    /// The nodes of the main graph.
    pub steps: Vec<Step>,
    /// Every operator, those of subgraphs included; those of other domains as `domain.Name`.
    pub operators: BTreeSet<String>,
}

/// One node.
#[derive(Clone, Debug, Default)]
pub struct Step {
    /// The operator.
    pub op: String,
    /// Names of its operands; empty where one is left out.
    pub inputs: Vec<String>,
    /// Names of its results.
    pub outputs: Vec<String>,
}

impl Model {
    /// Reads a serialised `ModelProto`.
    ///
    /// # Errors
    /// A damaged message.
    pub fn read(bytes: &[u8]) -> Result<Self, ConformanceError> {
        let proto = ModelProto::parse_buf(bytes).map_err(|error| ConformanceError::message("the model", error))?;
        let graph = proto.graph.unwrap_or_default();
        let mut operators = BTreeSet::new();
        collect_operators(&graph, &mut operators);
        let names = |infos: &[ValueInfoProto]| infos.iter().map(|info| info.name.clone().unwrap_or_default()).collect();
        Ok(Self {
            inputs: names(&graph.input),
            outputs: names(&graph.output),
            no_tensors: graph.input.iter().chain(&graph.output).find_map(no_tensor),
            steps: graph.node.into_iter().map(Step::from).collect(),
            operators,
        })
    }
}

impl From<NodeProto> for Step {
    fn from(node: NodeProto) -> Self {
        Self { op: node.op_type.unwrap_or_default(), inputs: node.input, outputs: node.output }
    }
}

fn no_tensor(info: &ValueInfoProto) -> Option<String> {
    let name = info.name.as_deref().unwrap_or_default();
    match info.r#type.as_ref().and_then(|kind| kind.tensor_type.as_ref()) {
        None => Some(format!("{name} is a sequence or an optional value")),
        Some(tensor) if tensor.elem_type == Some(DataType::STRING) => Some(format!("{name} holds strings")),
        Some(_) => None,
    }
}

fn collect_operators(graph: &GraphProto, operators: &mut BTreeSet<String>) {
    for node in &graph.node {
        let op = node.op_type.as_deref().unwrap_or_default();
        let name = match node.domain.as_deref() {
            None | Some("" | "ai.onnx") => op.to_owned(),
            Some(domain) => format!("{domain}.{op}"),
        };
        operators.insert(name);
        node.attribute.iter().filter_map(subgraph).for_each(|graph| collect_operators(graph, operators));
    }
}

fn subgraph(attribute: &AttributeProto) -> Option<&GraphProto> {
    attribute.g.as_ref()
}

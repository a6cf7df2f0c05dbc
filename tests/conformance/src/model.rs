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
    /// The operator of the only node, if there is only one.
    pub only: Option<String>,
    /// All nodes, those of a subgraph before the node that holds it.
    pub steps: Vec<Step>,
    /// Every operator, those of subgraphs included; those of other domains as `domain.Name`.
    pub operators: BTreeSet<String>,
}

/// One node, or the handing of operands into a subgraph.
#[derive(Clone, Debug, Default)]
pub struct Step {
    /// The operator; empty where operands are handed in.
    pub op: String,
    /// Names of its operands; empty where one is left out.
    pub inputs: Vec<String>,
    /// Names of what its subgraphs give back.
    pub bodies: Vec<String>,
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
        Ok(Self {
            inputs: names(&graph.input),
            outputs: names(&graph.output),
            no_tensors: graph.input.iter().chain(&graph.output).find_map(no_tensor),
            only: match graph.node.as_slice() {
                [node] => node.op_type.clone(),
                _ => None,
            },
            steps: steps(&graph.node),
            operators,
        })
    }
}

fn names(infos: &[ValueInfoProto]) -> Vec<String> {
    infos.iter().map(|info| info.name.clone().unwrap_or_default()).collect()
}

fn steps(nodes: &[NodeProto]) -> Vec<Step> {
    let mut all = Vec::new();
    for node in nodes {
        let bodies = || node.attribute.iter().filter_map(subgraph);
        for body in bodies() {
            all.push(Step { inputs: node.input.clone(), outputs: names(&body.input), ..Step::default() });
            all.extend(steps(&body.node));
        }
        all.push(Step {
            op: node.op_type.clone().unwrap_or_default(),
            inputs: node.input.clone(),
            bodies: bodies().flat_map(|body| names(&body.output)).collect(),
            outputs: node.output.clone(),
        });
    }
    all
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

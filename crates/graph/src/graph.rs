//! The graph as the file gives it: nodes over numbered values, some of them constant.

use crate::{Attributes, ElementType, GraphError, Tensor};

/// A value of the graph: an index into [`Graph::names`].
pub type ValueId = usize;

/// One operator application.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its name in the file, or the name of its first output when it has none.
    pub name: String,
    /// The ONNX operator.
    pub op: String,
    /// Operands; `None` where an optional one is left out.
    pub inputs: Vec<Option<ValueId>>,
    /// Results; `None` where an optional one is left out.
    pub outputs: Vec<Option<ValueId>>,
    /// Attributes.
    pub attributes: Attributes,
}

impl Node {
    /// The operand at `index`, if given.
    #[must_use]
    pub fn input(&self, index: usize) -> Option<ValueId> {
        self.inputs.get(index).copied().flatten()
    }

    /// Every value it needs: its operands, and what the graphs within it take from around them.
    #[must_use]
    pub fn reads(&self) -> Vec<ValueId> {
        let within = self.attributes.graphs().flat_map(Subgraph::captured);
        self.inputs.iter().copied().flatten().chain(within).collect()
    }

    /// A refusal that names this node.
    #[must_use]
    pub fn refuse(&self, reason: impl Into<String>) -> GraphError {
        GraphError::Node { node: self.name.clone(), op: self.op.clone(), reason: reason.into() }
    }
}

/// A graph within a node: a branch of `If`, the body of `Loop`.
#[derive(Clone, Debug, PartialEq)]
pub struct Subgraph {
    /// What the node hands in.
    pub inputs: Vec<ValueId>,
    /// What the node gets back; may be values from around.
    pub outputs: Vec<ValueId>,
    /// Nodes, every operand produced before it is used.
    pub nodes: Vec<Node>,
    /// The values that are its own: inputs, initialisers and the nodes' results, not those of graphs within it.
    pub inside: Vec<ValueId>,
}

impl Subgraph {
    /// The values from around that it or a graph within it reads.
    fn captured(&self) -> Vec<ValueId> {
        let own: std::collections::HashSet<ValueId> = self.inside.iter().copied().collect();
        let reads = self.nodes.iter().flat_map(Node::reads).chain(self.outputs.iter().copied());
        reads.filter(|value| !own.contains(value)).collect()
    }
}

/// What the file says of an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputSpec {
    /// Which value it is.
    pub value: ValueId,
    /// The type of its elements.
    pub element: ElementType,
    /// Its dimensions; `None` where the file leaves one open.
    pub dims: Vec<Option<usize>>,
}

/// A model as read: inputs with open dimensions, nodes in an order that can be run.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    /// The ONNX name of each value.
    pub names: Vec<String>,
    /// The constant behind each value, if it is one.
    pub constants: Vec<Option<Tensor>>,
    /// Nodes, every operand produced before it is used.
    pub nodes: Vec<Node>,
    /// The model's inputs without its initialisers.
    pub inputs: Vec<InputSpec>,
    /// The model's outputs.
    pub outputs: Vec<ValueId>,
    /// Version of the default operator set.
    pub opset: i64,
    /// The exporter, as it calls itself.
    pub producer: String,
}

impl Graph {
    /// The input called `name`.
    #[must_use]
    pub fn input(&self, name: &str) -> Option<&InputSpec> {
        self.inputs.iter().find(|input| self.names[input.value] == name)
    }

    /// Turns inputs into constants, for operators whose shapes depend on their values.
    ///
    /// # Errors
    /// A name that is no input, or a tensor of another type than the input.
    pub fn with_constants(mut self, values: Vec<(String, Tensor)>) -> Result<Self, GraphError> {
        for (name, tensor) in values {
            let refuse = |reason: String| GraphError::Input { name: name.clone(), reason };
            let place = self.inputs.iter().position(|input| self.names[input.value] == name);
            let place = place.ok_or_else(|| refuse("the model has no such input".to_owned()))?;
            if self.inputs[place].element != tensor.element {
                return Err(refuse(format!("it is {}, the value is {}", self.inputs[place].element, tensor.element)));
            }
            let input = self.inputs.remove(place);
            self.constants[input.value] = Some(tensor);
        }
        Ok(self)
    }

    /// Number of elements in all weights, as a reader would count parameters.
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.constants.iter().flatten().map(|tensor| tensor.data.len()).sum()
    }

    /// Each operator with how often it occurs, sorted by name.
    #[must_use]
    pub fn operators(&self) -> Vec<(String, usize)> {
        let mut counts = std::collections::BTreeMap::new();
        for node in &self.nodes {
            *counts.entry(node.op.clone()).or_insert(0) += 1;
        }
        counts.into_iter().collect()
    }
}

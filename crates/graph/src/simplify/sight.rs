//! What a rule sees: the simplified nodes before the one it is shown, and the facts about their values.

use std::collections::HashMap;

use crate::{Attribute, Attributes, ElementType, FixedGraph, Node, Tensor, ValueId};

pub(super) struct Sight<'g> {
    pub(super) graph: &'g mut FixedGraph,
    /// The placed node that makes a value.
    producer: HashMap<ValueId, usize>,
    /// How many operands a value is, counting the model's outputs.
    readers: Vec<usize>,
}

impl<'g> Sight<'g> {
    pub(super) fn new(graph: &'g mut FixedGraph, nodes: &[Node]) -> Self {
        let mut readers = vec![0; graph.names.len()];
        for &value in nodes.iter().flat_map(|node| node.inputs.iter().flatten()).chain(&graph.outputs) {
            readers[value] += 1;
        }
        Self { graph, producer: HashMap::new(), readers }
    }

    /// Puts a node behind those that are placed.
    pub(super) fn place(&mut self, node: Node) {
        let index = self.graph.nodes.len();
        self.producer.extend(node.outputs.iter().flatten().map(|&value| (value, index)));
        self.graph.nodes.push(node);
    }

    /// Those who read `gone` read `kept` from now on, and the node between reads it no more.
    pub(super) fn read_instead(&mut self, gone: ValueId, kept: ValueId) {
        self.readers[kept] = (self.readers[kept] + self.readers[gone]).saturating_sub(1);
    }

    /// Whether one node alone reads a value. May say no where rules have taken readers away.
    pub(super) fn is_read_once(&self, value: ValueId) -> bool {
        self.readers[value] == 1
    }

    /// The placed node that makes `value` as its first result, if it is an `op`.
    pub(super) fn by(&self, value: ValueId, op: &str) -> Option<&Node> {
        let node = &self.graph.nodes[*self.producer.get(&value)?];
        (node.op == op && node.outputs.first() == Some(&Some(value))).then_some(node)
    }

    pub(super) fn dims(&self, value: ValueId) -> &[usize] {
        &self.graph.dims[value]
    }

    pub(super) fn element(&self, value: ValueId) -> ElementType {
        self.graph.elements[value]
    }

    pub(super) fn constant(&self, value: ValueId) -> Option<&Tensor> {
        self.graph.constant(Some(value))
    }

    /// A constant of one float element.
    pub(super) fn number(&self, value: ValueId) -> Option<f32> {
        let tensor = self.constant(value).filter(|tensor| tensor.element.is_float() && tensor.data.len() == 1)?;
        tensor.to_f32().first().copied()
    }

    /// The operands of a node with two of them.
    pub(super) fn pair(node: &Node) -> Option<(ValueId, ValueId)> {
        match node.inputs[..] {
            [Some(a), Some(b)] => Some((a, b)),
            _ => None,
        }
    }

    /// The operand of a commutative node that is no number, and the number, where broadcasting it changes no shape.
    pub(super) fn with_number(&self, node: &Node) -> Option<(ValueId, f32)> {
        let (a, b) = Self::pair(node)?;
        let (value, number) = self.number(b).map(|number| (a, number)).or_else(|| Some((b, self.number(a)?)))?;
        let output = node.outputs.first().copied().flatten()?;
        (self.dims(value) == self.dims(output)).then_some((value, number))
    }

    /// A new value that no file names.
    pub(super) fn value(&mut self, node: &Node, part: &str, dims: Vec<usize>, element: ElementType) -> ValueId {
        self.graph.names.push(format!("{}/{part}", node.name));
        self.graph.dims.push(dims);
        self.graph.elements.push(element);
        self.graph.constants.push(None);
        self.readers.push(1);
        self.graph.names.len() - 1
    }

    /// A new constant.
    pub(super) fn new_constant(&mut self, node: &Node, part: &str, tensor: Tensor) -> ValueId {
        let value = self.value(node, part, tensor.dims.clone(), tensor.element);
        self.graph.constants[value] = Some(tensor);
        value
    }

    /// A `Reshape` in the place of `node`, from `x` to the shape of `to`.
    pub(super) fn reshape(&mut self, node: &Node, x: ValueId, to: ValueId) -> Node {
        let wanted = self.dims(to).iter().map(|&n| n as i64).collect();
        let shape = self.new_constant(node, "shape", Tensor::integers(wanted));
        // With it a 0 means an empty axis and not the operand's.
        let attributes = vec![("allowzero".to_owned(), Attribute::Int(1))];
        instead(node, "Reshape", vec![x, shape], to, attributes)
    }
}

/// A node named like `node` with other contents.
pub(super) fn instead(
    node: &Node,
    op: &str,
    inputs: Vec<ValueId>,
    output: ValueId,
    attributes: Vec<(String, Attribute)>,
) -> Node {
    Node {
        name: node.name.clone(),
        op: op.to_owned(),
        inputs: inputs.into_iter().map(Some).collect(),
        outputs: vec![Some(output)],
        attributes: Attributes(attributes),
    }
}

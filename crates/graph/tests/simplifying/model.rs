//! Graphs built by hand.

use darkroom_graph::{Attribute, Attributes, ElementType, FixedGraph, Graph, InputSpec, Node, Tensor};

/// A graph built by hand.
#[derive(Default)]
pub(crate) struct Model(pub(crate) Graph);

impl Model {
    pub(crate) fn value(&mut self, constant: Option<Tensor>) -> usize {
        self.0.names.push(format!("v{}", self.0.names.len()));
        self.0.constants.push(constant);
        self.0.names.len() - 1
    }

    pub(crate) fn input(&mut self, dims: &[usize]) -> usize {
        let value = self.value(None);
        let dims = dims.iter().map(|&n| Some(n)).collect();
        self.0.inputs.push(InputSpec { value, element: ElementType::Float, dims });
        value
    }

    pub(crate) fn number(&mut self, value: f32) -> usize {
        self.floats(&[], vec![value])
    }

    pub(crate) fn floats(&mut self, dims: &[usize], values: Vec<f32>) -> usize {
        self.value(Some(Tensor { dims: dims.to_vec(), ..Tensor::floats(values) }))
    }

    pub(crate) fn integers(&mut self, values: &[i64]) -> usize {
        self.value(Some(Tensor::integers(values.to_vec())))
    }

    pub(crate) fn op(&mut self, op: &str, inputs: &[usize]) -> usize {
        self.op_with(op, inputs, &[])
    }

    pub(crate) fn op_with(&mut self, op: &str, inputs: &[usize], attributes: &[(&str, Attribute)]) -> usize {
        let output = self.value(None);
        self.0.nodes.push(Node {
            name: format!("{op}{output}"),
            op: op.to_owned(),
            inputs: inputs.iter().copied().map(Some).collect(),
            outputs: vec![Some(output)],
            attributes: Attributes(
                attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
            ),
        });
        output
    }

    pub(crate) fn fixed(mut self, outputs: &[usize]) -> FixedGraph {
        self.0.outputs = outputs.to_vec();
        self.0.opset = 17;
        self.0.specialise(&[]).unwrap()
    }

    pub(crate) fn ops(self, outputs: &[usize]) -> Vec<String> {
        self.fixed(outputs).nodes.into_iter().map(|node| node.op).collect()
    }
}

/// The permutation of a `Transpose`.
pub(crate) fn perm(axes: &[i64]) -> [(&'static str, Attribute); 1] {
    [("perm", Attribute::Ints(axes.to_vec()))]
}

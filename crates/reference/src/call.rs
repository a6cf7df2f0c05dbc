//! One node about to run: its attributes and its operands.

use burn_backend::Backend;
use darkroom_graph::{FixedGraph, Node, Tensor, TensorData};

use crate::ReferenceError;
use crate::tensor::{Bool, Float, Int, Value};

/// What an operator gets.
pub(crate) struct Call<'a, B: Backend> {
    /// The node.
    pub(crate) node: &'a Node,
    /// The graph it stands in, for dimensions and constants.
    pub(crate) graph: &'a FixedGraph,
    /// Where new tensors go.
    pub(crate) device: &'a B::Device,
    /// The operands that are tensors; an operator takes them out, so that it alone owns what nobody reads later.
    pub(crate) operands: Vec<Option<Value<B>>>,
}

/// A constant as a tensor; `None` when it holds integers beyond 32 bits.
pub(crate) fn constant<B: Backend>(tensor: &Tensor, device: &B::Device) -> Option<Value<B>> {
    let dims = &tensor.dims;
    Some(match &tensor.data {
        TensorData::F32(values) => Value::Float(Float::new(values.clone(), dims, device)),
        _ => {
            let values: Result<Vec<i32>, _> = tensor.to_i64().into_iter().map(i32::try_from).collect();
            Value::Int(Int::new(values.ok()?, dims, device))
        }
    })
}

impl<B: Backend> Call<'_, B> {
    /// A refusal that names the node.
    pub(crate) fn refuse(&self, reason: impl Into<String>) -> ReferenceError {
        self.node.refuse(reason).into()
    }

    /// Whether operand `index` is given.
    pub(crate) fn has(&self, index: usize) -> bool {
        self.node.input(index).is_some()
    }

    /// Number of operands the node names.
    pub(crate) fn count(&self) -> usize {
        self.node.inputs.len()
    }

    /// Whether output `index` is wanted.
    pub(crate) fn wants(&self, index: usize) -> bool {
        self.node.outputs.get(index).copied().flatten().is_some()
    }

    /// Takes operand `index`.
    pub(crate) fn value(&mut self, index: usize) -> Result<Value<B>, ReferenceError> {
        let taken = self.operands.get_mut(index).and_then(Option::take);
        taken.ok_or_else(|| {
            self.refuse(if self.has(index) {
                format!("operand {index} holds integers beyond 32 bits")
            } else {
                format!("operand {index} is missing")
            })
        })
    }

    /// Takes operand `index` if it is given.
    pub(crate) fn optional(&mut self, index: usize) -> Result<Option<Value<B>>, ReferenceError> {
        if self.has(index) { self.value(index).map(Some) } else { Ok(None) }
    }

    /// Takes operand `index` as floats.
    pub(crate) fn float(&mut self, index: usize) -> Result<Float<B>, ReferenceError> {
        Ok(self.value(index)?.float())
    }

    /// Takes operand `index` as floats if it is given.
    pub(crate) fn optional_float(&mut self, index: usize) -> Result<Option<Float<B>>, ReferenceError> {
        Ok(self.optional(index)?.map(Value::float))
    }

    /// Takes operand `index` as integers.
    pub(crate) fn int(&mut self, index: usize) -> Result<Int<B>, ReferenceError> {
        Ok(self.value(index)?.int())
    }

    /// Takes operand `index` as truth values.
    pub(crate) fn bool(&mut self, index: usize) -> Result<Bool<B>, ReferenceError> {
        Ok(self.value(index)?.bool())
    }

    /// The integers of operand `index`, constant or computed; `None` when it is left out.
    pub(crate) fn integers(&mut self, index: usize) -> Result<Option<Vec<i64>>, ReferenceError> {
        let Some(id) = self.node.input(index) else { return Ok(None) };
        if let Some(tensor) = self.graph.constant(Some(id)) {
            return Ok(Some(tensor.to_i64()));
        }
        let read = self.int(index)?.read()?;
        Ok(Some(read.into_iter().map(i64::from).collect()))
    }

    /// The floats of operand `index`, constant or computed; `None` when it is left out.
    pub(crate) fn floats(&mut self, index: usize) -> Result<Option<Vec<f32>>, ReferenceError> {
        let Some(id) = self.node.input(index) else { return Ok(None) };
        if let Some(tensor) = self.graph.constant(Some(id)) {
            return Ok(Some(tensor.to_f32()));
        }
        self.float(index)?.read().map(Some)
    }

    /// The indices of operand `index` into an axis of `len`; negative ones count from its end.
    pub(crate) fn indices(&mut self, index: usize, len: usize) -> Result<Vec<i32>, ReferenceError> {
        let values = self.integers(index)?.unwrap_or_default();
        let len = len as i64;
        let at = |value: i64| if value < 0 { value + len } else { value };
        match values.iter().find(|&&value| !(0..len).contains(&at(value))) {
            Some(value) => Err(self.refuse(format!("its index {value} lies outside an axis of {len}"))),
            None => Ok(values.into_iter().map(|value| at(value) as i32).collect()),
        }
    }

    /// The dimensions of operand `index`; none where it is left out.
    pub(crate) fn dims(&self, index: usize) -> &[usize] {
        self.node.input(index).map_or(&[], |value| &self.graph.dims[value])
    }

    /// The dimensions that the graph works out for output `index`.
    pub(crate) fn result_dims(&self, index: usize) -> &[usize] {
        self.node.outputs.get(index).copied().flatten().map_or(&[], |value| &self.graph.dims[value])
    }

    /// The axis `axis` of a tensor of `rank` axes; negative ones count from the last.
    pub(crate) fn axis(&self, axis: i64, rank: usize) -> Result<usize, ReferenceError> {
        let at = if axis < 0 { axis + rank as i64 } else { axis };
        usize::try_from(at)
            .ok()
            .filter(|&at| at < rank.max(1))
            .ok_or_else(|| self.refuse(format!("its axis {axis} is none of {rank}")))
    }

    /// The attribute `axis`, or `default`, of operand 0.
    pub(crate) fn own_axis(&self, default: i64) -> Result<usize, ReferenceError> {
        self.axis(self.whole("axis", default), self.dims(0).len())
    }

    /// An integer attribute.
    pub(crate) fn whole(&self, name: &str, default: i64) -> i64 {
        self.node.attributes.int(name).unwrap_or(default)
    }

    /// Whether an integer attribute is not 0.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.whole(name, 0) != 0
    }

    /// A float attribute.
    pub(crate) fn number(&self, name: &str, default: f32) -> f32 {
        self.node.attributes.float(name).unwrap_or(default)
    }

    /// A string attribute.
    pub(crate) fn text(&self, name: &str, default: &'static str) -> String {
        self.node.attributes.string(name).unwrap_or(default).to_owned()
    }
}

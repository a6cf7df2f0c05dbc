//! A graph with its input dimensions fixed: every shape known, shape arithmetic gone.

use crate::control::Walk;
use crate::input_shape::input_shape;
use crate::shape::product::{AttentionShape, Einsum};
use crate::shape::reduce::Reduction;
use crate::shape::resize::{AxisScale, Dft};
use crate::shape::{self, Operands, SliceRange};
use crate::simplify::simplify;
use crate::{ElementType, Graph, GraphError, Node, Tensor, ValueId, evaluate};

/// What is left of a [`Graph`] once its input dimensions are known.
#[derive(Clone, Debug)]
pub struct FixedGraph {
    /// The ONNX name of each value.
    pub names: Vec<String>,
    /// The dimensions of each value; empty for values that folding removed.
    pub dims: Vec<Vec<usize>>,
    /// The element type of each value.
    pub elements: Vec<ElementType>,
    /// The constant behind each value, if it is one.
    pub constants: Vec<Option<Tensor>>,
    /// The nodes that must run, in order.
    pub nodes: Vec<Node>,
    /// Input values, in the file's order.
    pub inputs: Vec<ValueId>,
    /// Output values, in the file's order.
    pub outputs: Vec<ValueId>,
    /// The outputs' ONNX names: a value that is passed through to an output has a name of its own.
    pub output_names: Vec<String>,
    /// Version of the default operator set.
    pub opset: i64,
}

/// Elements that folding may make, beyond a multiple of those in the file.
const FOLDED: usize = 1 << 26;

impl Graph {
    /// Fixes the inputs' dimensions. Inputs that `input_dims` does not name keep those of the file.
    ///
    /// # Errors
    /// Dimensions that contradict the file or leave one open, operators that are not supported and
    /// shapes that do not fit together: each names the node.
    pub fn specialise(&self, input_dims: &[(&str, &[usize])]) -> Result<FixedGraph, GraphError> {
        let mut fixed = FixedGraph {
            names: self.names.clone(),
            dims: vec![Vec::new(); self.names.len()],
            elements: vec![ElementType::default(); self.names.len()],
            constants: self.constants.clone(),
            nodes: Vec::new(),
            inputs: self.inputs.iter().map(|input| input.value).collect(),
            outputs: self.outputs.clone(),
            output_names: self.outputs.iter().map(|&value| self.names[value].clone()).collect(),
            opset: self.opset,
        };
        for (value, constant) in fixed.constants.iter().enumerate() {
            if let Some(tensor) = constant {
                fixed.dims[value].clone_from(&tensor.dims);
                fixed.elements[value] = tensor.element;
            }
        }
        for input in &self.inputs {
            let name = &self.names[input.value];
            let given = input_dims.iter().find(|(wanted, _)| wanted == name).map(|(_, dims)| *dims);
            fixed.dims[input.value] = input_shape(name, &input.dims, given)?;
            fixed.elements[input.value] = input.element;
        }
        if let Some((name, _)) = input_dims.iter().find(|(name, _)| self.input(name).is_none()) {
            let known: Vec<&str> = self.inputs.iter().map(|input| self.names[input.value].as_str()).collect();
            let reason = format!("the model has no such input; it has {}", known.join(", "));
            return Err(GraphError::Input { name: (*name).to_owned(), reason });
        }
        let alias = (0..self.names.len()).collect();
        // Folding keeps its results: a file must not unfold to more than a fixed multiple of itself.
        let mut walk = Walk { alias, budget: FOLDED + 4 * self.parameters() };
        fixed.add_all(&self.nodes, &mut walk)?;
        for output in &mut fixed.outputs {
            *output = walk.alias[*output];
        }
        fixed.drop_unused();
        simplify(&mut fixed);
        fixed.drop_unused();
        Ok(fixed)
    }
}

impl FixedGraph {
    /// The constant behind an operand.
    #[must_use]
    pub fn constant(&self, value: Option<ValueId>) -> Option<&Tensor> {
        self.constants.get(value?).and_then(Option::as_ref)
    }

    /// The ranges a `Slice` node keeps, one an axis.
    ///
    /// # Errors
    /// Bounds that are not constant or do not fit.
    pub fn slice_ranges(&self, node: &Node) -> Result<Vec<SliceRange>, GraphError> {
        let operands = self.operands(node);
        shape::moving::slice(node, operands.dims(node, 0)?, &operands)
    }

    /// What a `Pad` node adds before and after each axis.
    ///
    /// # Errors
    /// Pads that are not constant or do not fit.
    pub fn pads(&self, node: &Node) -> Result<Vec<(i64, i64)>, GraphError> {
        let operands = self.operands(node);
        shape::moving::pads(node, operands.dims(node, 0)?.len(), &operands)
    }

    /// The permutation of a `Transpose` node.
    ///
    /// # Errors
    /// A `perm` that is no permutation.
    pub fn permutation(&self, node: &Node) -> Result<Vec<usize>, GraphError> {
        shape::moving::permutation(node, self.operands(node).dims(node, 0)?.len())
    }

    /// An axis attribute as an index.
    ///
    /// # Errors
    /// An axis the tensor does not have.
    pub fn axis(&self, node: &Node, default: i64) -> Result<usize, GraphError> {
        let rank = self.operands(node).dims(node, 0)?.len();
        shape::normal_axis(node, node.attributes.int("axis").unwrap_or(default), rank)
    }

    /// The axes a `Reduce...` node takes.
    ///
    /// # Errors
    /// Axes that are not constant or not there.
    pub fn reduction(&self, node: &Node) -> Result<Reduction, GraphError> {
        shape::reduce::reduce(node, &self.operands(node))
    }

    /// What `Resize` does to each axis.
    ///
    /// # Errors
    /// Sizes or scales that are not constant or do not fit.
    pub fn axis_scales(&self, node: &Node) -> Result<Vec<AxisScale>, GraphError> {
        shape::resize::axis_scales(node, &self.operands(node))
    }

    /// The extents of a `DFT` node.
    ///
    /// # Errors
    /// A length or axis that is not constant or does not fit.
    pub fn dft(&self, node: &Node) -> Result<Dft, GraphError> {
        shape::resize::dft_extents(node, &self.operands(node))
    }

    /// The shape that the windows of a `MaxUnpool` node fill, whatever shape it asks for.
    ///
    /// # Errors
    /// Windows that do not fit the operand.
    pub fn unpooled(&self, node: &Node) -> Result<Vec<usize>, GraphError> {
        shape::window::unpooled(node, &self.operands(node))
    }

    /// The labels of an `Einsum` node.
    ///
    /// # Errors
    /// An equation that does not fit its operands.
    pub fn einsum(&self, node: &Node) -> Result<Einsum, GraphError> {
        shape::product::einsum(node, &self.operands(node))
    }

    /// The extents of an `Attention` node.
    ///
    /// # Errors
    /// Operands that do not fit together.
    pub fn attention(&self, node: &Node) -> Result<AttentionShape, GraphError> {
        shape::product::attention_shape(node, &self.operands(node))
    }

    fn operands(&self, node: &Node) -> Operands<'_> {
        Operands {
            dims: node.inputs.iter().map(|value| value.map(|value| self.dims[value].as_slice())).collect(),
            elements: node.inputs.iter().map(|value| value.map(|value| self.elements[value])).collect(),
            constants: node.inputs.iter().map(|&value| self.constant(value)).collect(),
            opset: self.opset,
        }
    }

    /// Takes in a node whose operands are resolved, and gives the number of elements that folding it made.
    pub(crate) fn add(&mut self, node: &Node, alias: &mut [ValueId]) -> Result<usize, GraphError> {
        if node.outputs.iter().all(Option::is_none) {
            return Err(node.refuse("it has no output"));
        }
        if matches!(node.op.as_str(), "Identity" | "Dropout") {
            return self.pass_through(node, alias);
        }
        let folded = if node.op == "Shape" || node.op == "Size" {
            Some(vec![self.fold_shape(node)?])
        } else {
            evaluate::evaluate(node, &self.operands(node))?
        };
        if let Some(tensors) = folded {
            let len = tensors.iter().map(|tensor| tensor.data.len()).sum();
            for (tensor, output) in tensors.into_iter().zip(&node.outputs) {
                if let Some(output) = *output {
                    self.dims[output].clone_from(&tensor.dims);
                    self.elements[output] = tensor.element;
                    self.constants[output] = Some(tensor);
                }
            }
            return Ok(len);
        }
        let facts = shape::infer(node, &self.operands(node))?;
        if facts.len() < node.outputs.len() {
            return Err(node.refuse(format!("{} outputs; it can give {}", node.outputs.len(), facts.len())));
        }
        for (fact, output) in facts.into_iter().zip(&node.outputs) {
            if let Some(output) = *output {
                self.dims[output] = fact.dims;
                self.elements[output] = fact.element;
            }
        }
        self.nodes.push(node.clone());
        Ok(0)
    }

    /// `Identity`, and `Dropout` as it is at inference: the operand is the result, and nothing is masked.
    fn pass_through(&mut self, node: &Node, alias: &mut [ValueId]) -> Result<usize, GraphError> {
        let operands = self.operands(node);
        let x = node.input(0).ok_or_else(|| node.refuse("its operand is missing"))?;
        let trains = operands.integers(node, 2)?.is_some_and(|training| training.iter().any(|&flag| flag != 0));
        let keeps_all = operands.constant(1).is_some_and(|ratio| ratio.to_f32().iter().all(|&ratio| ratio == 0.0));
        if node.op == "Dropout" && trains && !keeps_all {
            return Err(node.refuse("it is in training mode, in which it drops elements at random"));
        }
        if let Some(output) = node.outputs.first().copied().flatten() {
            alias[output] = x;
        }
        let Some(mask) = node.outputs.get(1).copied().flatten() else { return Ok(0) };
        let ones = evaluate::filled(node, &self.dims[x].clone(), ElementType::Bool, 1)?;
        self.dims[mask].clone_from(&ones.dims);
        self.elements[mask] = ones.element;
        let len = ones.data.len();
        self.constants[mask] = Some(ones);
        Ok(len)
    }

    fn fold_shape(&self, node: &Node) -> Result<Tensor, GraphError> {
        let operands = self.operands(node);
        let dims = operands.dims(node, 0)?;
        if node.op == "Size" {
            let len = dims.iter().product::<usize>() as i64;
            return Ok(Tensor::integer(len));
        }
        let rank = dims.len() as i64;
        let bound = |name, default| {
            let value = node.attributes.int(name).unwrap_or(default);
            (if value < 0 { value + rank } else { value }).clamp(0, rank) as usize
        };
        let (start, end) = (bound("start", 0), bound("end", rank));
        Ok(Tensor::integers(dims.get(start..end).unwrap_or(&[]).iter().map(|&n| n as i64).collect()))
    }

    /// Drops nodes whose results nobody reads, and constants that only they read.
    fn drop_unused(&mut self) {
        let mut used = vec![false; self.names.len()];
        for &output in &self.outputs {
            used[output] = true;
        }
        let mut kept: Vec<Node> = Vec::with_capacity(self.nodes.len());
        for node in std::mem::take(&mut self.nodes).into_iter().rev() {
            if node.outputs.iter().flatten().any(|&value| used[value]) {
                for &value in node.inputs.iter().flatten() {
                    used[value] = true;
                }
                kept.push(node);
            }
        }
        kept.reverse();
        self.nodes = kept;
        for (constant, used) in self.constants.iter_mut().zip(used) {
            if !used {
                *constant = None;
            }
        }
    }
}

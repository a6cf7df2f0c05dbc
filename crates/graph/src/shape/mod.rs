//! Shapes and element types of the results of the operators that are left after folding.

mod indexing;
pub(crate) mod moving;
pub(crate) mod product;
mod recurrent;
pub(crate) mod reduce;
pub(crate) mod reshape;
pub(crate) mod resize;
pub(crate) mod window;

use crate::tensor::element_count;
use crate::{ElementType, GraphError, Node, Tensor};

pub use moving::SliceRange;
pub use product::{AttentionShape, Einsum};
pub use reduce::Reduction;
pub use resize::{AxisScale, Dft};

/// What is known of a node's operands before the run, for [`infer`].
pub(crate) struct Operands<'a> {
    pub(crate) dims: Vec<Option<&'a [usize]>>,
    pub(crate) elements: Vec<Option<ElementType>>,
    pub(crate) constants: Vec<Option<&'a Tensor>>,
    pub(crate) opset: i64,
}

impl<'a> Operands<'a> {
    pub(crate) fn dims(&self, node: &Node, index: usize) -> Result<&'a [usize], GraphError> {
        self.dims.get(index).copied().flatten().ok_or_else(|| node.refuse(format!("operand {index} is missing")))
    }

    /// The element type of an operand; float32 where it is left out.
    pub(crate) fn element(&self, index: usize) -> ElementType {
        self.elements.get(index).copied().flatten().unwrap_or_default()
    }

    /// The constant at `index`, if the operand is one.
    pub(crate) fn constant(&self, index: usize) -> Option<&'a Tensor> {
        self.constants.get(index).copied().flatten()
    }

    /// A constant operand as integers; `None` when the operand is left out.
    pub(crate) fn integers(&self, node: &Node, index: usize) -> Result<Option<Vec<i64>>, GraphError> {
        if self.dims.get(index).copied().flatten().is_none() {
            return Ok(None);
        }
        match self.constant(index) {
            Some(tensor) => Ok(Some(tensor.to_i64())),
            None => Err(node.refuse(format!("operand {index} must be known before the run"))),
        }
    }
}

/// Shape and type of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fact {
    pub(crate) dims: Vec<usize>,
    pub(crate) element: ElementType,
}

/// The shape and type of each output of `node`; at least as many as the operator has results.
pub(crate) fn infer(node: &Node, operands: &Operands<'_>) -> Result<Vec<Fact>, GraphError> {
    let facts = facts(node, operands)?;
    for Fact { dims, .. } in &facts {
        if element_count(dims).is_none_or(|len| len > i32::MAX as usize) {
            return Err(node.refuse(format!("its result of shape {dims:?} is larger than any adapter can hold")));
        }
    }
    Ok(facts)
}

fn facts(node: &Node, operands: &Operands<'_>) -> Result<Vec<Fact>, GraphError> {
    let x = || operands.dims(node, 0);
    let element = operands.element(0);
    let typed = |dims: Vec<usize>, element| Ok(vec![Fact { dims, element }]);
    let alike = |dims: Vec<usize>| typed(dims, element);
    match node.op.as_str() {
        "Relu"
        | "LeakyRelu"
        | "Sigmoid"
        | "Tanh"
        | "Silu"
        | "Swish"
        | "HardSwish"
        | "HardSigmoid"
        | "Gelu"
        | "Erf"
        | "Exp"
        | "Log"
        | "Sqrt"
        | "Abs"
        | "Neg"
        | "Reciprocal"
        | "Softplus"
        | "Softsign"
        | "Elu"
        | "Selu"
        | "Celu"
        | "Mish"
        | "ThresholdedRelu"
        | "Shrink"
        | "Clip"
        | "Floor"
        | "Ceil"
        | "Round"
        | "Sign"
        | "Sin"
        | "Cos"
        | "Tan"
        | "Sinh"
        | "Cosh"
        | "Asin"
        | "Acos"
        | "Atan"
        | "Asinh"
        | "Acosh"
        | "Atanh"
        | "Not"
        | "BitwiseNot"
        | "Softmax"
        | "LogSoftmax"
        | "Hardmax"
        | "BatchNormalization"
        | "InstanceNormalization"
        | "GroupNormalization"
        | "LpNormalization"
        | "LRN"
        | "MeanVarianceNormalization"
        | "CumSum"
        | "Trilu"
        | "ReverseSequence"
        | "RotaryEmbedding" => alike(x()?.to_vec()),
        "IsNaN" | "IsInf" => typed(x()?.to_vec(), ElementType::Bool),
        "Cast" => typed(x()?.to_vec(), cast_target(node)?),
        "CastLike" => typed(x()?.to_vec(), operands.element(1)),
        "Add" | "Sub" | "Mul" | "Div" | "Pow" | "PRelu" | "Mod" | "BitwiseAnd" | "BitwiseOr" | "BitwiseXor"
        | "BitShift" | "Min" | "Max" | "Sum" | "Mean" => alike(broadcast_all(node, operands)?),
        "And" | "Or" | "Xor" | "Equal" | "Less" | "LessOrEqual" | "Greater" | "GreaterOrEqual" => {
            typed(broadcast_all(node, operands)?, ElementType::Bool)
        }
        "Where" => typed(broadcast_all(node, operands)?, operands.element(1)),
        "LayerNormalization" | "RMSNormalization" => reduce::layer_norm(node, operands),
        "Conv" | "ConvInteger" | "ConvTranspose" | "AveragePool" | "MaxPool" | "LpPool" | "GlobalAveragePool"
        | "GlobalMaxPool" | "GlobalLpPool" => window::infer(node, operands),
        "QuantizeLinear" => {
            let zero = operands.elements.get(2).copied().flatten();
            let named = node.attributes.int("output_dtype").and_then(|code| ElementType::from_code(code as i32));
            typed(x()?.to_vec(), zero.or(named).unwrap_or(ElementType::Uint8))
        }
        "DequantizeLinear" => typed(x()?.to_vec(), operands.element(1)),
        "DynamicQuantizeLinear" => {
            let fact = |dims: Vec<usize>, element| Fact { dims, element };
            Ok(vec![
                fact(x()?.to_vec(), ElementType::Uint8),
                fact(vec![], ElementType::Float),
                fact(vec![], ElementType::Uint8),
            ])
        }
        "Concat" => alike(moving::concat(node, operands)?),
        "Split" => moving::split(node, operands),
        "Reshape" => {
            let wanted = operands.integers(node, 1)?.ok_or_else(|| node.refuse("its shape is missing"))?;
            alike(reshape::reshape(node, x()?, &wanted)?)
        }
        "Flatten" => {
            let x = x()?;
            // The split may stand behind the last axis; a negative one still counts from there.
            let axis = match node.attributes.int("axis").unwrap_or(1) {
                axis if axis == x.len() as i64 => x.len(),
                axis => normal_axis(node, axis, x.len())?,
            };
            alike(vec![x[..axis].iter().product(), x[axis..].iter().product()])
        }
        "Unsqueeze" | "Squeeze" => alike(reshape::squeeze(node, x()?, axes(node, operands)?)?),
        "Transpose" => {
            let x = x()?;
            alike(moving::permutation(node, x.len())?.into_iter().map(|axis| x[axis]).collect())
        }
        "Slice" => alike(moving::slice(node, x()?, operands)?.into_iter().map(|range| range.len).collect()),
        "Pad" => {
            let pads = moving::pads(node, x()?.len(), operands)?;
            let grow = |(&n, &(before, after)): (&usize, &(i64, i64))| {
                usize::try_from((n as i64).checked_add(before)?.checked_add(after)?).ok()
            };
            let dims: Option<Vec<usize>> = x()?.iter().zip(&pads).map(grow).collect();
            alike(dims.ok_or_else(|| node.refuse("it cuts more than there is, or adds more than can be counted"))?)
        }
        "Tile" => alike(moving::tile(node, operands)?),
        "Expand" => {
            let wanted = operands.integers(node, 1)?.ok_or_else(|| node.refuse("its shape is missing"))?;
            let wanted: Option<Vec<usize>> = wanted.iter().map(|&n| usize::try_from(n).ok()).collect();
            alike(broadcast(node, x()?, &wanted.ok_or_else(|| node.refuse("a negative dimension"))?)?)
        }
        "DepthToSpace" | "SpaceToDepth" => alike(moving::space(node, operands)?),
        "CenterCropPad" => alike(moving::center_crop_pad(node, operands)?),
        "Gather" | "GatherElements" | "GatherND" | "Scatter" | "ScatterElements" | "ScatterND" | "TensorScatter"
        | "OneHot" | "TopK" | "Compress" => indexing::infer(node, operands),
        "ReduceSum" | "ReduceMean" | "ReduceMax" | "ReduceMin" | "ReduceProd" | "ReduceL1" | "ReduceL2"
        | "ReduceLogSum" | "ReduceLogSumExp" | "ReduceSumSquare" => alike(reduce::reduce(node, operands)?.dims),
        "ArgMax" | "ArgMin" => typed(reduce::argument(node, operands)?, ElementType::Int64),
        "MatMul" => alike(product::matmul(node, operands)?),
        "MatMulInteger" => typed(product::matmul(node, operands)?, ElementType::Int32),
        "Gemm" => alike(product::gemm(node, operands)?),
        "Einsum" => alike(product::einsum(node, operands)?.output),
        "Attention" => product::attention(node, operands),
        "LSTM" | "GRU" | "RNN" => recurrent::infer(node, operands),
        "Resize" | "Upsample" => alike(resize::resize(node, operands)?),
        "GridSample" => alike(resize::grid_sample(node, operands)?),
        "RoiAlign" => alike(resize::roi_align(node, operands)?),
        "AffineGrid" => alike(resize::affine_grid(node, operands)?),
        "DFT" => alike(resize::dft(node, operands)?),
        "MaxUnpool" => alike(window::max_unpool(node, operands)?),
        "Col2Im" => alike(window::col2im(node, operands)?),
        "Det" => match x()? {
            [lead @ .., rows, columns] if rows == columns => alike(lead.to_vec()),
            other => Err(node.refuse(format!("an operand of shape {other:?} holds no square matrices"))),
        },
        "NegativeLogLikelihoodLoss" | "SoftmaxCrossEntropyLoss" => {
            let none = node.attributes.string("reduction") == Some("none");
            let dims = if none { operands.dims(node, 1)?.to_vec() } else { vec![] };
            if x()?.len() < 2 {
                return Err(node.refuse("scores without an axis of classes"));
            }
            Ok(vec![Fact { dims, element }, Fact { dims: x()?.to_vec(), element }])
        }
        "STFT" => alike(resize::stft(node, operands)?),
        _ => Err(GraphError::Unsupported(format!("operator {} (node {})", node.op, node.name))),
    }
}

/// The element type that `Cast` converts to.
pub(crate) fn cast_target(node: &Node) -> Result<ElementType, GraphError> {
    let code = node.attributes.int("to").and_then(|code| i32::try_from(code).ok());
    code.and_then(ElementType::from_code).ok_or_else(|| node.refuse("a cast to a type that is neither number nor bool"))
}

/// The shape of two operands broadcast.
pub(crate) fn broadcast(node: &Node, a: &[usize], b: &[usize]) -> Result<Vec<usize>, GraphError> {
    let rank = a.len().max(b.len());
    let at = |dims: &[usize], axis: usize| (axis + dims.len()).checked_sub(rank).map_or(1, |axis| dims[axis]);
    (0..rank)
        .map(|axis| match (at(a, axis), at(b, axis)) {
            (m, n) if m == n => Ok(m),
            (1, n) => Ok(n),
            (m, 1) => Ok(m),
            _ => Err(node.refuse(format!("shapes {a:?} and {b:?} do not fit together"))),
        })
        .collect()
}

/// The shape of all operands broadcast.
fn broadcast_all(node: &Node, operands: &Operands<'_>) -> Result<Vec<usize>, GraphError> {
    let first = operands.dims(node, 0)?.to_vec();
    (1..operands.dims.len()).try_fold(first, |dims, index| broadcast(node, &dims, operands.dims(node, index)?))
}

/// A possibly negative axis as an index below `rank`.
pub(crate) fn normal_axis(node: &Node, axis: i64, rank: usize) -> Result<usize, GraphError> {
    let index = if axis < 0 { axis + rank as i64 } else { axis };
    usize::try_from(index)
        .ok()
        .filter(|&index| index < rank)
        .ok_or_else(|| node.refuse(format!("axis {axis} of a tensor with {rank} axes")))
}

/// The axes of an operator that took them as an attribute and takes them as operand 1 since opset 13 or 18.
pub(crate) fn axes(node: &Node, operands: &Operands<'_>) -> Result<Option<Vec<i64>>, GraphError> {
    match node.attributes.ints("axes") {
        Some(axes) => Ok(Some(axes.to_vec())),
        None => operands.integers(node, 1),
    }
}

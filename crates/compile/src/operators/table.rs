//! Every operator that Darkroom runs on the GPU, with its limits: the source of `docs/operators.md`.

use super::{attention, convolution, elementwise, normalisation, product, resize, shaping};
use crate::CompileError;
use crate::builder::Builder;

/// Lowers the node with an index.
type Lower = fn(&mut Builder<'_>, usize) -> Result<(), CompileError>;

/// One ONNX operator.
#[derive(Clone, Copy)]
pub struct Operator {
    /// Its name in ONNX's default domain.
    pub name: &'static str,
    /// The operands that must be known before the run: initialisers, or results of folding.
    pub known: &'static [usize],
    /// What of the operator is not computed, as a sentence without its dot; empty if all of it is.
    pub limits: &'static str,
    /// Makes its kernels; `None` for an operator that only folding evaluates.
    pub(crate) lower: Option<Lower>,
}

impl Operator {
    /// Whether it runs on data; otherwise all its operands must be known before the run.
    #[must_use]
    pub fn runs(&self) -> bool {
        self.lower.is_some()
    }
}

/// An operator without limits whose operands may all be computed at run time.
const fn runs(name: &'static str, lower: Lower) -> Operator {
    Operator { name, known: &[], limits: "", lower: Some(lower) }
}

/// An operator that folding evaluates when all its operands are known, and no kernel computes.
const fn folded(name: &'static str) -> Operator {
    Operator { name, known: &[], limits: "evaluated before the run, from constants and shapes", lower: None }
}

impl Operator {
    /// The same operator with operands that must be known before the run.
    const fn known(self, known: &'static [usize]) -> Self {
        Self { known, ..self }
    }

    /// The same operator with limits.
    const fn limits(self, limits: &'static str) -> Self {
        Self { limits, ..self }
    }
}

/// All operators, sorted by name.
pub const OPERATORS: &[Operator] = &[
    runs("Abs", elementwise::unary),
    runs("Add", elementwise::binary),
    runs("Attention", attention::attention).limits("operands of four axes, no mask, no past"),
    runs("BatchNormalization", normalisation::batch).known(&[1, 2, 3, 4]).limits("inference only"),
    runs("Cast", elementwise::cast).limits("between float types"),
    runs("Ceil", elementwise::unary),
    runs("Clip", elementwise::unary).known(&[1, 2]),
    runs("Concat", shaping::concat),
    folded("Constant"),
    folded("ConstantOfShape"),
    runs("Conv", convolution::conv).known(&[1, 2]).limits("up to three spatial axes"),
    runs("ConvTranspose", convolution::conv_transpose).known(&[1, 2]).limits("up to three spatial axes"),
    runs("DequantizeLinear", elementwise::dequantize).known(&[0, 1, 2]).limits("constants only"),
    runs("Div", elementwise::binary),
    folded("Dropout").limits("inference only: passes its operand through"),
    runs("Elu", elementwise::unary),
    runs("Erf", elementwise::unary),
    runs("Exp", elementwise::unary),
    folded("Expand"),
    runs("Flatten", shaping::rename),
    runs("Floor", elementwise::unary),
    folded("Gather"),
    runs("Gelu", elementwise::unary),
    runs("Gemm", product::gemm),
    runs("GroupNormalization", normalisation::grouped).known(&[1, 2]),
    runs("HardSigmoid", elementwise::unary),
    folded("Identity").limits("passes its operand through"),
    runs("InstanceNormalization", normalisation::grouped).known(&[1, 2]),
    runs("LeakyRelu", elementwise::unary),
    runs("Log", elementwise::unary),
    runs("MatMul", product::matmul),
    runs("Max", elementwise::binary).limits("two operands"),
    runs("Min", elementwise::binary).limits("two operands"),
    runs("Mul", normalisation::mul),
    runs("Neg", elementwise::unary),
    runs("Pad", shaping::pad).known(&[1, 2, 3]),
    runs("Pow", elementwise::binary),
    folded("Range"),
    runs("Reciprocal", elementwise::unary),
    runs("Relu", elementwise::unary),
    runs("Reshape", shaping::rename).known(&[1]),
    runs("Resize", resize::resize).known(&[1, 2, 3]).limits("spatial axes; nearest and linear"),
    folded("Shape"),
    runs("Sigmoid", elementwise::unary),
    runs("Silu", elementwise::unary),
    folded("Size"),
    runs("Slice", shaping::slice).known(&[1, 2, 3, 4]),
    runs("Softmax", product::softmax),
    runs("Softplus", elementwise::unary),
    runs("Sqrt", elementwise::unary),
    runs("Squeeze", shaping::rename).known(&[1]),
    runs("Sub", elementwise::binary),
    runs("Swish", elementwise::unary).limits("alpha of 1"),
    runs("Tanh", elementwise::unary),
    runs("Transpose", shaping::transpose),
    runs("Unsqueeze", shaping::rename).known(&[1]),
];

#[cfg(test)]
mod tests {
    use super::OPERATORS;

    #[test]
    fn operators_are_sorted_and_named_once() {
        assert!(OPERATORS.is_sorted_by(|a, b| a.name < b.name));
    }
}

//! Every operator that Darkroom runs on the GPU, with its limits: the source of `docs/operators.md`.

use super::{
    attention, binary, convolution, determinant, einsum, fourier, indexing, layer_norm, loss, normalisation, ordering,
    placing, plain_norms, pooling, product, quantisation, rearranging, recurrent, reduction, resize, rotary, sampling,
    shaping, softmax, unary, unpooling,
};
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
    runs("Abs", unary::unary),
    runs("Acos", unary::unary),
    runs("Acosh", unary::unary),
    runs("Add", binary::binary),
    runs("AffineGrid", sampling::affine_grid).known(&[1]),
    runs("And", binary::binary),
    runs("ArgMax", reduction::argument),
    runs("ArgMin", reduction::argument),
    runs("Asin", unary::unary),
    runs("Asinh", unary::unary),
    runs("Atan", unary::unary),
    runs("Atanh", unary::unary),
    runs("Attention", attention::attention).limits("no number of keys for each instance"),
    runs("AveragePool", pooling::window).limits("up to three spatial axes"),
    runs("BatchNormalization", normalisation::batch).known(&[1, 2, 3, 4]).limits("inference only"),
    runs("BitShift", binary::binary),
    runs("BitwiseAnd", binary::binary),
    runs("BitwiseNot", unary::unary),
    runs("BitwiseOr", binary::binary),
    runs("BitwiseXor", binary::binary),
    folded("BlackmanWindow"),
    runs("Cast", binary::cast),
    runs("CastLike", binary::cast),
    runs("Ceil", unary::unary),
    runs("Celu", unary::unary),
    runs("CenterCropPad", rearranging::center_crop_pad).known(&[1]),
    runs("Clip", unary::clip),
    runs("Col2Im", unpooling::col2im)
        .known(&[1, 2])
        .limits("two or three spatial axes; a transposed convolution with one tap a channel"),
    runs("Compress", indexing::compress).known(&[1]),
    runs("Concat", shaping::concat),
    folded("Constant"),
    folded("ConstantOfShape"),
    runs("Conv", convolution::conv).limits("up to three spatial axes, a kernel at most 128 wide"),
    runs("ConvTranspose", convolution::conv_transpose).limits("up to three spatial axes, a kernel at most 128 wide"),
    runs("Cos", unary::unary),
    runs("Cosh", unary::unary),
    runs("CumSum", ordering::cumsum).known(&[1]).limits("one thread sums up a line"),
    runs("DFT", fourier::dft).known(&[1, 2]).limits("a product with a matrix of length by length"),
    runs("DepthToSpace", rearranging::depth_to_space),
    runs("DequantizeLinear", quantisation::dequantize).limits("from integers"),
    runs("Det", determinant::det).limits("matrices of at most eight by eight elements"),
    runs("Div", binary::binary),
    folded("Dropout").known(&[1, 2]).limits("inference only: passes its operand through"),
    runs("DynamicQuantizeLinear", quantisation::dynamic),
    runs("Einsum", einsum::einsum).limits("floats, up to six labels at a time"),
    runs("Elu", unary::unary),
    runs("Equal", binary::binary),
    runs("Erf", unary::unary),
    runs("Exp", unary::unary),
    runs("Expand", rearranging::expand).known(&[1]),
    folded("EyeLike"),
    runs("Flatten", shaping::rename),
    runs("Floor", unary::unary),
    runs("GRU", recurrent::recurrent).known(&[4]).limits("default activations, no clipping, sequences of full length"),
    runs("Gather", indexing::gather).limits("an index computed at run time that lies beyond its axis gives 0"),
    runs("GatherElements", indexing::gather_elements)
        .limits("an index computed at run time that lies beyond its axis gives 0"),
    runs("GatherND", indexing::gather_nd).limits("an index computed at run time that lies beyond its axis gives 0"),
    runs("Gelu", unary::unary),
    runs("Gemm", product::gemm),
    runs("GlobalAveragePool", pooling::global),
    runs("GlobalLpPool", pooling::global).limits("p of 1 or 2"),
    runs("GlobalMaxPool", pooling::global),
    runs("Greater", binary::binary),
    runs("GreaterOrEqual", binary::binary),
    runs("GridSample", sampling::grid_sample).limits("two or three spatial axes"),
    runs("GroupNormalization", normalisation::grouped).known(&[1, 2]),
    folded("HammingWindow"),
    folded("HannWindow"),
    runs("HardSigmoid", unary::unary),
    runs("HardSwish", unary::unary),
    runs("Hardmax", ordering::hardmax),
    folded("Identity").limits("passes its operand through"),
    folded("If").limits("a condition known before the run, or branches that give equal shapes"),
    runs("InstanceNormalization", normalisation::grouped).known(&[1, 2]),
    runs("IsInf", unary::test),
    runs("IsNaN", unary::test),
    runs("LRN", plain_norms::lrn),
    runs("LSTM", recurrent::recurrent).known(&[4]).limits("default activations, no clipping, sequences of full length"),
    runs("LayerNormalization", layer_norm::layer_norm),
    runs("LeakyRelu", unary::unary),
    runs("Less", binary::binary),
    runs("LessOrEqual", binary::binary),
    runs("Log", unary::unary),
    runs("LogSoftmax", softmax::log_softmax),
    folded("Loop").known(&[0]).limits("a number of turns known before the run, at most 4096"),
    runs("LpNormalization", plain_norms::lp),
    runs("LpPool", pooling::window).limits("up to three spatial axes"),
    runs("MatMul", product::matmul),
    runs("Max", binary::binary),
    runs("MaxPool", pooling::window).limits("up to three spatial axes"),
    runs("MaxUnpool", unpooling::max_unpool).known(&[2]),
    runs("Mean", binary::binary),
    runs("MeanVarianceNormalization", plain_norms::mean_variance),
    runs("Min", binary::binary),
    runs("Mish", unary::unary),
    runs("Mod", binary::binary),
    runs("Mul", normalisation::mul),
    runs("Neg", unary::unary),
    runs("NegativeLogLikelihoodLoss", loss::negative_log_likelihood),
    folded("NonZero"),
    runs("Not", unary::unary),
    runs("OneHot", ordering::one_hot).known(&[1]),
    runs("Or", binary::binary),
    runs("PRelu", binary::binary),
    runs("Pad", shaping::pad).known(&[1, 2, 3]),
    runs("Pow", binary::binary),
    runs("QuantizeLinear", quantisation::quantize).limits("to integers"),
    runs("RMSNormalization", layer_norm::layer_norm),
    runs("RNN", recurrent::recurrent).known(&[4]).limits("default activations, no clipping, sequences of full length"),
    folded("Range"),
    runs("Reciprocal", unary::unary),
    runs("ReduceL1", reduction::reduce).known(&[1]),
    runs("ReduceL2", reduction::reduce).known(&[1]),
    runs("ReduceLogSum", reduction::reduce).known(&[1]),
    runs("ReduceLogSumExp", reduction::reduce).known(&[1]),
    runs("ReduceMax", reduction::reduce).known(&[1]),
    runs("ReduceMean", reduction::reduce).known(&[1]),
    runs("ReduceMin", reduction::reduce).known(&[1]),
    runs("ReduceProd", reduction::reduce).known(&[1]),
    runs("ReduceSum", reduction::reduce).known(&[1]),
    runs("ReduceSumSquare", reduction::reduce).known(&[1]),
    runs("Relu", unary::unary),
    runs("Reshape", shaping::rename).known(&[1]),
    runs("Resize", resize::resize).known(&[1, 2, 3]).limits("integers only to their nearest neighbours"),
    runs("ReverseSequence", indexing::reverse_sequence).known(&[1]),
    runs("RoiAlign", sampling::roi_align).limits("at most 256 samples of a bin along an axis"),
    runs("RotaryEmbedding", rotary::rotary),
    runs("Round", unary::unary),
    runs("STFT", fourier::stft).known(&[1, 2, 3]).limits("a product with a matrix of length by length"),
    runs("Scatter", placing::scatter_elements).limits("the old name of ScatterElements"),
    runs("ScatterElements", placing::scatter_elements)
        .limits("with a reduction each element looks through the updates of its line"),
    runs("ScatterND", placing::scatter_nd).limits("with a reduction each element looks through all updates"),
    runs("Selu", unary::unary),
    folded("Shape"),
    runs("Shrink", unary::unary),
    runs("Sigmoid", unary::unary),
    runs("Sign", unary::unary),
    runs("Silu", unary::unary),
    runs("Sin", unary::unary),
    runs("Sinh", unary::unary),
    folded("Size"),
    runs("Slice", shaping::slice).known(&[1, 2, 3, 4]),
    runs("Softmax", softmax::softmax),
    runs("SoftmaxCrossEntropyLoss", loss::softmax_cross_entropy),
    runs("Softplus", unary::unary),
    runs("Softsign", unary::unary),
    runs("SpaceToDepth", rearranging::space_to_depth),
    runs("Split", shaping::split).known(&[1]),
    runs("Sqrt", unary::unary),
    runs("Squeeze", shaping::rename).known(&[1]),
    runs("Sub", binary::binary),
    runs("Sum", binary::binary),
    runs("Swish", unary::unary),
    runs("Tan", unary::unary),
    runs("Tanh", unary::unary),
    runs("TensorScatter", rearranging::tensor_scatter).known(&[2]),
    runs("ThresholdedRelu", unary::unary),
    runs("Tile", rearranging::tile).known(&[1]),
    runs("TopK", ordering::topk).known(&[1]).limits("k passes over the operand; always sorted"),
    runs("Transpose", shaping::transpose),
    runs("Trilu", ordering::trilu).known(&[1]),
    runs("Unsqueeze", shaping::rename).known(&[1]),
    runs("Upsample", resize::resize).known(&[1]).limits("the old form of Resize"),
    runs("Where", binary::choose),
    runs("Xor", binary::binary),
];

#[cfg(test)]
mod tests {
    use super::OPERATORS;

    #[test]
    fn operators_are_sorted_and_named_once() {
        assert!(OPERATORS.is_sorted_by(|a, b| a.name < b.name));
    }
}

//! Constant tensors: weights, tables and the integers of shape arithmetic.

use crate::GraphError;

/// A constant tensor, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// Dimensions; empty for a scalar.
    pub dims: Vec<usize>,
    /// Elements.
    pub data: TensorData,
}

/// Elements of a constant tensor. Every ONNX integer type wider than a byte is kept as int64, every
/// float type as float32.
#[derive(Clone, Debug, PartialEq)]
pub enum TensorData {
    /// FLOAT, FLOAT16, BFLOAT16 and DOUBLE.
    F32(Vec<f32>),
    /// INT16 to INT64, UINT16 to UINT64, BOOL.
    I64(Vec<i64>),
    /// INT8.
    I8(Vec<i8>),
    /// UINT8.
    U8(Vec<u8>),
}

impl TensorData {
    /// Number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::F32(values) => values.len(),
            Self::I64(values) => values.len(),
            Self::I8(values) => values.len(),
            Self::U8(values) => values.len(),
        }
    }

    /// Whether there is no element.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Tensor {
    /// A tensor from its parts.
    ///
    /// # Errors
    /// When the dimensions and the number of elements disagree.
    pub fn new(dims: Vec<usize>, data: TensorData) -> Result<Self, GraphError> {
        if element_count(&dims) != Some(data.len()) {
            return Err(GraphError::Invalid(format!("a tensor of shape {dims:?} holds {} elements", data.len())));
        }
        Ok(Self { dims, data })
    }

    /// A vector of integers, as shapes are.
    #[must_use]
    pub fn integers(values: Vec<i64>) -> Self {
        Self { dims: vec![values.len()], data: TensorData::I64(values) }
    }

    /// The elements as float32, whatever the type.
    #[must_use]
    pub fn to_f32(&self) -> Vec<f32> {
        match &self.data {
            TensorData::F32(values) => values.clone(),
            TensorData::I64(values) => values.iter().map(|&value| value as f32).collect(),
            TensorData::I8(values) => values.iter().map(|&value| f32::from(value)).collect(),
            TensorData::U8(values) => values.iter().map(|&value| f32::from(value)).collect(),
        }
    }

    /// The elements as int64; floats are cut towards zero, as ONNX's Cast does.
    #[must_use]
    pub fn to_i64(&self) -> Vec<i64> {
        match &self.data {
            TensorData::F32(values) => values.iter().map(|&value| value as i64).collect(),
            TensorData::I64(values) => values.clone(),
            TensorData::I8(values) => values.iter().map(|&value| i64::from(value)).collect(),
            TensorData::U8(values) => values.iter().map(|&value| i64::from(value)).collect(),
        }
    }

    /// The same elements in the order and shape that `take` picks: element `n` of the result is
    /// element `take(n)` of this tensor.
    #[must_use]
    pub(crate) fn gather(&self, dims: Vec<usize>, take: impl Fn(usize) -> usize) -> Self {
        let len = dims.iter().product();
        let data = match &self.data {
            TensorData::F32(values) => TensorData::F32((0..len).map(|n| values[take(n)]).collect()),
            TensorData::I64(values) => TensorData::I64((0..len).map(|n| values[take(n)]).collect()),
            TensorData::I8(values) => TensorData::I8((0..len).map(|n| values[take(n)]).collect()),
            TensorData::U8(values) => TensorData::U8((0..len).map(|n| values[take(n)]).collect()),
        };
        Self { dims, data }
    }
}

/// The product of dimensions, unless it overflows.
pub(crate) fn element_count(dims: &[usize]) -> Option<usize> {
    dims.iter().try_fold(1_usize, |product, &dim| product.checked_mul(dim))
}

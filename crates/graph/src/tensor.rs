//! Constant tensors: weights, tables and the integers of shape arithmetic.

use crate::{ElementType, GraphError};

/// A constant tensor, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// Dimensions; empty for a scalar.
    pub dims: Vec<usize>,
    /// The elements' type in the file.
    pub element: ElementType,
    /// Elements.
    pub data: TensorData,
}

/// Elements of a constant tensor. Every ONNX integer type wider than a byte is kept as int64, every
/// float type as float32; [`Tensor::element`] tells what it was.
#[derive(Clone, Debug, PartialEq)]
pub enum TensorData {
    /// FLOAT, FLOAT16, BFLOAT16 and DOUBLE.
    F32(Vec<f32>),
    /// INT16 to INT64, UINT16 to UINT64, BOOL.
    I64(Vec<i64>),
    /// INT8 and INT4.
    I8(Vec<i8>),
    /// UINT8 and UINT4.
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
    pub fn new(dims: Vec<usize>, element: ElementType, data: TensorData) -> Result<Self, GraphError> {
        if element_count(&dims) != Some(data.len()) {
            return Err(GraphError::Invalid(format!("a tensor of shape {dims:?} holds {} elements", data.len())));
        }
        Ok(Self { dims, element, data })
    }

    /// A vector of integers, as shapes are.
    #[must_use]
    pub fn integers(values: Vec<i64>) -> Self {
        Self { dims: vec![values.len()], element: ElementType::Int64, data: TensorData::I64(values) }
    }

    /// A single integer.
    #[must_use]
    pub fn integer(value: i64) -> Self {
        Self { dims: vec![], ..Self::integers(vec![value]) }
    }

    /// A vector of float32.
    #[must_use]
    pub fn floats(values: Vec<f32>) -> Self {
        Self { dims: vec![values.len()], element: ElementType::Float, data: TensorData::F32(values) }
    }

    /// The same elements in another shape of as many elements.
    #[must_use]
    pub(crate) fn reshaped(&self, dims: Vec<usize>) -> Self {
        Self { dims, ..self.clone() }
    }

    /// The elements converted to another type, as ONNX's Cast does without saturation: floats are cut
    /// towards zero, integers wrap, anything but zero is true.
    #[must_use]
    pub(crate) fn cast(&self, element: ElementType) -> Self {
        let from_float = matches!(self.data, TensorData::F32(_));
        let data = match element {
            ElementType::Float16 => {
                TensorData::F32(self.to_f32().into_iter().map(|v| half::f16::from_f32(v).to_f32()).collect())
            }
            ElementType::Bfloat16 => {
                TensorData::F32(self.to_f32().into_iter().map(|v| half::bf16::from_f32(v).to_f32()).collect())
            }
            ElementType::Float | ElementType::Double => TensorData::F32(self.to_f32()),
            ElementType::Bool if from_float => {
                TensorData::I64(self.to_f32().iter().map(|&value| i64::from(value != 0.0)).collect())
            }
            ElementType::Bool => TensorData::I64(self.to_i64().iter().map(|&value| i64::from(value != 0)).collect()),
            ElementType::Int8 => TensorData::I8(self.to_i64().iter().map(|&value| value as i8).collect()),
            ElementType::Uint8 => TensorData::U8(self.to_i64().iter().map(|&value| value as u8).collect()),
            ElementType::Int32 => TensorData::I64(self.to_i64().iter().map(|&value| i64::from(value as i32)).collect()),
            ElementType::Int16 => TensorData::I64(self.to_i64().iter().map(|&value| i64::from(value as i16)).collect()),
            ElementType::Uint32 => {
                TensorData::I64(self.to_i64().iter().map(|&value| i64::from(value as u32)).collect())
            }
            ElementType::Uint16 => {
                TensorData::I64(self.to_i64().iter().map(|&value| i64::from(value as u16)).collect())
            }
            ElementType::Int4 => {
                TensorData::I8(self.to_i64().iter().map(|&value| ((value.wrapping_add(8) & 15) - 8) as i8).collect())
            }
            ElementType::Uint4 => TensorData::U8(self.to_i64().iter().map(|&value| (value & 15) as u8).collect()),
            ElementType::Int64 | ElementType::Uint64 => TensorData::I64(self.to_i64()),
        };
        Self { dims: self.dims.clone(), element, data }
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
        Self { dims, element: self.element, data }
    }
}

/// The product of dimensions, unless it overflows.
pub(crate) fn element_count(dims: &[usize]) -> Option<usize> {
    dims.iter().try_fold(1_usize, |product, &dim| product.checked_mul(dim))
}

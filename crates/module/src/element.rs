//! Between the typed arrays of JavaScript and the 32-bit elements of a run.

use darkroom_graph::{ElementType, Tensor, TensorData};
use darkroom_kernels::Elements;

use crate::ModuleError;

/// A typed array of JavaScript.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArrayKind {
    /// `Float32Array`
    Float32,
    /// `Float64Array`
    Float64,
    /// `Int8Array`
    Int8,
    /// `Uint8Array`
    Uint8,
    /// `Int16Array`
    Int16,
    /// `Uint16Array`
    Uint16,
    /// `Int32Array`
    Int32,
    /// `Uint32Array`
    Uint32,
    /// `BigInt64Array`
    BigInt64,
    /// `BigUint64Array`
    BigUint64,
}

impl ArrayKind {
    /// The array that holds tensors of this type, as in ONNX Runtime's JavaScript API; float16 and
    /// bfloat16 come as `Float32Array`, 4-bit integers one to a byte.
    #[must_use]
    pub fn of(element: ElementType) -> Self {
        match element {
            ElementType::Float | ElementType::Float16 | ElementType::Bfloat16 => Self::Float32,
            ElementType::Double => Self::Float64,
            ElementType::Int4 | ElementType::Int8 => Self::Int8,
            ElementType::Uint4 | ElementType::Uint8 | ElementType::Bool => Self::Uint8,
            ElementType::Int16 => Self::Int16,
            ElementType::Uint16 => Self::Uint16,
            ElementType::Int32 => Self::Int32,
            ElementType::Uint32 => Self::Uint32,
            ElementType::Int64 => Self::BigInt64,
            ElementType::Uint64 => Self::BigUint64,
        }
    }

    /// The name of its class.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Float32 => "Float32Array",
            Self::Float64 => "Float64Array",
            Self::Int8 => "Int8Array",
            Self::Uint8 => "Uint8Array",
            Self::Int16 => "Int16Array",
            Self::Uint16 => "Uint16Array",
            Self::Int32 => "Int32Array",
            Self::Uint32 => "Uint32Array",
            Self::BigInt64 => "BigInt64Array",
            Self::BigUint64 => "BigUint64Array",
        }
    }
}

/// The values of a typed array.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Of an array of floats.
    Floats(Vec<f32>),
    /// Of an array of integers; `BigUint64Array` is read as its values up to 2^63 - 1.
    Integers(Vec<i64>),
}

impl Values {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Floats(values) => values.len(),
            Self::Integers(values) => values.len(),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values as an input of a run; `what` names them in the refusal.
    ///
    /// # Errors
    /// An integer beyond the 32 bits it has at run time.
    pub fn into_elements(self, what: &str) -> Result<Elements, ModuleError> {
        match self {
            Self::Floats(values) => Ok(Elements::F32(values)),
            Self::Integers(values) => {
                let narrow = |value: i64| {
                    i32::try_from(value)
                        .map_err(|_| ModuleError::Beyond32Bits { what: what.to_owned(), value: value.to_string() })
                };
                values.into_iter().map(narrow).collect::<Result<_, _>>().map(Elements::I32)
            }
        }
    }

    /// The values as a constant of the graph, of any number of bits.
    ///
    /// # Errors
    /// Dimensions that do not go with the number of values.
    pub fn into_tensor(self, dims: Vec<usize>, element: ElementType) -> Result<Tensor, ModuleError> {
        let data = match (self, element) {
            (Self::Floats(values), _) => TensorData::F32(values),
            (Self::Integers(values), ElementType::Int8) => {
                TensorData::I8(values.into_iter().map(|value| value as i8).collect())
            }
            (Self::Integers(values), ElementType::Uint8) => {
                TensorData::U8(values.into_iter().map(|value| value as u8).collect())
            }
            (Self::Integers(values), _) => TensorData::I64(values),
        };
        Ok(Tensor::new(dims, element, data)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_beyond_32_bits_are_refused_by_name_and_value() {
        let values = Values::Integers(vec![7, 1 << 31]);
        let error = values.into_elements("input steps").unwrap_err().to_string();
        assert!(error.contains("input steps") && error.contains("2147483648"), "{error}");
        let edge = Values::Integers(vec![i64::from(i32::MIN), i64::from(i32::MAX)]);
        assert_eq!(edge.into_elements("x").unwrap(), Elements::I32(vec![i32::MIN, i32::MAX]));
    }

    #[test]
    fn a_constant_keeps_its_64_bits() {
        let tensor = Values::Integers(vec![i64::MAX]).into_tensor(vec![1], ElementType::Int64).unwrap();
        assert_eq!(tensor.data, TensorData::I64(vec![i64::MAX]));
        let bytes = Values::Integers(vec![-3]).into_tensor(vec![1], ElementType::Int8).unwrap();
        assert_eq!(bytes.data, TensorData::I8(vec![-3]));
    }
}

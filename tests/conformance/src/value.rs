//! A tensor of a case, decoded exactly.
//!
//! Darkroom's reader is one of the things tested, so this decoder is independent of it.

use half::{bf16, f16};
use rten_onnx::onnx::{DataType, TensorProto};
use rten_onnx::protobuf::{DecodeMessage, ValueReader};

use crate::ConformanceError;

/// A tensor of numbers, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// The ONNX element type.
    pub element: DataType,
    /// Dimensions; empty for a scalar.
    pub dims: Vec<usize>,
    /// Elements.
    pub numbers: Numbers,
}

/// Elements without loss.
#[derive(Clone, Debug, PartialEq)]
pub enum Numbers {
    /// Every float type.
    Floats(Vec<f64>),
    /// Every integer type, and BOOL as 0 and 1.
    Integers(Vec<i128>),
}

impl Numbers {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Floats(values) => values.len(),
            Self::Integers(values) => values.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Value {
    /// Decodes a serialised `TensorProto`, called `what` in messages.
    ///
    /// # Errors
    /// A damaged message, an element type that holds no numbers, or one that Darkroom has no use for.
    pub fn decode(what: &str, bytes: &[u8]) -> Result<Self, ConformanceError> {
        let proto = TensorProto::decode(ValueReader::from_buf(bytes))
            .map_err(|error| ConformanceError::message(what, error))?;
        let element = proto.data_type.unwrap_or(DataType(0));
        let dims: Option<Vec<usize>> = proto.dims.iter().map(|&dim| usize::try_from(dim).ok()).collect();
        let dims = dims.ok_or_else(|| ConformanceError::message(what, "a negative dimension"))?;
        let len = dims.iter().product();
        let raw = proto.raw_data.as_ref().map(|raw| raw.borrow()).filter(|raw| !raw.is_empty());
        let numbers = match raw {
            Some(raw) => from_raw(element, &raw, len),
            None => from_fields(element, &proto),
        };
        let numbers = numbers.ok_or_else(|| ConformanceError::NoTensor(format!("{what} is of type {element}")))?;
        if numbers.len() != len {
            return Err(ConformanceError::message(what, format!("{} elements in {dims:?}", numbers.len())));
        }
        Ok(Self { element, dims, numbers })
    }
}

fn from_raw(element: DataType, raw: &[u8], len: usize) -> Option<Numbers> {
    let nibbles = || raw.iter().flat_map(|byte| [byte & 15, byte >> 4]).take(len);
    Some(match element {
        DataType::FLOAT => floats(raw, |b| f64::from(f32::from_le_bytes(b))),
        DataType::DOUBLE => floats(raw, f64::from_le_bytes),
        DataType::FLOAT16 => floats(raw, |b| f16::from_le_bytes(b).to_f64()),
        DataType::BFLOAT16 => floats(raw, |b| bf16::from_le_bytes(b).to_f64()),
        DataType::INT64 => integers(raw, |b| i64::from_le_bytes(b).into()),
        DataType::INT32 => integers(raw, |b| i32::from_le_bytes(b).into()),
        DataType::INT16 => integers(raw, |b| i16::from_le_bytes(b).into()),
        DataType::INT8 => integers(raw, |b| i8::from_le_bytes(b).into()),
        DataType::UINT64 => integers(raw, |b| u64::from_le_bytes(b).into()),
        DataType::UINT32 => integers(raw, |b| u32::from_le_bytes(b).into()),
        DataType::UINT16 => integers(raw, |b| u16::from_le_bytes(b).into()),
        DataType::UINT8 | DataType::BOOL => integers(raw, |[b]| b.into()),
        DataType::UINT4 => Numbers::Integers(nibbles().map(i128::from).collect()),
        // Four bits of two's complement: 8 to 15 stand for -8 to -1.
        DataType::INT4 => Numbers::Integers(nibbles().map(|n| i128::from(n) - if n < 8 { 0 } else { 16 }).collect()),
        _ => return None,
    })
}

fn from_fields(element: DataType, proto: &TensorProto) -> Option<Numbers> {
    let narrow = || proto.int32_data.iter();
    Some(match element {
        DataType::FLOAT => Numbers::Floats(proto.float_data.iter().map(|&value| value.into()).collect()),
        DataType::DOUBLE => Numbers::Floats(proto.double_data.clone()),
        DataType::FLOAT16 => Numbers::Floats(narrow().map(|&bits| f16::from_bits(bits as u16).to_f64()).collect()),
        DataType::BFLOAT16 => Numbers::Floats(narrow().map(|&bits| bf16::from_bits(bits as u16).to_f64()).collect()),
        DataType::INT64 => Numbers::Integers(proto.int64_data.iter().map(|&value| value.into()).collect()),
        DataType::INT32 | DataType::INT16 | DataType::INT8 | DataType::UINT16 | DataType::UINT8 | DataType::BOOL => {
            Numbers::Integers(narrow().map(|&value| value.into()).collect())
        }
        // Nothing says how many there are but the shape, which is empty then.
        _ if proto.dims.contains(&0) => Numbers::Integers(Vec::new()),
        _ => return None,
    })
}

fn floats<const N: usize>(raw: &[u8], decode: impl Fn([u8; N]) -> f64) -> Numbers {
    Numbers::Floats(raw.as_chunks().0.iter().map(|&bytes| decode(bytes)).collect())
}

fn integers<const N: usize>(raw: &[u8], decode: impl Fn([u8; N]) -> i128) -> Numbers {
    Numbers::Integers(raw.as_chunks().0.iter().map(|&bytes| decode(bytes)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_width_is_decoded() {
        let raw = |element, bytes: &[u8], len| from_raw(element, bytes, len).unwrap();
        assert_eq!(raw(DataType::FLOAT16, &[0x00, 0x3c], 1), Numbers::Floats(vec![1.0]));
        assert_eq!(raw(DataType::BFLOAT16, &[0x80, 0xbf], 1), Numbers::Floats(vec![-1.0]));
        assert_eq!(raw(DataType::INT8, &[0xff], 1), Numbers::Integers(vec![-1]));
        assert_eq!(raw(DataType::UINT64, &[0xff; 8], 1), Numbers::Integers(vec![u64::MAX.into()]));
        assert_eq!(raw(DataType::INT4, &[0xf1, 0x08], 3), Numbers::Integers(vec![1, -1, -8]));
        assert!(from_raw(DataType::STRING, &[0], 1).is_none());
    }
}

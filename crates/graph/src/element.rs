//! ONNX element types.

/// The type of a tensor's elements, named as in `TensorProto.DataType`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ElementType {
    /// IEEE float32.
    #[default]
    Float,
    /// IEEE float16.
    Float16,
    /// Brain float.
    Bfloat16,
    /// IEEE float64; computed in float32.
    Double,
    /// Signed integers.
    Int4,
    /// 8 bits.
    Int8,
    /// 16 bits.
    Int16,
    /// 32 bits.
    Int32,
    /// 64 bits; values beyond 32 bits are refused at run time.
    Int64,
    /// Unsigned integers.
    Uint4,
    /// 8 bits.
    Uint8,
    /// 16 bits.
    Uint16,
    /// 32 bits.
    Uint32,
    /// 64 bits.
    Uint64,
    /// 0 or 1.
    Bool,
}

/// Each type with its code in `TensorProto.DataType`.
const CODES: [(ElementType, i32); 15] = [
    (ElementType::Float, 1),
    (ElementType::Uint8, 2),
    (ElementType::Int8, 3),
    (ElementType::Uint16, 4),
    (ElementType::Int16, 5),
    (ElementType::Int32, 6),
    (ElementType::Int64, 7),
    (ElementType::Bool, 9),
    (ElementType::Float16, 10),
    (ElementType::Double, 11),
    (ElementType::Uint32, 12),
    (ElementType::Uint64, 13),
    (ElementType::Bfloat16, 16),
    (ElementType::Uint4, 21),
    (ElementType::Int4, 22),
];

impl ElementType {
    /// The type with this code in `TensorProto.DataType`; `None` for strings, complex numbers and the
    /// float types of eight bits or less.
    #[must_use]
    pub fn from_code(code: i32) -> Option<Self> {
        CODES.iter().find(|&&(_, known)| known == code).map(|&(element, _)| element)
    }

    /// Its code in `TensorProto.DataType`.
    #[must_use]
    pub fn code(self) -> i32 {
        CODES.iter().find(|&&(known, _)| known == self).map_or(0, |&(_, code)| code)
    }

    /// Whether it is a floating-point type, computed in float32.
    #[must_use]
    pub fn is_float(self) -> bool {
        matches!(self, Self::Float | Self::Float16 | Self::Bfloat16 | Self::Double)
    }

    /// The smallest and largest value of an integer type of at most 32 bits.
    #[must_use]
    pub fn range(self) -> Option<(i64, i64)> {
        Some(match self {
            Self::Bool => (0, 1),
            Self::Int4 => (-8, 7),
            Self::Uint4 => (0, 15),
            Self::Int8 => (i64::from(i8::MIN), i64::from(i8::MAX)),
            Self::Uint8 => (0, i64::from(u8::MAX)),
            Self::Int16 => (i64::from(i16::MIN), i64::from(i16::MAX)),
            Self::Uint16 => (0, i64::from(u16::MAX)),
            Self::Int32 => (i64::from(i32::MIN), i64::from(i32::MAX)),
            Self::Uint32 => (0, i64::from(u32::MAX)),
            _ => return None,
        })
    }
}

impl std::fmt::Display for ElementType {
    /// The name in ONNX's documentation, such as `float16` or `int64`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&format!("{self:?}").to_lowercase())
    }
}

//! Changes of type, tests and functions of an integer; the shader is `shaders/convert.wgsl`.

use crate::grid::{ELEMENTS, fold, word};
use crate::kernel::ints;
use crate::{Binding, Data, Element, Kernel, KernelError, Key, Step, check};

const NAME: &str = "convert";

/// A function that reads or writes integers; bools are 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConvertOp {
    /// A float cut towards zero.
    Truncate,
    /// An integer as a float.
    ToFloat,
    /// The bits of an integer, read without a sign, as a float.
    UnsignedToFloat,
    /// Whether a float is not zero.
    FloatToBool,
    /// Whether an integer is not zero.
    ToBool,
    /// Whether an integer is zero.
    Not,
    /// Every bit flipped.
    BitwiseNot,
    /// -v.
    Neg,
    /// Magnitude.
    Abs,
    /// 1, 0 or -1.
    Sign,
    /// Between two bounds.
    Clip(i32, i32),
    /// The lowest bits, at most 31, read with or without a sign.
    Wrap {
        /// How many.
        bits: u32,
        /// Whether the highest is a sign.
        signed: bool,
    },
    /// Whether a float is no number.
    IsNan,
    /// Whether a float is infinite.
    IsInf {
        /// Whether positive infinity counts.
        positive: bool,
        /// Whether negative infinity counts.
        negative: bool,
    },
}

/// Variants by function, in the order of [`ConvertOp`]. A test reads the bits of its float as an integer.
const VARIANTS: [&[&str]; 14] = [
    &["TRUNCATE", "READS_FLOAT"],
    &["TO_FLOAT", "WRITES_FLOAT"],
    &["UNSIGNED_TO_FLOAT", "WRITES_FLOAT"],
    &["FLOAT_TO_BOOL", "READS_FLOAT"],
    &["TO_BOOL"],
    &["NOT"],
    &["BITWISE_NOT"],
    &["NEG"],
    &["ABS"],
    &["SIGN"],
    &["CLIP"],
    &["WRAP"],
    &["IS_NAN"],
    &["IS_INF"],
];

/// y\[i\] = op(x\[i\]). Read: x.
#[derive(Clone, Debug)]
pub struct Convert {
    /// The function.
    pub op: ConvertOp,
    /// Number of elements.
    pub len: usize,
}

/// Every pipeline this kernel may ask for.
pub(crate) fn keys() -> Vec<Key> {
    VARIANTS.iter().map(|&defines| Key { shader: NAME, defines }).collect()
}

impl ConvertOp {
    fn index(self) -> usize {
        match self {
            Self::Truncate => 0,
            Self::ToFloat => 1,
            Self::UnsignedToFloat => 2,
            Self::FloatToBool => 3,
            Self::ToBool => 4,
            Self::Not => 5,
            Self::BitwiseNot => 6,
            Self::Neg => 7,
            Self::Abs => 8,
            Self::Sign => 9,
            Self::Clip(..) => 10,
            Self::Wrap { .. } => 11,
            Self::IsNan => 12,
            Self::IsInf { .. } => 13,
        }
    }

    /// What the function reads.
    fn reads(self) -> Element {
        match self {
            Self::Truncate | Self::FloatToBool => Element::F32,
            // Their bits, see the shader.
            Self::IsNan | Self::IsInf { .. } => Element::U32,
            _ => Element::I32,
        }
    }

    /// What it gives.
    fn writes(self) -> Element {
        if matches!(self, Self::ToFloat | Self::UnsignedToFloat) { Element::F32 } else { Element::I32 }
    }

    fn parameters(self) -> [u32; 2] {
        match self {
            Self::Clip(low, high) => [low.cast_unsigned(), high.cast_unsigned()],
            Self::Wrap { bits, signed } => [(1 << bits) - 1, if signed { 1 << (bits - 1) } else { 0 }],
            Self::IsInf { positive, negative } => [u32::from(positive), u32::from(negative)],
            _ => [0; 2],
        }
    }

    /// The function of the bits of an element, as bits.
    fn apply(self, bits: u32) -> u32 {
        let (v, float) = (bits.cast_signed(), f32::from_bits(bits));
        let [a, b] = self.parameters().map(u32::cast_signed);
        let int = match self {
            Self::ToFloat => return (v as f32).to_bits(),
            Self::UnsignedToFloat => return (bits as f32).to_bits(),
            Self::Truncate => float.clamp(-2_147_483_648.0, 2_147_483_520.0) as i32,
            Self::FloatToBool => i32::from(float != 0.0),
            Self::ToBool => i32::from(v != 0),
            Self::Not => i32::from(v == 0),
            Self::BitwiseNot => !v,
            Self::Neg => v.wrapping_neg(),
            Self::Abs => v.wrapping_abs(),
            Self::Sign => v.signum(),
            Self::Clip(low, high) => v.max(low).min(high),
            Self::Wrap { .. } => ((v & a) ^ b).wrapping_sub(b),
            Self::IsNan => i32::from(float.is_nan()),
            Self::IsInf { positive, negative } => {
                i32::from((float == f32::INFINITY && positive) || (float == f32::NEG_INFINITY && negative))
            }
        };
        int.cast_unsigned()
    }
}

impl Kernel for Convert {
    fn check(&self) -> Result<(), KernelError> {
        let few = !matches!(self.op, ConvertOp::Wrap { bits, .. } if !(1..=31).contains(&bits));
        check::require(NAME, few, || "a number wraps to at least 1 and at most 31 bits".to_owned())?;
        check::sizes(NAME, &self.layout())
    }

    fn key(&self) -> Key {
        Key { shader: NAME, defines: VARIANTS[self.op.index()] }
    }

    fn layout(&self) -> Vec<Binding> {
        let binding = |name, element| Binding::of(name, element, &[self.len]);
        vec![binding("x", self.op.reads()), binding("y", self.op.writes())]
    }

    fn step(&self) -> Step {
        let [a, b] = self.op.parameters();
        Step { params: vec![word(self.len), a, b], workgroups: fold(self.len.div_ceil(ELEMENTS)) }
    }

    fn cpu(&self, reads: &[Data<'_>], write: &mut [f32]) {
        let x = reads[0].u32();
        ints(write).iter_mut().zip(x).for_each(|(y, &x)| *y = self.op.apply(x).cast_signed());
    }

    fn work(&self) -> u64 {
        self.len as u64
    }
}

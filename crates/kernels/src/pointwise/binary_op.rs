//! The functions of two elements that `shaders/binary.wgsl` computes.

use crate::Element;

/// A function of two elements of one type, named as in ONNX.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// a + b.
    Add,
    /// a - b.
    Sub,
    /// a b.
    Mul,
    /// a / b; of integers cut towards zero.
    Div,
    /// The smaller.
    Min,
    /// The larger.
    Max,
    /// a to the power of b.
    Pow,
    /// a where it is not negative, b a elsewhere.
    PRelu,
    /// The remainder with the sign of b.
    Mod,
    /// The remainder with the sign of a.
    Fmod,
    /// Whether a is b.
    Equal,
    /// Whether a is below b.
    Less,
    /// Whether a is not above b.
    LessOrEqual,
    /// Whether a is above b.
    Greater,
    /// Whether a is not below b.
    GreaterOrEqual,
    /// Bits set in both.
    And,
    /// Bits set in either.
    Or,
    /// Bits set in one of them.
    Xor,
    /// a moved up by b bits.
    ShiftLeft,
    /// a, read without a sign, moved down by b bits.
    ShiftRight,
}

/// Variants of floats, in the order of [`BinaryOp`]; bitwise functions have none.
const FLOATS: [&[&str]; 15] = [
    &["ADD"],
    &["SUB"],
    &["MUL"],
    &["DIV"],
    &["MIN"],
    &["MAX"],
    &["POW"],
    &["PRELU"],
    &["MOD"],
    &["FMOD"],
    &["EQUAL", "WRITES_INT"],
    &["LESS", "WRITES_INT"],
    &["LESS_OR_EQUAL", "WRITES_INT"],
    &["GREATER", "WRITES_INT"],
    &["GREATER_OR_EQUAL", "WRITES_INT"],
];

/// Variants of integers, in the order of [`BinaryOp`].
const INTS: [&[&str]; 20] = [
    &["ADD", "READS_INT", "WRITES_INT"],
    &["SUB", "READS_INT", "WRITES_INT"],
    &["MUL", "READS_INT", "WRITES_INT"],
    &["DIV", "READS_INT", "WRITES_INT"],
    &["MIN", "READS_INT", "WRITES_INT"],
    &["MAX", "READS_INT", "WRITES_INT"],
    &["POW", "READS_INT", "WRITES_INT"],
    &["PRELU", "READS_INT", "WRITES_INT"],
    &["MOD", "READS_INT", "WRITES_INT"],
    &["FMOD", "READS_INT", "WRITES_INT"],
    &["EQUAL", "READS_INT", "WRITES_INT"],
    &["LESS", "READS_INT", "WRITES_INT"],
    &["LESS_OR_EQUAL", "READS_INT", "WRITES_INT"],
    &["GREATER", "READS_INT", "WRITES_INT"],
    &["GREATER_OR_EQUAL", "READS_INT", "WRITES_INT"],
    &["AND", "READS_INT", "WRITES_INT"],
    &["OR", "READS_INT", "WRITES_INT"],
    &["XOR", "READS_INT", "WRITES_INT"],
    &["SHIFT_LEFT", "READS_INT", "WRITES_INT"],
    &["SHIFT_RIGHT", "READS_INT", "WRITES_INT"],
];

/// The defines of every variant.
pub(super) fn variants() -> impl Iterator<Item = &'static [&'static str]> {
    FLOATS.into_iter().chain(INTS)
}

impl BinaryOp {
    /// The defines of the variant that reads `element`; `None` for a bitwise function of floats.
    pub(super) fn defines(self, element: Element) -> Option<&'static [&'static str]> {
        let table: &[&[&str]] = if element == Element::F32 { &FLOATS } else { &INTS };
        table.get(self as usize).copied()
    }

    /// Whether the result is 0 or 1, whatever the operands are.
    #[must_use]
    pub fn compares(self) -> bool {
        matches!(self, Self::Equal | Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual)
    }

    /// The function of two floats; of a comparison 0 or 1, of a bitwise function zero.
    pub(super) fn floats(self, a: f32, b: f32) -> f32 {
        let truth = |holds: bool| f32::from(u8::from(holds));
        match self {
            Self::Add => a + b,
            Self::Sub => a - b,
            Self::Mul => a * b,
            Self::Div => a / b,
            Self::Min => a.min(b),
            Self::Max => a.max(b),
            Self::Pow => power(a, b),
            Self::PRelu => {
                if a < 0.0 {
                    a * b
                } else {
                    a
                }
            }
            Self::Mod => a - b * (a / b).floor(),
            Self::Fmod => a % b,
            Self::Equal => truth(a == b),
            Self::Less => truth(a < b),
            Self::LessOrEqual => truth(a <= b),
            Self::Greater => truth(a > b),
            Self::GreaterOrEqual => truth(a >= b),
            Self::And | Self::Or | Self::Xor | Self::ShiftLeft | Self::ShiftRight => 0.0,
        }
    }

    /// The function of two integers. They wrap, and a division by zero gives a, as in WGSL.
    pub(super) fn ints(self, a: i32, b: i32) -> i32 {
        match self {
            Self::Add => a.wrapping_add(b),
            Self::Sub => a.wrapping_sub(b),
            Self::Mul => a.wrapping_mul(b),
            Self::Div => a.checked_div(b).unwrap_or(a),
            Self::Min => a.min(b),
            Self::Max => a.max(b),
            Self::Pow => int_power(a, b),
            Self::PRelu => {
                if a < 0 {
                    a.wrapping_mul(b)
                } else {
                    a
                }
            }
            Self::Mod => {
                let rest = a.checked_rem(b).unwrap_or(0);
                if rest != 0 && (rest < 0) != (b < 0) { rest + b } else { rest }
            }
            Self::Fmod => a.checked_rem(b).unwrap_or(0),
            Self::Equal => i32::from(a == b),
            Self::Less => i32::from(a < b),
            Self::LessOrEqual => i32::from(a <= b),
            Self::Greater => i32::from(a > b),
            Self::GreaterOrEqual => i32::from(a >= b),
            Self::And => a & b,
            Self::Or => a | b,
            Self::Xor => a ^ b,
            Self::ShiftLeft => a.cast_unsigned().checked_shl(b.cast_unsigned()).unwrap_or(0).cast_signed(),
            Self::ShiftRight => a.cast_unsigned().checked_shr(b.cast_unsigned()).unwrap_or(0).cast_signed(),
        }
    }
}

/// a to the power of b; a negative a is raised to integers only, as in the shader.
fn power(a: f32, b: f32) -> f32 {
    let magnitude = a.abs().powf(b);
    if a >= 0.0 || b % 2.0 == 0.0 {
        magnitude
    } else if b.fract() != 0.0 {
        f32::NAN
    } else {
        -magnitude
    }
}

/// a to the power of b; a negative b gives zero but for a of one.
fn int_power(a: i32, b: i32) -> i32 {
    match u32::try_from(b) {
        Ok(b) => a.wrapping_pow(b),
        Err(_) => i32::from(a == 1),
    }
}

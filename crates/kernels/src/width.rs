//! How wide a tensor's floats are stored: 32 bits, or 16 where a plan is in half storage.

use half::f16;

/// The largest number that float16 holds.
pub const LARGEST_HALF: f32 = 65_504.0;

/// How wide each element of a tensor is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Width {
    /// 32 bits: a float32, an int32, or a word.
    #[default]
    Single,
    /// 16 bits: a float16, which every kernel widens to float32 before it computes.
    Half,
}

impl Width {
    /// The bytes of `len` elements, rounded up to whole words, as every binding must be.
    #[must_use]
    pub fn bytes(self, len: usize) -> usize {
        4 * self.words(len)
    }

    /// The 32-bit words of `len` elements.
    #[must_use]
    pub fn words(self, len: usize) -> usize {
        match self {
            Self::Single => len,
            Self::Half => len.div_ceil(2),
        }
    }
}

/// Which of a kernel's tensors are stored as float16; part of what chooses its pipeline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Narrow {
    /// Bit n is the nth tensor that it reads, constants included.
    reads: u8,
    /// The one that it writes.
    write: bool,
}

/// Names that `shaders/shared/stored.wgsl` tests, by the position of the tensor read.
const READS: [&str; 4] = ["NARROW_1", "NARROW_2", "NARROW_3", "NARROW_4"];

impl Narrow {
    /// From the widths of what is read, in order, and written.
    #[must_use]
    pub fn new(reads: impl IntoIterator<Item = Width>, write: Width) -> Self {
        let bit = |(n, width): (u32, Width)| if width == Width::Half { 1_u8.checked_shl(n).unwrap_or(0) } else { 0 };
        let reads = (0..).zip(reads).map(bit).fold(0, |bits, bit| bits | bit);
        Self { reads, write: write == Width::Half }
    }

    /// Whether anything is.
    #[must_use]
    pub fn any(self) -> bool {
        self.reads != 0 || self.write
    }

    /// Whether the kernel rounds what it writes, and may meet a number that does not fit.
    #[must_use]
    pub fn writes(self) -> bool {
        self.write
    }

    /// The names to define while the shader is assembled.
    pub(crate) fn defines(self) -> impl Iterator<Item = &'static str> {
        let reads = READS.iter().enumerate().filter(move |(n, _)| self.reads >> n & 1 == 1).map(|(_, name)| *name);
        let write = self.write.then_some("NARROW_WRITTEN");
        reads.chain(write).chain(self.any().then_some("NARROW"))
    }
}

/// Whether a number is finite but too large for float16.
#[must_use]
pub fn is_beyond_half(v: f32) -> bool {
    v.is_finite() && v.abs() > LARGEST_HALF
}

/// Float16 pairs as float32, the first of a pair in the lower half of its word.
#[must_use]
pub fn widened(words: &[u32], len: usize) -> Vec<f32> {
    let halves: &[u16] = bytemuck::cast_slice(words);
    halves[..len].iter().map(|&bits| f16::from_bits(bits).to_f32()).collect()
}

/// Rounds floats to the nearest float16; `words` has room for all.
///
/// # Errors
/// The first finite number that float16 does not hold.
pub fn narrow(values: &[f32], words: &mut [u32]) -> Result<(), f32> {
    let halves: &mut [u16] = bytemuck::cast_slice_mut(words);
    for (half, &value) in halves.iter_mut().zip(values) {
        if is_beyond_half(value) {
            return Err(value);
        }
        *half = f16::from_f32(value).to_bits();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_survive_as_far_as_float16_carries_them() {
        let mut words = [0; 2];
        narrow(&[1.0, -65_504.0, f32::NEG_INFINITY], &mut words).unwrap_or_else(|v| panic!("{v} is refused"));
        assert_eq!(widened(&words, 3), [1.0, -65_504.0, f32::NEG_INFINITY]);
        assert_eq!(narrow(&[0.0, 65_505.0], &mut words), Err(65_505.0));
    }

    #[test]
    fn an_odd_number_of_halves_takes_a_whole_word_more() {
        assert_eq!((Width::Half.bytes(3), Width::Half.bytes(4), Width::Single.bytes(3)), (8, 8, 12));
    }
}

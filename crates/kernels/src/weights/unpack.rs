//! Packed weights back as float32, for the twins.

use super::{BLOCK, Packing, WeightKind};
use crate::Data;

impl Packing {
    /// The weights of one block, `[input][tap][8]`; those of [`WeightKind::Int8`] without their scale, which
    /// the sum is multiplied by.
    pub(crate) fn block(&self, kind: WeightKind, weights: Data<'_>, table: &[f32], block: usize) -> Vec<f32> {
        let len = self.pairs() * kind.lanes();
        let words = &weights.u32()[block * len..(block + 1) * len];
        let bytes = || words.iter().flat_map(|word| word.to_le_bytes());
        let mut values: Vec<f32> = match kind {
            WeightKind::F32 => words.iter().map(|&bits| f32::from_bits(bits)).collect(),
            WeightKind::F16 => {
                let halves = words.iter().flat_map(|&word| [word as u16, (word >> 16) as u16]);
                halves.map(|bits| half::f16::from_bits(bits).to_f32()).collect()
            }
            WeightKind::Int8 | WeightKind::ScaledInt8(_) => bytes().map(|b| f32::from(b.cast_signed())).collect(),
            WeightKind::ScaledInt4(_) => {
                // Shifted to the top and back, a nibble keeps its sign.
                let signed = |nibble: u8| f32::from((nibble << 4).cast_signed() >> 4);
                bytes().flat_map(|byte| [signed(byte), signed(byte >> 4)]).collect()
            }
        };
        let Some(rows) = kind.rows() else { return values };
        let count = rows.count(self.pairs());
        let scales = 2 * self.blocks() * BLOCK;
        let offsets = scales + self.blocks() * count * BLOCK;
        for (pair, values) in values.chunks_exact_mut(BLOCK).enumerate() {
            let at = (block * count + rows.of(pair)) * BLOCK;
            for (lane, value) in values.iter_mut().enumerate() {
                *value *= table[scales + at + lane];
                if rows.offsets {
                    *value += table[offsets + at + lane];
                }
            }
        }
        values
    }
}

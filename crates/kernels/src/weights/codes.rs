//! Quantised weights as a file has them, and the packed kind that reads them as they are.

use super::{BLOCK, Packed, Packing, Rows, WeightKind};
use crate::Elements;

/// Constant weights as a file has them.
#[derive(Clone, Debug)]
pub enum Weights<'a> {
    /// Floats.
    F32(&'a [f32]),
    /// Whole numbers with scales.
    Codes(Codes<'a>),
}

impl Weights<'_> {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::F32(values) => values.len(),
            Self::Codes(codes) => codes.codes.len(),
        }
    }
}

/// Quantised weights: weight n = codes\[n\] * scales\[s\] + offsets\[s\] with s = shared(n).
#[derive(Clone)]
pub struct Codes<'a> {
    /// The whole numbers.
    pub codes: &'a [i8],
    /// Whether they lie in -8..=7.
    pub four_bits: bool,
    /// The scales.
    pub scales: &'a [f32],
    /// An offset for each scale; empty if all are zero.
    pub offsets: &'a [f32],
    /// The scale that belongs to a weight.
    pub shared: &'a dyn Fn(usize) -> usize,
}

impl std::fmt::Debug for Codes<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Codes")
            .field("codes", &self.codes.len())
            .field("four_bits", &self.four_bits)
            .field("scales", &self.scales.len())
            .field("offsets", &self.offsets.len())
            .finish_non_exhaustive()
    }
}

impl Codes<'_> {
    /// The weights as float32.
    #[must_use]
    pub fn restored(&self) -> Vec<f32> {
        let offset = |s: usize| self.offsets.get(s).copied().unwrap_or(0.0);
        let weight = |(n, &code): (usize, &i8)| {
            let s = (self.shared)(n);
            f32::from(code).mul_add(self.scales[s], offset(s))
        };
        self.codes.iter().enumerate().map(weight).collect()
    }
}

impl Packing {
    /// Packs quantised weights in a kind whose rows follow the scales; as floats if none does, which
    /// happens only where scales change within what no row can tell apart.
    pub(super) fn pack_codes(
        &self,
        codes: &Codes<'_>,
        biases: Vec<f32>,
        index: &impl Fn(usize, usize, usize, usize) -> usize,
    ) -> Packed {
        let shared = |channel: usize, pair: usize| {
            let (group, output) = (channel / self.outputs, channel % self.outputs);
            (codes.shared)(index(group, output, pair / self.taps, pair % self.taps))
        };
        let offsets = !codes.offsets.is_empty();
        let Some((span, step)) = self.fitting_rows(&shared) else {
            return self.pack_floats(&codes.restored(), biases, index);
        };
        let rows = Rows { span, step, offsets };
        let whole = rows.count(self.pairs()) == 1;
        let kind = match (codes.four_bits, whole && !offsets) {
            (true, _) => WeightKind::ScaledInt4(rows),
            (false, true) => WeightKind::Int8,
            (false, false) => WeightKind::ScaledInt8(rows),
        };
        let arranged = self.arrange(codes.codes, index);
        let words: Vec<u32> = if codes.four_bits {
            let nibbles = |eight: &[i8]| eight.iter().rev().fold(0, |word, code| word << 4 | low_bits(*code, 0xf));
            arranged.chunks_exact(BLOCK).map(nibbles).collect()
        } else {
            let bytes = |four: &[i8]| four.iter().rev().fold(0, |word, code| word << 8 | low_bits(*code, 0xff));
            arranged.chunks_exact(4).map(bytes).collect()
        };
        let behind = |channel: usize| if kind == WeightKind::Int8 { codes.scales[shared(channel, 0)] } else { 1.0 };
        let mut table = [self.for_channels(behind), biases].concat();
        if kind.rows().is_some() {
            table.extend(self.row_table(rows, |channel, pair| codes.scales[shared(channel, pair)]));
        }
        if offsets {
            table.extend(self.row_table(rows, |channel, pair| codes.offsets[shared(channel, pair)]));
        }
        Packed { kind, weights: Elements::U32(words), table }
    }

    /// A span and step whose rows never mix scales: all pairs of a channel, neighbouring pairs, or the same
    /// tap of neighbouring channels.
    fn fitting_rows(&self, shared: &impl Fn(usize, usize) -> usize) -> Option<(usize, usize)> {
        let pairs = self.pairs();
        let first_other = |step: usize| (0..pairs).step_by(step).find(|&pair| shared(0, pair) != shared(0, 0));
        let neighbours = (first_other(1).unwrap_or(pairs), 1);
        let same_tap = (first_other(self.taps).unwrap_or(pairs), self.taps);
        [neighbours, same_tap].into_iter().find(|&(span, step)| {
            let rows = Rows { span, step, offsets: false };
            // The first pair of a row: the row counts spans, and within a span taps.
            let leader = |pair: usize| pair / rows.span * rows.span + pair % rows.step;
            // Scales that nothing shares would take more room than floats.
            let shares = pairs == 1 || rows.count(pairs) < pairs;
            shares
                && (0..self.groups * self.outputs)
                    .all(|channel| (0..pairs).all(|pair| shared(channel, pair) == shared(channel, leader(pair))))
        })
    }

    /// A value for each row of each output channel: `[block][row][8]`.
    fn row_table(&self, rows: Rows, value: impl Fn(usize, usize) -> f32) -> Vec<f32> {
        let count = rows.count(self.pairs());
        let mut table = Vec::with_capacity(self.blocks() * count * BLOCK);
        for block in 0..self.blocks() {
            let (group, first, real) = self.channels(block);
            for row in 0..count {
                let leader = row / rows.step * rows.span + row % rows.step;
                let channel = |lane: usize| group * self.outputs + first + lane;
                table.extend((0..BLOCK).map(|lane| if lane < real { value(channel(lane), leader) } else { 0.0 }));
            }
        }
        table
    }
}

fn low_bits(code: i8, mask: u32) -> u32 {
    u32::from(code.cast_unsigned()) & mask
}

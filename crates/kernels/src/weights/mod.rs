//! How constant weights lie in memory: output channels in blocks of eight, side by side.
//!
//! `[group][block of 8 output channels][input channel][tap][8]`, channels beyond the group's last
//! padded with zeros, so that a workgroup reads its weights as one contiguous run. The eight weights of
//! one (input channel, tap) pair are eight float32, four words of two float16, two words of four int8 or
//! one word of eight int4, the lowest channel in the lowest bits.
//!
//! Beside them lies a table of float32 in the same blocks of eight: the scale of each output channel, its
//! bias, and for [`WeightKind::ScaledInt8`] and [`WeightKind::ScaledInt4`] the scale of every row of pairs
//! and, if any is not zero, its offset.

mod codes;
mod runtime;
mod unpack;

pub use codes::{Codes, Weights};
pub use runtime::Arrangement;

use crate::grid::word;
use crate::{Element, Elements, KernelError};

/// Output channels of one block.
pub(crate) const BLOCK: usize = 8;

/// The type of packed weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WeightKind {
    /// Symmetric int8 with one scale for each output channel, applied behind the sum.
    Int8,
    /// IEEE float32.
    F32,
    /// IEEE float16.
    F16,
    /// int8 with a scale and an offset for each row of pairs of each output channel.
    ScaledInt8(Rows),
    /// int4, likewise.
    ScaledInt4(Rows),
}

/// Which (input channel, tap) pairs of an output channel share a scale: pair p belongs to row
/// p / span * step + p % step.
///
/// With a step of one, `span` neighbouring pairs share a scale; with a step of the number of taps, the
/// same tap of span / step neighbouring channels does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rows {
    /// Pairs after which the rows go on to the next ones.
    pub span: usize,
    /// Rows in a span.
    pub step: usize,
    /// Whether the rows have offsets.
    pub offsets: bool,
}

impl Rows {
    /// The row of a pair.
    pub(crate) fn of(self, pair: usize) -> usize {
        pair / self.span * self.step + pair % self.step
    }

    /// Rows of `pairs` pairs.
    fn count(self, pairs: usize) -> usize {
        pairs.div_ceil(self.span) * self.step
    }
}

impl WeightKind {
    /// One kind of each number that [`WeightKind::index`] gives, for tables of variants.
    pub(crate) const COUNT: usize = 5;

    /// Its place in a table of variants.
    pub(crate) fn index(self) -> usize {
        match self {
            Self::Int8 => 0,
            Self::F32 => 1,
            Self::F16 => 2,
            Self::ScaledInt8(_) => 3,
            Self::ScaledInt4(_) => 4,
        }
    }

    /// The element of the weights' binding.
    pub(crate) fn element(self) -> Element {
        if self == Self::F32 { Element::F32 } else { Element::U32 }
    }

    /// The rows of scales, if the kind has them.
    pub(crate) fn rows(self) -> Option<Rows> {
        match self {
            Self::ScaledInt8(rows) | Self::ScaledInt4(rows) => Some(rows),
            Self::Int8 | Self::F32 | Self::F16 => None,
        }
    }

    /// 32-bit elements of the eight weights of a pair.
    fn lanes(self) -> usize {
        match self {
            Self::F32 => 8,
            Self::F16 => 4,
            Self::Int8 | Self::ScaledInt8(_) => 2,
            Self::ScaledInt4(_) => 1,
        }
    }
}

/// The extents of packed weights.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Packing {
    /// Independent groups of channels.
    pub(crate) groups: usize,
    /// Output channels of one group.
    pub(crate) outputs: usize,
    /// Input channels of one group.
    pub(crate) inputs: usize,
    /// Kernel positions.
    pub(crate) taps: usize,
}

impl Packing {
    /// Blocks of eight output channels in one group.
    pub(crate) fn group_blocks(&self) -> usize {
        self.outputs.div_ceil(BLOCK)
    }

    /// Blocks of eight output channels in all groups.
    pub(crate) fn blocks(&self) -> usize {
        self.groups * self.group_blocks()
    }

    /// (Input channel, tap) pairs of an output channel.
    pub(crate) fn pairs(&self) -> usize {
        self.inputs * self.taps
    }

    /// Shape of the packed weights in 32-bit elements.
    pub(crate) fn shape(&self, kind: WeightKind) -> [usize; 4] {
        [self.blocks(), self.inputs, self.taps, kind.lanes()]
    }

    /// Shape of the table of scales and biases.
    pub(crate) fn table_shape(&self, kind: WeightKind) -> [usize; 2] {
        let rows = kind.rows().map_or(0, |rows| rows.count(self.pairs()) * (1 + usize::from(rows.offsets)));
        [2 + rows, self.blocks() * BLOCK]
    }

    /// The uniform words that lead the shader to a pair's row: span, step, rows of a block, and how many
    /// vectors of four the offsets lie behind the scales (zero if there are none).
    pub(crate) fn row_params(&self, kind: WeightKind) -> [u32; 4] {
        kind.rows().map_or([1, 1, 0, 0], |rows| {
            let count = rows.count(self.pairs());
            let distance = if rows.offsets { self.blocks() * count * 2 } else { 0 };
            [rows.span, rows.step, count, distance].map(word)
        })
    }

    /// The group of a block and, within the group, its first output channel and how many are real.
    pub(crate) fn channels(&self, block: usize) -> (usize, usize, usize) {
        let first = block % self.group_blocks() * BLOCK;
        (block / self.group_blocks(), first, BLOCK.min(self.outputs - first))
    }

    /// Puts values in the order of the packed weights, where `index(group, output, input, tap)` tells
    /// where each lies.
    fn arrange<T: Copy + Default>(&self, values: &[T], index: &impl Fn(usize, usize, usize, usize) -> usize) -> Vec<T> {
        let mut packed = Vec::with_capacity(self.blocks() * self.pairs() * BLOCK);
        for block in 0..self.blocks() {
            let (group, first, real) = self.channels(block);
            for input in 0..self.inputs {
                for tap in 0..self.taps {
                    packed.extend((0..BLOCK).map(|lane| {
                        if lane < real { values[index(group, first + lane, input, tap)] } else { T::default() }
                    }));
                }
            }
        }
        packed
    }

    /// A value for each output channel, padded like the weights.
    fn for_channels(&self, value: impl Fn(usize) -> f32) -> Vec<f32> {
        let mut values = Vec::with_capacity(self.blocks() * BLOCK);
        for block in 0..self.blocks() {
            let (group, first, real) = self.channels(block);
            let channel = |lane: usize| value(group * self.outputs + first + lane);
            values.extend((0..BLOCK).map(|lane| if lane < real { channel(lane) } else { 0.0 }));
        }
        values
    }

    /// Packs weights in the narrowest kind that holds them exactly, with the table of their scales and
    /// biases. `index(group, output, input, tap)` tells where each weight lies.
    pub(crate) fn pack(
        &self,
        kernel: &'static str,
        weights: &Weights<'_>,
        bias: Option<&[f32]>,
        index: impl Fn(usize, usize, usize, usize) -> usize,
    ) -> Result<Packed, KernelError> {
        let wanted = self.groups * self.outputs * self.pairs();
        if weights.len() != wanted || wanted == 0 {
            let reason = format!("{} weights were given, the shapes ask for {wanted}", weights.len());
            return Err(KernelError::unsupported(kernel, reason));
        }
        let channels = self.groups * self.outputs;
        if let Some(bias) = bias.filter(|bias| bias.len() != channels) {
            let reason = format!("{} biases were given for {channels} output channels", bias.len());
            return Err(KernelError::unsupported(kernel, reason));
        }
        let biases = self.for_channels(|channel| bias.map_or(0.0, |bias| bias[channel]));
        Ok(match weights {
            Weights::F32(values) => self.pack_floats(values, biases, &index),
            Weights::Codes(codes) => self.pack_codes(codes, biases, &index),
        })
    }

    /// Packs float32 weights; as float16 if that holds each of them exactly.
    fn pack_floats(
        &self,
        values: &[f32],
        biases: Vec<f32>,
        index: &impl Fn(usize, usize, usize, usize) -> usize,
    ) -> Packed {
        let arranged = self.arrange(values, index);
        let table = [self.for_channels(|_| 1.0), biases].concat();
        let half = |value: f32| half::f16::from_f32(value);
        if values.iter().all(|&value| half(value).to_f32().to_bits() == value.to_bits()) {
            let word = |two: &[f32; 2]| u32::from(half(two[0]).to_bits()) | u32::from(half(two[1]).to_bits()) << 16;
            let words = arranged.as_chunks::<2>().0.iter().map(word).collect();
            return Packed { kind: WeightKind::F16, weights: Elements::U32(words), table };
        }
        Packed { kind: WeightKind::F32, weights: Elements::F32(arranged), table }
    }
}

/// Weights as a kernel reads them.
#[derive(Clone, Debug)]
pub(crate) struct Packed {
    /// What the words are.
    pub(crate) kind: WeightKind,
    /// The weights.
    pub(crate) weights: Elements,
    /// Scales, biases, and the scales and offsets of rows.
    pub(crate) table: Vec<f32>,
}

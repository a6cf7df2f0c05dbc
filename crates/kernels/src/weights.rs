//! How convolution weights lie in memory: output channels in blocks of eight, side by side.
//!
//! `[group][block of 8 output channels][input channel][tap][8]`, channels beyond the group's last
//! padded with zeros, so that a workgroup reads its weights as one contiguous run. Int8 weights are
//! four output channels to a word, the lowest channel in the lowest byte.

use crate::{Data, Element, Elements, KernelError};

/// Output channels of one block.
pub(crate) const BLOCK: usize = 8;

/// The type of a convolution's weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WeightKind {
    /// Symmetric int8 with one scale for each output channel.
    Int8,
    /// IEEE float32.
    F32,
}

impl WeightKind {
    /// The element of the weights' binding.
    pub(crate) fn element(self) -> Element {
        match self {
            Self::Int8 => Element::U32,
            Self::F32 => Element::F32,
        }
    }
}

/// The extents of a convolution's weights.
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

    /// Weights of one block.
    fn block_len(&self) -> usize {
        self.inputs * self.taps * BLOCK
    }

    /// Shape of the packed weights in elements of `kind`.
    pub(crate) fn shape(&self, kind: WeightKind) -> [usize; 4] {
        let lanes = if kind == WeightKind::Int8 { BLOCK / 4 } else { BLOCK };
        [self.blocks(), self.inputs, self.taps, lanes]
    }

    /// The group of a block and, within the group, its first output channel and how many are real.
    pub(crate) fn channels(&self, block: usize) -> (usize, usize, usize) {
        let first = block % self.group_blocks() * BLOCK;
        (block / self.group_blocks(), first, BLOCK.min(self.outputs - first))
    }

    /// Packs `values`, where `index(group, output, input, tap)` tells where each lies.
    fn pack<T: Copy + Default>(
        &self,
        kernel: &'static str,
        values: &[T],
        index: impl Fn(usize, usize, usize, usize) -> usize,
    ) -> Result<Vec<T>, KernelError> {
        let wanted = self.groups * self.outputs * self.inputs * self.taps;
        if values.len() != wanted {
            let reason = format!("{} weights were given, the shapes ask for {wanted}", values.len());
            return Err(KernelError::unsupported(kernel, reason));
        }
        let mut packed = Vec::with_capacity(self.blocks() * self.block_len());
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
        Ok(packed)
    }

    /// [`Packing::pack`] for float32 weights.
    pub(crate) fn pack_f32(
        &self,
        kernel: &'static str,
        values: &[f32],
        index: impl Fn(usize, usize, usize, usize) -> usize,
    ) -> Result<Elements, KernelError> {
        self.pack(kernel, values, index).map(Elements::F32)
    }

    /// [`Packing::pack`] for int8 weights, four to a word.
    pub(crate) fn pack_int8(
        &self,
        kernel: &'static str,
        values: &[i8],
        index: impl Fn(usize, usize, usize, usize) -> usize,
    ) -> Result<Elements, KernelError> {
        let bytes = self.pack(kernel, values, index)?;
        let words = bytes.chunks_exact(4).map(|four| {
            u32::from_le_bytes([
                four[0].cast_unsigned(),
                four[1].cast_unsigned(),
                four[2].cast_unsigned(),
                four[3].cast_unsigned(),
            ])
        });
        Ok(Elements::U32(words.collect()))
    }

    /// The scales, then the biases, of all output channels, padded like the weights.
    pub(crate) fn scale_bias(
        &self,
        kernel: &'static str,
        scale: Option<&[f32]>,
        bias: Option<&[f32]>,
    ) -> Result<Elements, KernelError> {
        let mut table = Vec::with_capacity(2 * self.blocks() * BLOCK);
        for (name, values, default) in [("scales", scale, 1.0), ("biases", bias, 0.0)] {
            let wanted = self.groups * self.outputs;
            if values.is_some_and(|values| values.len() != wanted) {
                let got = values.map_or(0, <[f32]>::len);
                let reason = format!("{got} {name} were given for {wanted} output channels");
                return Err(KernelError::unsupported(kernel, reason));
            }
            for block in 0..self.blocks() {
                let (group, first, real) = self.channels(block);
                table.extend((0..BLOCK).map(|lane| {
                    if lane < real { values.map_or(default, |v| v[group * self.outputs + first + lane]) } else { 0.0 }
                }));
            }
        }
        Ok(Elements::F32(table))
    }

    /// The weights of one block as float32, `[input][tap][8]`; int8 without its scale.
    pub(crate) fn block(&self, weights: Data<'_>, block: usize) -> Vec<f32> {
        let range = block * self.block_len()..(block + 1) * self.block_len();
        match weights {
            Data::F32(values) => values[range].to_vec(),
            packed => packed.u32()[range.start / 4..range.end / 4]
                .iter()
                .flat_map(|word| word.to_le_bytes())
                .map(|byte| f32::from(byte.cast_signed()))
                .collect(),
        }
    }
}

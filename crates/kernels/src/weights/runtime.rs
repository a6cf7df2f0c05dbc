//! Weights that are known only at run time: packed by copies, which exchange axes.

use super::{BLOCK, Packing, WeightKind};
use crate::copy::{Copy, View};
use crate::{Elements, RANK};

/// What turns weights and biases into the operands of a kernel at run time.
#[derive(Clone, Debug)]
pub struct Arrangement {
    /// From the weights in ONNX order to the packed ones of [`WeightKind::F32`]; what they leave out belongs
    /// to channels that are never written.
    pub weights: Vec<Copy>,
    /// The table without biases.
    pub table: Elements,
    /// From one bias for each output channel into the table.
    pub biases: Vec<Copy>,
}

impl Packing {
    /// How to pack at run time; `steps` are the elements between neighbouring groups, outputs, inputs and taps.
    pub(crate) fn arrangement(&self, [group, output, input, tap]: [usize; 4]) -> Arrangement {
        let (blocks, pairs) = (self.group_blocks(), self.pairs());
        let channels = self.groups * self.outputs;
        let parts = |part: &dyn Fn(Part) -> Copy| self.parts().into_iter().map(part).collect();
        let weights = parts(&|Part { blocks: count, first, lanes }| Copy {
            dims: [self.groups, count, lanes, self.inputs, self.taps, 1],
            source: View {
                len: channels * pairs,
                offset: first * output,
                strides: signed([group, BLOCK * output, output, input, tap, 0]),
            },
            destination: View {
                len: self.shape(WeightKind::F32).iter().product(),
                offset: first * pairs,
                strides: signed([blocks * pairs * BLOCK, pairs * BLOCK, 1, self.taps * BLOCK, BLOCK, 0]),
            },
        });
        let table = [self.for_channels(|_| 1.0), self.for_channels(|_| 0.0)].concat();
        let biases = parts(&|Part { blocks: count, first, lanes }| Copy {
            dims: [1, 1, 1, self.groups, count, lanes],
            source: View { len: channels, offset: first, strides: signed([0, 0, 0, self.outputs, BLOCK, 1]) },
            destination: View {
                len: table.len(),
                offset: table.len() / 2 + first,
                strides: signed([0, 0, 0, blocks * BLOCK, BLOCK, 1]),
            },
        });
        Arrangement { weights, table: Elements::F32(table), biases }
    }

    /// The full blocks of each group, then the rest.
    fn parts(&self) -> Vec<Part> {
        let (full, rest) = (self.outputs / BLOCK, self.outputs % BLOCK);
        let parts =
            [Part { blocks: full, first: 0, lanes: BLOCK }, Part { blocks: 1, first: full * BLOCK, lanes: rest }];
        parts.into_iter().filter(|part| part.blocks * part.lanes > 0).collect()
    }
}

/// Blocks of a group with the same number of real channels.
#[derive(Clone, Copy)]
struct Part {
    blocks: usize,
    /// The first output channel.
    first: usize,
    /// Real channels of a block.
    lanes: usize,
}

fn signed(steps: [usize; RANK]) -> [isize; RANK] {
    steps.map(usize::cast_signed)
}

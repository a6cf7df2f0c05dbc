//! The twin that convolution and transposed convolution share: they differ only in which input row
//! meets which output row, and how the one is added to the other.

use crate::weights::{BLOCK, Packing};
use crate::{Activation, Data, WeightKind};

/// A convolution with its operands.
pub(crate) struct Twin<'a> {
    pub(crate) packing: Packing,
    pub(crate) batch: usize,
    /// Input extent in depth, height, width.
    pub(crate) in_size: [usize; 3],
    /// Output extent.
    pub(crate) out_size: [usize; 3],
    /// Kernel extent.
    pub(crate) kernel: [usize; 3],
    pub(crate) activation: Activation,
    pub(crate) x: &'a [f32],
    pub(crate) kind: WeightKind,
    pub(crate) weights: Data<'a>,
    /// Scales, biases, and the scales and offsets of rows.
    pub(crate) table: &'a [f32],
    /// Added before the activation, in the shape of the output; may be empty.
    pub(crate) residual: &'a [f32],
}

impl Twin<'_> {
    /// Computes `write` row by row, eight output channels at a time.
    ///
    /// `source(axis, output, tap)` is the input coordinate that a tap pairs with an output
    /// coordinate, if there is one. `add_row(row, w, sums, real)` adds an input row under `[kW][8]`
    /// weights to the `real` first of eight rows of sums.
    pub(crate) fn run(
        &self,
        source: impl Fn(usize, usize, usize) -> Option<usize>,
        add_row: impl Fn(&[f32], &[f32], &mut [f32], usize),
        write: &mut [f32],
    ) {
        let packing = self.packing;
        let ([in_d, in_h, in_w], [out_d, out_h, out_w]) = (self.in_size, self.out_size);
        let [kernel_d, kernel_h, kernel_w] = self.kernel;
        let mut sums = vec![0.0; BLOCK * out_w];
        for block in 0..packing.blocks() {
            let (group, first, real) = packing.channels(block);
            let w = packing.block(self.kind, self.weights, self.table, block);
            for row in 0..self.batch * out_d * out_h {
                let (n, z, y) = (row / out_h / out_d, row / out_h % out_d, row % out_h);
                sums.fill(0.0);
                for c in 0..packing.inputs {
                    let channel = (n * packing.groups + group) * packing.inputs + c;
                    for kz in 0..kernel_d {
                        let Some(in_z) = source(0, z, kz) else { continue };
                        for ky in 0..kernel_h {
                            let Some(in_y) = source(1, y, ky) else { continue };
                            let line = &self.x[((channel * in_d + in_z) * in_h + in_y) * in_w..][..in_w];
                            let tap = (c * kernel_d + kz) * kernel_h + ky;
                            add_row(line, &w[tap * kernel_w * BLOCK..][..kernel_w * BLOCK], &mut sums, real);
                        }
                    }
                }
                for (lane, sums) in sums.chunks_exact_mut(out_w).take(real).enumerate() {
                    let channel = (n * packing.groups + group) * packing.outputs + first + lane;
                    let start = ((channel * out_d + z) * out_h + y) * out_w;
                    self.finish(block * BLOCK + lane, sums, start);
                    write[start..start + out_w].copy_from_slice(sums);
                }
            }
        }
    }

    /// Scales and shifts the sums of a packed channel, adds the residual, and activates.
    fn finish(&self, channel: usize, sums: &mut [f32], start: usize) {
        let (scale, bias) = (self.table[channel], self.table[self.packing.blocks() * BLOCK + channel]);
        sums.iter_mut().for_each(|v| *v = *v * scale + bias);
        if !self.residual.is_empty() {
            sums.iter_mut().zip(&self.residual[start..]).for_each(|(v, r)| *v += r);
        }
        self.activation.apply(sums);
    }
}

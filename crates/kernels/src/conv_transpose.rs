//! Transposed convolution in one, two or three dimensions; its shader is `shaders/conv_transpose.wgsl`.

use crate::grid::{fold, is_small, word, words, workgroups};
use crate::twin::Twin;
use crate::weights::{BLOCK, Packed, Packing};
use crate::{
    Activation, Arrangement, Binding, Data, Elements, Kernel, KernelError, Key, Step, WeightKind, Weights, check,
};

const NAME: &str = "conv_transpose";

/// Output columns of one thread, `stride` apart, so that all four see the same taps.
const COLUMNS: usize = 4;

/// y = act(scale\[o\] * sum over c, p, k with stride * p + dilation * k - pad = q of w\[c, o, k\] * x\[c, p\] + bias\[o\]) at q.
///
/// x is \[batch, in_channels, D, H, W\]; sizes are in the order depth, height, width. One and two
/// dimensions are the cases of depth (and height) one. Reads: x, w and scale_bias
/// ([`ConvTranspose::pack`]).
#[derive(Clone, Debug)]
pub struct ConvTranspose {
    /// Independent inputs.
    pub batch: usize,
    /// Input channels of all groups.
    pub in_channels: usize,
    /// Output channels of all groups.
    pub out_channels: usize,
    /// Groups that see only their own channels.
    pub groups: usize,
    /// Input extent, voxels.
    pub in_size: [usize; 3],
    /// Kernel extent, taps.
    pub kernel: [usize; 3],
    /// Output voxels between neighbouring inputs.
    pub stride: [usize; 3],
    /// Output voxels between neighbouring taps.
    pub dilation: [usize; 3],
    /// Output voxels cut off before the first.
    pub pad_begin: [usize; 3],
    /// Output voxels cut off after the last.
    pub pad_end: [usize; 3],
    /// Output voxels appended after the last.
    pub output_padding: [usize; 3],
    /// Type of the packed weights.
    pub weights: WeightKind,
    /// The last step.
    pub activation: Activation,
}

/// Variants by width of a workgroup and by weights. The activation is a uniform: one branch for 32 results.
const VARIANTS: [[&[&str]; WeightKind::COUNT]; 2] = [
    [&["INT8"], &[], &["F16"], &["INT8", "SCALED"], &["INT4", "SCALED"]],
    [&["SMALL", "INT8"], &["SMALL"], &["SMALL", "F16"], &["SMALL", "INT8", "SCALED"], &["SMALL", "INT4", "SCALED"]],
];

/// Every pipeline this kernel may ask for.
pub(crate) fn keys() -> Vec<Key> {
    VARIANTS.iter().flatten().map(|&defines| Key { shader: NAME, defines }).collect()
}

impl ConvTranspose {
    /// Output extent, voxels: stride * (in - 1) + output_padding + dilation * (kernel - 1) + 1 - pads.
    #[must_use]
    pub fn out_size(&self) -> [usize; 3] {
        std::array::from_fn(|i| {
            let full = self.stride[i] * self.in_size[i].saturating_sub(1)
                + self.output_padding[i]
                + self.dilation[i] * self.kernel[i].saturating_sub(1)
                + 1;
            full.saturating_sub(self.pad_begin[i] + self.pad_end[i])
        })
    }

    /// Shape of y: \[batch, out_channels, D, H, W\].
    #[must_use]
    pub fn out_shape(&self) -> [usize; 5] {
        let [d, h, w] = self.out_size();
        [self.batch, self.out_channels, d, h, w]
    }

    /// Packs weights in ONNX order \[in_channels, out_channels / groups, kD, kH, kW\] in the narrowest kind that
    /// holds them exactly, which becomes the kernel's. Gives the operands `w` and `scale_bias`; `bias` has
    /// one value for each output channel.
    ///
    /// # Errors
    /// A sentence if the number of weights or biases does not fit the shapes.
    pub fn pack(&mut self, weights: &Weights<'_>, bias: Option<&[f32]>) -> Result<[Elements; 2], KernelError> {
        let Packed { kind, weights, table } = self.packing().pack(NAME, weights, bias, self.onnx_order())?;
        self.weights = kind;
        Ok([weights, Elements::F32(table)])
    }

    /// How weights in ONNX order, and biases, are packed at run time; the kernel's weights are then
    /// [`WeightKind::F32`].
    #[must_use]
    pub fn arrangement(&self) -> Arrangement {
        let Packing { outputs, inputs, taps, .. } = self.packing();
        self.packing().arrangement([inputs * outputs * taps, taps, outputs * taps, 1])
    }

    fn packing(&self) -> Packing {
        let groups = self.groups.max(1);
        Packing {
            groups,
            outputs: self.out_channels / groups,
            inputs: self.in_channels / groups,
            taps: self.kernel.iter().product(),
        }
    }

    fn onnx_order(&self) -> impl Fn(usize, usize, usize, usize) -> usize + use<> {
        let Packing { outputs, inputs, taps, .. } = self.packing();
        move |group, output, input, tap| ((group * inputs + input) * outputs + output) * taps + tap
    }

    /// Output voxels of one phase (q mod stride) along each axis, at most.
    fn cells(&self) -> [usize; 3] {
        let out = self.out_size();
        std::array::from_fn(|i| out[i].div_ceil(self.stride[i]))
    }

    /// Threads of one phase and one block of channels.
    fn threads(&self) -> usize {
        let [planes, rows, columns] = self.cells();
        self.batch * planes * rows * columns.div_ceil(COLUMNS)
    }

    /// Every how many taps one meets an input voxel again: stride / gcd(stride, dilation).
    fn tap_step(&self) -> [usize; 3] {
        std::array::from_fn(|i| self.stride[i] / gcd(self.stride[i], self.dilation[i]))
    }
}

/// Greatest common divisor.
fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

impl Kernel for ConvTranspose {
    fn check(&self) -> Result<(), KernelError> {
        let groups = self.groups;
        check::require(
            NAME,
            groups > 0 && self.in_channels.is_multiple_of(groups) && self.out_channels.is_multiple_of(groups),
            || {
                format!(
                    "{} input and {} output channels do not divide into {groups} groups",
                    self.in_channels, self.out_channels
                )
            },
        )?;
        let positive = self.kernel.iter().chain(&self.stride).chain(&self.dilation).all(|&size| size > 0);
        check::require(NAME, positive, || {
            format!(
                "kernel {:?}, stride {:?} and dilation {:?} must be positive",
                self.kernel, self.stride, self.dilation
            )
        })?;
        check::width(NAME, self.kernel[2])?;
        check::sizes(NAME, &self.layout())
    }

    fn key(&self) -> Key {
        let small = usize::from(is_small(self.threads()));
        Key { shader: NAME, defines: VARIANTS[small][self.weights.index()] }
    }

    fn layout(&self) -> Vec<Binding> {
        let [d, h, w] = self.in_size;
        let packing = self.packing();
        let shape = packing.shape(self.weights).to_vec();
        vec![
            Binding::f32("x", &[self.batch, self.in_channels, d, h, w]).or_half(),
            Binding::of("w", self.weights.element(), &shape),
            Binding::f32("scale_bias", &packing.table_shape(self.weights)),
            Binding::f32("y", &self.out_shape()).or_half(),
        ]
    }

    fn step(&self) -> Step {
        let packing = self.packing();
        let out = self.out_size();
        let [planes, rows, columns] = self.cells();
        let phases: usize = self.stride.iter().product();
        let xyz = |[z, y, x]: [usize; 3], last: usize| words([x, y, z, last]);
        let params = [
            xyz(self.in_size, packing.inputs),
            xyz(out, packing.outputs),
            xyz(self.kernel, packing.taps),
            xyz(self.stride, packing.groups),
            xyz(self.dilation, packing.group_blocks()),
            xyz(self.pad_begin, columns.div_ceil(COLUMNS)),
            xyz(self.tap_step(), rows),
            packing.row_params(self.weights),
            [word(self.threads()), word(packing.blocks()), self.activation.alpha(), word(planes)],
            [word(self.activation.index()), 0, 0, 0],
        ];
        Step { params: params.concat(), workgroups: fold(packing.blocks() * phases * workgroups(self.threads())) }
    }

    fn cpu(&self, reads: &[Data<'_>], write: &mut [f32]) {
        let twin = Twin {
            packing: self.packing(),
            batch: self.batch,
            in_size: self.in_size,
            out_size: self.out_size(),
            kernel: self.kernel,
            activation: self.activation,
            x: reads[0].f32(),
            kind: self.weights,
            weights: reads[1],
            table: reads[2].f32(),
            residual: &[],
        };
        let source = |axis, output, tap| self.source(axis, output, tap);
        twin.run(source, |row, w, sums, real| self.add_row(row, w, sums, real), write);
    }

    fn work(&self) -> u64 {
        let packing = self.packing();
        let voxels: usize = self.batch * self.in_size.iter().product::<usize>();
        voxels as u64 * (packing.groups * packing.inputs * packing.outputs * packing.taps) as u64
    }
}

impl ConvTranspose {
    /// The input coordinate that reaches an output through a tap, if there is one.
    fn source(&self, axis: usize, output: usize, tap: usize) -> Option<usize> {
        (output + self.pad_begin[axis])
            .checked_sub(tap * self.dilation[axis])
            .filter(|reach| reach.is_multiple_of(self.stride[axis]))
            .map(|reach| reach / self.stride[axis])
            .filter(|&coordinate| coordinate < self.in_size[axis])
    }

    /// Adds one input row under `[kW][8]` weights to the `real` first of eight rows of sums.
    fn add_row(&self, row: &[f32], w: &[f32], sums: &mut [f32], real: usize) {
        let (stride, pad) = (self.stride[2], self.pad_begin[2]);
        let out_w = sums.len() / BLOCK;
        for (kx, w) in w.chunks_exact(BLOCK).enumerate() {
            // Input `i` reaches output i * stride + shift - pad; `low..high` reach one inside the row.
            let shift = kx * self.dilation[2];
            let low = pad.saturating_sub(shift).div_ceil(stride);
            let high = (out_w + pad).saturating_sub(shift).div_ceil(stride).min(row.len());
            if low >= high {
                continue;
            }
            let start = low * stride + shift - pad;
            for (sums, &w) in sums.chunks_exact_mut(out_w).take(real).zip(w) {
                for (sum, v) in sums[start..].iter_mut().step_by(stride).zip(&row[low..high]) {
                    *sum += w * v;
                }
            }
        }
    }
}

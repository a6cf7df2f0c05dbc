//! Convolution in one, two or three dimensions; its shader is `shaders/conv.wgsl`.

use crate::grid::{fold, is_small, word, words, workgroups};
use crate::twin::Twin;
use crate::weights::{BLOCK, Packed, Packing};
use crate::{
    Activation, Arrangement, Binding, Data, Elements, Kernel, KernelError, Key, Step, WeightKind, Weights, check,
};

const NAME: &str = "conv";

/// Consecutive output columns of one thread.
const COLUMNS: usize = 4;

/// y = act(scale\[o\] * sum over c, k of w\[o, c, k\] * x\[c, stride * p + dilation * k - pad\] + bias\[o\] + residual).
///
/// x is \[batch, in_channels, D, H, W\]; sizes are in the order depth, height, width. One and two
/// dimensions are the cases of depth (and height) one. Reads: x, w and scale_bias
/// ([`Conv::pack`]) and, if asked for, residual in the shape of y.
#[derive(Clone, Debug)]
pub struct Conv {
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
    /// Input voxels between neighbouring outputs.
    pub stride: [usize; 3],
    /// Input voxels between neighbouring taps.
    pub dilation: [usize; 3],
    /// Zeros before the first voxel.
    pub pad_begin: [usize; 3],
    /// Zeros after the last voxel.
    pub pad_end: [usize; 3],
    /// Type of the packed weights.
    pub weights: WeightKind,
    /// Whether a tensor of the shape of y is added before the activation.
    pub residual: bool,
    /// The last step.
    pub activation: Activation,
}

/// How a thread walks its row of input.
#[derive(Clone, Copy)]
enum Walk {
    /// Any stride, dilation and kernel width: one load for each tap and column.
    Any,
    /// Stride and dilation one along the row and three taps: six loads feed twelve products.
    Width3,
}

/// The variants of a way to walk, by weights and residual.
macro_rules! with_weights {
    ($($walk:literal),*) => {
        [
            &[$($walk,)* "INT8"],
            &[$($walk,)* "INT8", "RESIDUAL"],
            &[$($walk),*],
            &[$($walk,)* "RESIDUAL"],
            &[$($walk,)* "F16"],
            &[$($walk,)* "F16", "RESIDUAL"],
            &[$($walk,)* "INT8", "SCALED"],
            &[$($walk,)* "INT8", "SCALED", "RESIDUAL"],
            &[$($walk,)* "INT4", "SCALED"],
            &[$($walk,)* "INT4", "SCALED", "RESIDUAL"],
        ]
    };
}

/// Variants by width of a workgroup and walk, and by weights and residual. The activation is a uniform: one branch for 32 results.
const VARIANTS: [[&[&str]; 2 * WeightKind::COUNT]; 4] =
    [with_weights!(), with_weights!("WIDTH3"), with_weights!("SMALL"), with_weights!("SMALL", "WIDTH3")];

/// Every pipeline this kernel may ask for.
pub(crate) fn keys() -> Vec<Key> {
    VARIANTS.iter().flatten().map(|&defines| Key { shader: NAME, defines }).collect()
}

impl Conv {
    /// Output extent, voxels: (in + pads - dilation * (kernel - 1) - 1) / stride + 1.
    #[must_use]
    pub fn out_size(&self) -> [usize; 3] {
        std::array::from_fn(|i| {
            let padded = self.in_size[i] + self.pad_begin[i] + self.pad_end[i];
            padded.checked_sub(self.extent(i)).map_or(0, |room| room / self.stride[i].max(1) + 1)
        })
    }

    /// Shape of y: \[batch, out_channels, D, H, W\].
    #[must_use]
    pub fn out_shape(&self) -> [usize; 5] {
        let [d, h, w] = self.out_size();
        [self.batch, self.out_channels, d, h, w]
    }

    /// Packs weights in ONNX order \[out_channels, in_channels / groups, kD, kH, kW\] in the narrowest kind that
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
        self.packing().arrangement([outputs * inputs * taps, inputs * taps, taps, 1])
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
        move |group, output, input, tap| ((group * outputs + output) * inputs + input) * taps + tap
    }

    /// Input voxels under the kernel along one axis.
    fn extent(&self, axis: usize) -> usize {
        self.dilation[axis] * (self.kernel[axis].max(1) - 1) + 1
    }

    /// Whether each output sees exactly the input voxel of its own position.
    fn is_pointwise(&self) -> bool {
        self.kernel == [1; 3] && self.stride == [1; 3] && self.pad_begin == [0; 3] && self.pad_end == [0; 3]
    }

    fn walk(&self) -> Walk {
        match (self.kernel[2], self.stride[2], self.dilation[2]) {
            (3, 1, 1) => Walk::Width3,
            _ => Walk::Any,
        }
    }

    /// Threads of one block of channels.
    fn threads(&self) -> usize {
        let (_, [d, h, w]) = self.rows();
        self.batch * d * h * w.div_ceil(COLUMNS)
    }

    /// Input and output extent as the shader sees them: a pointwise convolution's voxels are one long row.
    fn rows(&self) -> ([usize; 3], [usize; 3]) {
        if self.is_pointwise() {
            let row = [1, 1, self.in_size.iter().product()];
            (row, row)
        } else {
            (self.in_size, self.out_size())
        }
    }
}

impl Kernel for Conv {
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
        check::require(NAME, self.out_size().iter().all(|&size| size > 0), || {
            format!("an input of {:?} voxels is smaller than the kernel of {:?}", self.in_size, self.kernel)
        })?;
        check::width(NAME, self.kernel[2])?;
        check::sizes(NAME, &self.layout())
    }

    fn key(&self) -> Key {
        let weights = 2 * self.weights.index() + usize::from(self.residual);
        let small = usize::from(is_small(self.threads()));
        Key { shader: NAME, defines: VARIANTS[2 * small + self.walk() as usize][weights] }
    }

    fn layout(&self) -> Vec<Binding> {
        let [d, h, w] = self.in_size;
        let packing = self.packing();
        let shape = packing.shape(self.weights).to_vec();
        let mut layout = vec![
            Binding::f32("x", &[self.batch, self.in_channels, d, h, w]).or_half(),
            Binding::of("w", self.weights.element(), &shape),
            Binding::f32("scale_bias", &packing.table_shape(self.weights)),
        ];
        if self.residual {
            layout.push(Binding::f32("residual", &self.out_shape()).or_half());
        }
        layout.push(Binding::f32("y", &self.out_shape()).or_half());
        layout
    }

    fn step(&self) -> Step {
        let packing = self.packing();
        let ([in_d, in_h, in_w], [out_d, out_h, out_w]) = self.rows();
        let xyz = |[z, y, x]: [usize; 3], last: usize| words([x, y, z, last]);
        let params = [
            xyz([in_d, in_h, in_w], packing.inputs),
            xyz([out_d, out_h, out_w], packing.outputs),
            xyz(self.kernel, packing.taps),
            xyz(self.stride, packing.groups),
            xyz(self.dilation, packing.group_blocks()),
            xyz(self.pad_begin, out_w.div_ceil(COLUMNS)),
            packing.row_params(self.weights),
            [word(self.threads()), word(packing.blocks()), self.activation.alpha(), word(self.activation.index())],
        ];
        Step { params: params.concat(), workgroups: fold(packing.blocks() * workgroups(self.threads())) }
    }

    fn cpu(&self, reads: &[Data<'_>], write: &mut [f32]) {
        let (in_size, out_size) = self.rows();
        let residual = if self.residual { reads[3].f32() } else { &[] };
        let twin = Twin {
            packing: self.packing(),
            batch: self.batch,
            in_size,
            out_size,
            kernel: self.kernel,
            activation: self.activation,
            x: reads[0].f32(),
            kind: self.weights,
            weights: reads[1],
            table: reads[2].f32(),
            residual,
        };
        let source = |axis, output, tap| self.source(axis, output, tap);
        twin.run(source, |row, w, sums, real| self.add_row(row, w, sums, real), write);
    }

    fn work(&self) -> u64 {
        let packing = self.packing();
        let outputs: usize = self.out_shape().iter().product();
        outputs as u64 * (packing.inputs * packing.taps) as u64
    }
}

impl Conv {
    /// The input coordinate under a tap, unless it lies in the padding.
    fn source(&self, axis: usize, output: usize, tap: usize) -> Option<usize> {
        (output * self.stride[axis] + tap * self.dilation[axis])
            .checked_sub(self.pad_begin[axis])
            .filter(|&coordinate| coordinate < self.in_size[axis])
    }

    /// Adds one input row under `[kW][8]` weights to the `real` first of eight rows of sums.
    fn add_row(&self, row: &[f32], w: &[f32], sums: &mut [f32], real: usize) {
        let (stride, pad) = (self.stride[2], self.pad_begin[2]);
        let out_w = sums.len() / BLOCK;
        for (kx, w) in w.chunks_exact(BLOCK).enumerate() {
            // Outputs `low..high` see a voxel of the row under this tap: 0 <= x * stride + shift - pad < len.
            let shift = kx * self.dilation[2];
            let low = pad.saturating_sub(shift).div_ceil(stride);
            let high = (row.len() + pad).saturating_sub(shift).div_ceil(stride).min(out_w);
            if low >= high {
                continue;
            }
            let row = &row[low * stride + shift - pad..];
            for (sums, &w) in sums.chunks_exact_mut(out_w).take(real).zip(w) {
                let sums = &mut sums[low..high];
                if stride == 1 {
                    sums.iter_mut().zip(row).for_each(|(sum, v)| *sum += w * v);
                } else {
                    sums.iter_mut().zip(row.iter().step_by(stride)).for_each(|(sum, v)| *sum += w * v);
                }
            }
        }
    }
}

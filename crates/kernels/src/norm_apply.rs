//! Second half of a normalisation: scale, shift, modulation; its shader is `shaders/norm_apply.wgsl`.

use crate::activation::with_activations;
use crate::grid::{ELEMENTS, fold, word};
use crate::{Activation, Binding, Data, Kernel, KernelError, Key, Step, check};

const NAME: &str = "norm_apply";

/// y = act(x * scale\[c\] + shift\[c\]), or act(gamma * (x * scale\[c\] + shift\[c\]) + beta) when modulated.
///
/// Modulation by a gamma and a beta for each voxel is region-adaptive normalisation (SPADE: Park et
/// al., CVPR 2019). Reads: x \[batch, channels, spatial\], scale_shift \[batch or 1, channels, 2\] from
/// `norm_combine` or from stored statistics, and gamma and beta in the shape of x if modulated.
#[derive(Clone, Debug)]
pub struct NormApply {
    /// Instances.
    pub batch: usize,
    /// Channels.
    pub channels: usize,
    /// Voxels of one channel.
    pub spatial: usize,
    /// Whether each instance has its own scale and shift.
    pub per_batch: bool,
    /// Whether a gamma and a beta for each voxel follow.
    pub modulated: bool,
    /// The last step.
    pub activation: Activation,
}

/// Variants by modulation, then by activation.
const VARIANTS: [[&[&str]; Activation::COUNT]; 2] = [with_activations!(), with_activations!("MODULATED")];

/// Every pipeline this kernel may ask for.
pub(crate) fn keys() -> Vec<Key> {
    VARIANTS.iter().flatten().map(|&defines| Key { shader: NAME, defines }).collect()
}

impl Kernel for NormApply {
    fn check(&self) -> Result<(), KernelError> {
        check::sizes(NAME, &self.layout())
    }

    fn key(&self) -> Key {
        Key { shader: NAME, defines: VARIANTS[usize::from(self.modulated)][self.activation.index()] }
    }

    fn layout(&self) -> Vec<Binding> {
        let shape = [self.batch, self.channels, self.spatial];
        let tables = if self.per_batch { self.batch } else { 1 };
        let mut layout =
            vec![Binding::f32("x", &shape).or_half(), Binding::f32("scale_shift", &[tables, self.channels, 2])];
        if self.modulated {
            layout.push(Binding::f32("gamma", &shape).or_half());
            layout.push(Binding::f32("beta", &shape).or_half());
        }
        layout.push(Binding::f32("y", &shape).or_half());
        layout
    }

    fn step(&self) -> Step {
        let rows = self.batch * self.channels;
        let chunks = self.spatial.div_ceil(ELEMENTS);
        let tables = if self.per_batch { rows } else { self.channels };
        let params = vec![word(rows), word(self.spatial), word(chunks), word(tables), self.activation.alpha()];
        Step { params, workgroups: fold(rows * chunks) }
    }

    fn cpu(&self, reads: &[Data<'_>], write: &mut [f32]) {
        let (x, table) = (reads[0].f32(), reads[1].f32());
        let pairs = table.chunks_exact(2).cycle();
        let rows = x.chunks_exact(self.spatial).zip(write.chunks_exact_mut(self.spatial));
        for (row, ((x, y), pair)) in rows.zip(pairs).enumerate() {
            let (scale, shift) = (pair[0], pair[1]);
            y.iter_mut().zip(x).for_each(|(y, x)| *y = x * scale + shift);
            if self.modulated {
                let voxels = row * self.spatial..(row + 1) * self.spatial;
                let modulation = reads[2].f32()[voxels.clone()].iter().zip(&reads[3].f32()[voxels]);
                y.iter_mut().zip(modulation).for_each(|(y, (gamma, beta))| *y = gamma * *y + beta);
            }
            self.activation.apply(y);
        }
    }

    fn work(&self) -> u64 {
        (self.batch * self.channels * self.spatial) as u64
    }
}

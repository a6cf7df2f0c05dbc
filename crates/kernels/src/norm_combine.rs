//! Joins the partials of `norm_stats` into a scale and a shift; its shader is `shaders/norm_combine.wgsl`.

use crate::grid::{fold, word};
use crate::{Binding, Data, Kernel, KernelError, Key, Step, check};

const NAME: &str = "norm_combine";

/// scale = gamma / sqrt(variance + epsilon), shift = beta - mean * scale, for each instance and channel.
///
/// Mean and (population) variance are those of the channel's group. Instance normalisation is the
/// case of as many groups as channels. Reads: partials \[batch * groups, partials, 3\], gamma and beta
/// \[channels\]. Writes \[batch, channels, 2\].
#[derive(Clone, Debug)]
pub struct NormCombine {
    /// Instances.
    pub batch: usize,
    /// Channels of all groups.
    pub channels: usize,
    /// Groups normalised together.
    pub groups: usize,
    /// Triples of each row: [`crate::norm_stats::NormStats::partials`].
    pub partials: usize,
    /// Added to the variance.
    pub epsilon: f32,
}

/// Every pipeline this kernel may ask for.
pub(crate) fn keys() -> Vec<Key> {
    vec![Key { shader: NAME, defines: &[] }]
}

impl Kernel for NormCombine {
    fn check(&self) -> Result<(), KernelError> {
        check::require(NAME, self.groups > 0 && self.channels.is_multiple_of(self.groups), || {
            format!("{} channels do not divide into {} groups", self.channels, self.groups)
        })?;
        check::sizes(NAME, &self.layout())
    }

    fn key(&self) -> Key {
        Key { shader: NAME, defines: &[] }
    }

    fn layout(&self) -> Vec<Binding> {
        vec![
            Binding::f32("partials", &[self.batch * self.groups, self.partials, 3]),
            Binding::f32("gamma", &[self.channels]),
            Binding::f32("beta", &[self.channels]),
            Binding::f32("scale_shift", &[self.batch, self.channels, 2]),
        ]
    }

    fn step(&self) -> Step {
        let rows = self.batch * self.groups;
        let params = vec![
            word(rows),
            word(self.groups),
            word(self.channels / self.groups),
            word(self.partials),
            self.epsilon.to_bits(),
        ];
        Step { params, workgroups: fold(rows) }
    }

    fn cpu(&self, reads: &[Data<'_>], write: &mut [f32]) {
        let (gamma, beta) = (reads[1].f32(), reads[2].f32());
        let members = self.channels / self.groups;
        let rows = reads[0].f32().chunks_exact(3 * self.partials).zip(write.chunks_exact_mut(2 * members));
        for (row, (triples, write)) in rows.enumerate() {
            let (mut count, mut mean, mut spread) = (0.0, 0.0, 0.0);
            for triple in triples.chunks_exact(3) {
                let [n, m, s] = [triple[0], triple[1], triple[2]].map(f64::from);
                let delta = m - mean;
                let total = count + n;
                mean += delta * n / total;
                spread += s + delta * delta * count * n / total;
                count = total;
            }
            let rstd = 1.0 / (spread / count + f64::from(self.epsilon)).sqrt();
            let first = row % self.groups * members;
            for (channel, pair) in (first..).zip(write.chunks_exact_mut(2)) {
                let scale = f64::from(gamma[channel]) * rstd;
                pair[0] = scale as f32;
                pair[1] = (f64::from(beta[channel]) - mean * scale) as f32;
            }
        }
    }

    fn work(&self) -> u64 {
        (self.batch * (self.groups * self.partials + self.channels)) as u64
    }
}

//! Rotary position embedding; its shader is `shaders/rotary.wgsl`.

use crate::grid::{ELEMENTS, fold, word};
use crate::{Binding, Data, Kernel, KernelError, Key, Step, check};

const NAME: &str = "rotary";

/// Pairs of channels (a, b) become (a cos - b sin, a sin + b cos) (ONNX `RotaryEmbedding`; Su et al. 2021).
///
/// Reads: x, the cosines and the sines \[batch, tokens, turned / 2\].
#[derive(Clone, Debug)]
pub struct Rotary {
    /// Instances.
    pub batch: usize,
    /// Heads.
    pub heads: usize,
    /// Positions.
    pub tokens: usize,
    /// Channels of a head.
    pub width: usize,
    /// Channels that are turned, an even number; the others pass through.
    pub turned: usize,
    /// Whether x is \[batch, tokens, heads, width\], else \[batch, heads, tokens, width\].
    pub packed: bool,
    /// Whether pairs are neighbours, else half of `turned` apart.
    pub interleaved: bool,
}

/// Every pipeline this kernel may ask for.
pub(crate) fn keys() -> Vec<Key> {
    vec![Key { shader: NAME, defines: &[] }]
}

impl Rotary {
    fn elements(&self) -> usize {
        self.batch * self.heads * self.tokens * self.width
    }
}

impl Kernel for Rotary {
    fn check(&self) -> Result<(), KernelError> {
        check::require(NAME, self.turned.is_multiple_of(2) && self.turned <= self.width, || {
            format!("{} turned channels of {}", self.turned, self.width)
        })?;
        check::sizes(NAME, &self.layout())
    }

    fn key(&self) -> Key {
        Key { shader: NAME, defines: &[] }
    }

    fn layout(&self) -> Vec<Binding> {
        let [outer, inner] = if self.packed { [self.tokens, self.heads] } else { [self.heads, self.tokens] };
        let shape = [self.batch, outer, inner, self.width];
        let angles = [self.batch, self.tokens, self.turned / 2];
        vec![
            Binding::f32("x", &shape).or_half(),
            Binding::f32("cosines", &angles),
            Binding::f32("sines", &angles),
            Binding::f32("y", &shape).or_half(),
        ]
    }

    fn step(&self) -> Step {
        let sizes = [self.elements(), self.heads, self.tokens, self.width, self.turned];
        let mut params: Vec<u32> = sizes.into_iter().map(word).collect();
        params.extend([u32::from(self.packed), u32::from(self.interleaved)]);
        Step { params, workgroups: fold(self.elements().div_ceil(ELEMENTS)) }
    }

    fn cpu(&self, reads: &[Data<'_>], write: &mut [f32]) {
        let (x, cosines, sines) = (reads[0].f32(), reads[1].f32(), reads[2].f32());
        write.copy_from_slice(x);
        let half = self.turned / 2;
        for (row, (x, y)) in x.chunks_exact(self.width).zip(write.chunks_exact_mut(self.width)).enumerate() {
            let token = if self.packed { row / self.heads } else { row } % self.tokens;
            let angles = (row / (self.heads * self.tokens) * self.tokens + token) * half;
            for pair in 0..half {
                let (a, b) = if self.interleaved { (2 * pair, 2 * pair + 1) } else { (pair, pair + half) };
                let (cos, sin) = (cosines[angles + pair], sines[angles + pair]);
                y[a] = x[a] * cos - x[b] * sin;
                y[b] = x[a] * sin + x[b] * cos;
            }
        }
    }

    fn work(&self) -> u64 {
        2 * self.elements() as u64
    }
}

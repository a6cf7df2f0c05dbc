//! Scaled dot-product attention; its shader is `shaders/attention.wgsl`.

use crate::grid::{THREADS, fold, word};
use crate::{Binding, Data, Kernel, KernelError, Key, Step, check};

const NAME: &str = "attention";

/// Threads that share eight queries, with the defines that say so in the shader.
const LANES: [(usize, &[&str]); 3] = [(8, &["LANES_8"]), (16, &["LANES_16"]), (32, &[])];

/// y = softmax(scale * q k^T) v in one pass over the keys, the scores never stored.
///
/// Self-attention has as many keys as queries, cross-attention any number. The running maximum and
/// sum are those of Milakov and Gimelshein, "Online normalizer calculation for softmax" (2018).
/// Reads: q \[batch, heads, queries, head_dim\], k \[batch, heads, keys, head_dim\],
/// v \[batch, heads, keys, value_dim\]. Writes \[batch, heads, queries, value_dim\].
#[derive(Clone, Debug)]
pub struct Attention {
    /// Independent inputs.
    pub batch: usize,
    /// Heads.
    pub heads: usize,
    /// Query tokens.
    pub queries: usize,
    /// Key and value tokens.
    pub keys: usize,
    /// Width of a query and a key.
    pub head_dim: usize,
    /// Width of a value.
    pub value_dim: usize,
    /// Factor of the scores, usually 1 / sqrt(head_dim).
    pub scale: f32,
}

/// Every pipeline this kernel may ask for.
pub(crate) fn keys() -> Vec<Key> {
    LANES.iter().map(|&(_, defines)| Key { shader: NAME, defines }).collect()
}

impl Attention {
    /// The fewest lanes of four columns each that hold all of v, unless there are fewer queries than so few lanes leave
    /// room for: then more.
    fn lanes(&self) -> (usize, &'static [&'static str]) {
        let fits = |lanes: usize| 4 * lanes >= self.value_dim && queries_of(lanes) <= self.queries;
        LANES.into_iter().find(|&(lanes, _)| fits(lanes)).unwrap_or(LANES[2])
    }
}

/// Queries of a workgroup whose threads share eight among so many lanes.
fn queries_of(lanes: usize) -> usize {
    8 * THREADS / lanes
}

impl Kernel for Attention {
    fn check(&self) -> Result<(), KernelError> {
        check::sizes(NAME, &self.layout())
    }

    fn key(&self) -> Key {
        Key { shader: NAME, defines: self.lanes().1 }
    }

    fn layout(&self) -> Vec<Binding> {
        let shape = |tokens, width| [self.batch, self.heads, tokens, width];
        vec![
            Binding::f32("q", &shape(self.queries, self.head_dim)).or_half(),
            Binding::f32("k", &shape(self.keys, self.head_dim)).or_half(),
            Binding::f32("v", &shape(self.keys, self.value_dim)).or_half(),
            Binding::f32("y", &shape(self.queries, self.value_dim)).or_half(),
        ]
    }

    fn step(&self) -> Step {
        let maps = self.batch * self.heads;
        let (lanes, _) = self.lanes();
        let query_blocks = self.queries.div_ceil(queries_of(lanes));
        let value_blocks = self.value_dim.div_ceil(4 * lanes);
        let params = vec![
            word(maps),
            word(self.queries),
            word(self.keys),
            word(self.head_dim),
            word(self.value_dim),
            word(query_blocks),
            word(value_blocks),
            self.scale.to_bits(),
        ];
        Step { params, workgroups: fold(maps * query_blocks * value_blocks) }
    }

    fn cpu(&self, reads: &[Data<'_>], write: &mut [f32]) {
        let (q, k, v) = (reads[0].f32(), reads[1].f32(), reads[2].f32());
        let mut scores = vec![0.0; self.keys];
        let rows = q.chunks_exact(self.head_dim).zip(write.chunks_exact_mut(self.value_dim));
        for (row, (q, y)) in rows.enumerate() {
            let map = row / self.queries;
            let k = k[map * self.keys * self.head_dim..].chunks_exact(self.head_dim);
            for (score, k) in scores.iter_mut().zip(k) {
                *score = self.scale * q.iter().zip(k).map(|(q, k)| q * k).sum::<f32>();
            }
            let largest = scores.iter().fold(f32::NEG_INFINITY, |a, &b| a.max(b));
            scores.iter_mut().for_each(|score| *score = (*score - largest).exp());
            let sum: f32 = scores.iter().sum();
            y.fill(0.0);
            let v = v[map * self.keys * self.value_dim..].chunks_exact(self.value_dim);
            for (weight, v) in scores.iter().zip(v) {
                y.iter_mut().zip(v).for_each(|(y, v)| *y += weight / sum * v);
            }
        }
    }

    fn work(&self) -> u64 {
        let scores = (self.batch * self.heads * self.queries) as u64 * self.keys as u64;
        scores * (self.head_dim + self.value_dim) as u64
    }
}

//! One list of ragged cases for every kernel and variant, shared by the tests of the twins (against
//! plain definitions in float64) and of the GPU (against the twins).
//!
//! Shapes are odd on purpose: at least two groups, a batch of two, sizes that no tile divides.

pub(crate) mod diffusion;
pub(crate) mod indexing;
pub(crate) mod oddments;
pub(crate) mod pointwise;
pub(crate) mod recurrent;
pub(crate) mod reduction;
pub(crate) mod sampling;
pub(crate) mod weighted;
pub(crate) mod weights;

use darkroom_kernels::attention::Attention;
use darkroom_kernels::copy::{Copy, View};
use darkroom_kernels::norm_apply::NormApply;
use darkroom_kernels::norm_combine::NormCombine;
use darkroom_kernels::norm_stats::NormStats;
use darkroom_kernels::pad::{Pad, PadMode};
use darkroom_kernels::softmax::Softmax;
use darkroom_kernels::{Activation, Data, Elements, Kernel};

/// A kernel with contents for its reads.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) kernel: Box<dyn Kernel>,
    pub(crate) reads: Vec<Elements>,
}

impl Case {
    /// What the twin writes into a buffer of zeros.
    pub(crate) fn twin(&self) -> Elements {
        self.kernel.check().unwrap();
        let layout = self.kernel.layout();
        assert_eq!(layout.len(), self.reads.len() + 1);
        let result = layout.last().unwrap();
        let mut write = vec![0.0_f32; result.len()];
        let reads: Vec<Data<'_>> = self.reads.iter().map(Elements::data).collect();
        for (read, binding) in self.reads.iter().zip(&layout) {
            assert_eq!(read.bytes(), 4 * binding.len(), "{}", binding.name);
        }
        self.kernel.cpu(&reads, &mut write);
        Elements::of(result.element, Data::F32(&write).u32())
    }
}

/// Repeatable values, uniform in -1..1.
pub(crate) fn noise(seed: u64, len: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..len)
        .map(|_| {
            // xorshift64*
            state ^= state >> 12;
            state ^= state << 25;
            state ^= state >> 27;
            (state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 40) as f32 / 8_388_608.0 - 1.0
        })
        .collect()
}

pub(crate) const ACTIVATIONS: [Activation; 6] = [
    Activation::None,
    Activation::Relu,
    Activation::LeakyRelu(0.2),
    Activation::Sigmoid,
    Activation::Silu,
    Activation::Tanh,
];

/// A case whose reads are all float32 noise.
pub(crate) fn plain(kernel: impl Kernel + 'static) -> Case {
    let layout = kernel.layout();
    let reads = layout[..layout.len() - 1].iter().zip(1..);
    let reads = reads.map(|(binding, seed)| Elements::F32(noise(seed, binding.len()))).collect();
    Case { kernel: Box::new(kernel), reads }
}

/// Rows of one chunk, of several, and of one element, around a mean far from zero.
pub(crate) fn norm_stats() -> Vec<Case> {
    [(3, 4097 * 3), (6, 131), (5, 1)]
        .into_iter()
        .map(|(rows, len)| {
            let kernel = NormStats { rows, len };
            let x = noise(1, rows * len).into_iter().map(|v| 1000.0 + v).collect();
            Case { kernel: Box::new(kernel), reads: vec![Elements::F32(x)] }
        })
        .collect()
}

pub(crate) fn norm_combine() -> Vec<Case> {
    [(2, 6, 2, 70), (2, 5, 5, 1), (1, 130, 2, 3)]
        .into_iter()
        .map(|(batch, channels, groups, partials)| {
            let kernel = NormCombine { batch, channels, groups, partials, epsilon: 1e-5 };
            let values = noise(1, batch * groups * partials * 2);
            let triples = values.chunks_exact(2).flat_map(|v| [37.0, 20.0 + v[0], 37.0 * (1.5 + v[1])]).collect();
            let reads = vec![triples, noise(2, channels), noise(3, channels)];
            Case { kernel: Box::new(kernel), reads: reads.into_iter().map(Elements::F32).collect() }
        })
        .collect()
}

pub(crate) fn norm_applies() -> Vec<NormApply> {
    let mut all = Vec::new();
    for modulated in [false, true] {
        for (index, activation) in ACTIVATIONS.into_iter().enumerate() {
            let spatial = [1, 259, 1021][index % 3];
            all.push(NormApply { batch: 2, channels: 5, spatial, per_batch: index % 2 == 0, modulated, activation });
        }
    }
    all
}

pub(crate) fn attentions() -> Vec<Attention> {
    let plain = Attention { batch: 2, heads: 3, queries: 37, keys: 37, head_dim: 20, value_dim: 20, scale: 0.2 };
    vec![
        plain.clone(),
        // Cross-attention with more keys than a block has.
        Attention { queries: 17, keys: 131, head_dim: 70, value_dim: 67, scale: 3.0, ..plain.clone() },
        // Few lanes, and more columns than a workgroup has.
        Attention { queries: 70, keys: 45, head_dim: 33, value_dim: 30, ..plain.clone() },
        Attention { batch: 1, queries: 9, keys: 140, head_dim: 66, value_dim: 130, ..plain.clone() },
        Attention { queries: 1, keys: 1, head_dim: 1, value_dim: 5, ..plain },
    ]
}

pub(crate) fn softmaxes() -> Vec<Softmax> {
    vec![
        Softmax { outer: 3, len: 131, inner: 1 },
        Softmax { outer: 2, len: 7, inner: 5 },
        // More lines than workgroups fit in one dimension.
        Softmax { outer: 70_001, len: 2, inner: 1 },
    ]
}

pub(crate) fn copies() -> Vec<Copy> {
    let dims = [1, 2, 3, 5, 4, 7];
    let whole = View::contiguous(dims);
    let exchanged = [1, 5, 2, 7, 3, 4];
    vec![
        Copy { dims, source: whole, destination: whole },
        // The middle of a concatenation.
        Copy {
            dims,
            source: whole,
            destination: View { len: 2 * 8 * 140, offset: 2 * 140, strides: [0, 8 * 140, 140, 28, 7, 1] },
        },
        // Every second element backwards, rows expanded.
        Copy {
            dims: [1, 1, 2, 3, 4, 3],
            source: View { len: 840, offset: 834, strides: [0, 0, -420, 0, -7, -2] },
            destination: View::contiguous([1, 1, 2, 3, 4, 3]),
        },
        // Axes exchanged.
        Copy {
            dims: exchanged,
            source: View { strides: [0, 28, 420, 1, 140, 7], ..whole },
            destination: View::contiguous(exchanged),
        },
    ]
}

pub(crate) fn pads() -> Vec<Pad> {
    let mut all = Vec::new();
    for mode in [PadMode::Constant(2.5_f32.to_bits()), PadMode::Reflect, PadMode::Edge, PadMode::Wrap] {
        all.push(Pad { dims: [2, 1, 3, 3, 4, 5], begin: [0, 0, 1, 0, 3, 2], end: [0, 0, 2, 1, 0, 4], mode });
        all.push(Pad { dims: [1, 1, 1, 1, 1, 9], begin: [0, 0, 0, 0, 0, 3], end: [0; 6], mode });
    }
    all
}

/// Every case of every kernel.
pub(crate) fn all() -> Vec<Case> {
    let mut all = weighted::all();
    all.extend(norm_stats());
    all.extend(norm_combine());
    all.extend(norm_applies().into_iter().map(plain));
    all.extend(attentions().into_iter().map(plain));
    all.extend(softmaxes().into_iter().map(plain));
    all.extend(copies().into_iter().map(plain));
    all.extend(pads().into_iter().map(plain));
    all.extend(pointwise::all());
    all.extend(indexing::all());
    all.extend(reduction::all());
    all.extend(recurrent::all().into_iter().map(plain));
    all.extend(sampling::all());
    all.extend(oddments::all());
    all.extend(diffusion::all());
    all
}

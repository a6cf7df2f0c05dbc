//! Cases of the kernels of diffusion models: noise, the step of a sampler, wavelets.

use darkroom_kernels::Elements;
use darkroom_kernels::denoise::Denoise;
use darkroom_kernels::haar::Haar;
use darkroom_kernels::noise::Noise;

use super::{Case, noise, plain};

/// Lengths below a workgroup, between blocks and over several workgroups, with the words of the draw.
pub(crate) fn noises() -> Vec<Case> {
    let case =
        |len, draw: [u32; 4]| Case { kernel: Box::new(Noise { len }), reads: vec![Elements::U32(draw.to_vec())] };
    vec![case(4, [0; 4]), case(1, [7, 0, 3, 1]), case(259, [u32::MAX, 0x1234_5678, 49, 0]), case(70_001, [5, 1, 2, 3])]
}

/// Factors of every operand, a clamp that cuts and divides; then a plain step whose clamp does neither.
pub(crate) const FACTORS: [[f32; 12]; 2] = [
    [1.7, -0.6, 0.9, 1.2, 0.4, 0.8, -0.3, 0.25, 0.15, 0.5, -4.0, -1.0],
    [1.1, -0.4, f32::MAX, 1.0, 0.9, 0.2, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
];

pub(crate) fn denoises() -> Vec<(Denoise, Case)> {
    let mut all = Vec::new();
    for learned in [false, true] {
        for (len, factors) in [1, 259, 1021].into_iter().zip(FACTORS.iter().cycle()) {
            let kernel = Denoise { len, learned };
            let lens = [2 * len, len * (1 + usize::from(learned)), len, len];
            let images = lens.into_iter().zip(1..).map(|(len, seed)| Elements::F32(noise(seed, len)));
            let reads = std::iter::once(Elements::F32(factors.to_vec())).chain(images).collect();
            all.push((kernel.clone(), Case { kernel: Box::new(kernel), reads }));
        }
    }
    all
}

/// Both directions, slices and volumes, of odd sizes and of one cell.
pub(crate) fn haars() -> Vec<Haar> {
    let mut all = Vec::new();
    for volume in [false, true] {
        for inverse in [false, true] {
            all.push(Haar { batch: 2, channels: 3, dims: [5, 3, 7], volume, inverse });
            all.push(Haar { batch: 1, channels: 1, dims: [1; 3], volume, inverse });
        }
    }
    all
}

/// Every case of these kernels.
pub(crate) fn all() -> Vec<Case> {
    let mut all = noises();
    all.extend(denoises().into_iter().map(|(_, case)| case));
    all.extend(haars().into_iter().map(plain));
    all
}

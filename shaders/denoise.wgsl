// One step of a sampler: the predicted image, its clamp, and the linear combination that is the next noisy image.
//
//   factors (12): the numbers of crates/sampling/src/combine.rs, in the order of their fields
//   state (2, elements): x, and x0 of the evaluation before
//   output (1 or, with LEARNED, 2, elements): the network's, guided; then its variance's share
//   anchor (elements)   noise (elements)   y (2, elements): the next x, and x0
//   One thread computes 4 elements, 64 apart.
//
//   x0 = clamp(factors[0] x + factors[1] output, +-factors[2]) / factors[3]
//   x' = factors[4] x + factors[5] x0 + factors[6] output + factors[7] x0_before + factors[8] anchor + factors[9] spread noise
//   spread = 1, or with LEARNED exp((low + (high - low) (share + 1) / 2) / 2), low and high factors[10] and factors[11]
//
// What has no factor is not read, so that what is not a number there does no harm.
// CPU twin: crates/kernels/src/denoise.rs
#import shared/grid

struct Denoise {
    elements: u32,
}

@group(0) @binding(0) var<uniform> denoise: Denoise;
@group(0) @binding(1) var<storage, read> factors: array<f32>;
@group(0) @binding(2) var<storage, read> state: array<f32>;
@group(0) @binding(3) var<storage, read> output: array<f32>;
@group(0) @binding(4) var<storage, read> anchor: array<f32>;
@group(0) @binding(5) var<storage, read> noise: array<f32>;
@group(0) @binding(6) var<storage, read_write> y: array<f32>;

fn term(factor: f32, value: f32) -> f32 {
    return select(factor * value, 0.0, factor == 0.0);
}

@compute @workgroup_size(THREADS)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let n = denoise.elements;
    let begin = workgroup_number(id, count) * ELEMENTS;
    for (var i = begin + local; i < min(begin + ELEMENTS, n); i += THREADS) {
        let raw = term(factors[0], state[i]) + term(factors[1], output[i]);
        let x0 = clamp(raw, -factors[2], factors[2]) / factors[3];
        var spread = factors[9];
#ifdef LEARNED
        spread *= exp(0.5 * (factors[10] + (factors[11] - factors[10]) * (0.5 * output[n + i] + 0.5)));
#endif
        let image = term(factors[4], state[i]) + term(factors[5], x0);
        let kept = term(factors[6], output[i]) + term(factors[7], state[n + i]);
        y[i] = image + kept + term(factors[8], anchor[i]) + term(spread, noise[i]);
        y[n + i] = x0;
    }
}

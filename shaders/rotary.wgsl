// Rotary position embedding (Su et al. 2021): pairs of channels turned by angles that grow with the position.
//
//   x (batch, heads, tokens, width), or (batch, tokens, heads, width) if packed   y the same
//   cosines, sines (batch, tokens, turned / 2)
//   One thread computes 4 elements, 64 apart.
//
// The channels from `turned` on pass through.
// CPU twin: crates/kernels/src/rotary.rs
#import shared/grid
#import shared/stored

struct Rotary {
    elements: u32,
    heads: u32,
    tokens: u32,
    width: u32,
    turned: u32,
    packed: u32,
    interleaved: u32, // 1: pairs are neighbours, else halves apart
}

@group(0) @binding(0) var<uniform> rotary: Rotary;
@group(0) @binding(1) var<storage, read> x: array<Real1>;
@group(0) @binding(2) var<storage, read> cosines: array<f32>;
@group(0) @binding(3) var<storage, read> sines: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<Written>;

@compute @workgroup_size(THREADS)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let begin = workgroup_number(id, count) * ELEMENTS;
    for (var i = begin + local; i < min(begin + ELEMENTS, rotary.elements); i += THREADS) {
        let channel = i % rotary.width;
        if channel >= rotary.turned {
            y[i] = written(f32(x[i]));
            continue;
        }
        let row = i / rotary.width;
        let token = select(row, row / rotary.heads, rotary.packed == 1u) % rotary.tokens;
        let half = rotary.turned / 2u;
        let apart = select(half, 1u, rotary.interleaved == 1u);
        let is_first = select(channel < half, channel % 2u == 0u, rotary.interleaved == 1u);
        let pair = select(channel % half, channel / 2u, rotary.interleaved == 1u);
        let angle = (row / rotary.heads / rotary.tokens * rotary.tokens + token) * half + pair;
        let other = f32(x[select(i - apart, i + apart, is_first)]);
        y[i] = written(cosines[angle] * f32(x[i]) + select(sines[angle], -sines[angle], is_first) * other);
    }
}

// One level of the orthonormal Haar wavelet transform over the last two axes, with VOLUME three; INVERSE undoes it.
//
//   fine (batch, channels, f depth, 2 height, 2 width), f = 2 with VOLUME, else 1
//   coarse (batch, bands, channels, depth, height, width), bands = 8 with VOLUME, else 4
//   x is the fine tensor and y the coarse one; with INVERSE the other way round.
//   One thread transforms one cell: the 2 x 2 (x 2) values that share a place in the coarse tensor.
//
//   coarse[k] = 2^(-n/2) sum over s of (-1)^bits(k & s) fine[s]: bit 0 of k and s is the width, bit 1 the height, bit 2
//   the depth; band 0 is the mean. The sum is its own inverse.
// CPU twin: crates/kernels/src/haar.rs
#import shared/grid

struct Haar {
    cells: u32,
    channels: u32,
    depth: u32,
    height: u32,
    width: u32,
}

@group(0) @binding(0) var<uniform> haar: Haar;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

#ifdef VOLUME
const AXES = 3u;
const SCALE = 0.35355339059327373;
#else
const AXES = 2u;
const SCALE = 0.5;
#endif
const BANDS = 1u << AXES;
const DEEP = BANDS / 4u;

@compute @workgroup_size(THREADS)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let cell = workgroup_number(id, count) * THREADS + local;
    if cell >= haar.cells { return; }
    let inner = haar.depth * haar.height * haar.width;
    let image = cell / inner; // batch and channel
    let place = cell % inner;
    let w = place % haar.width;
    let h = place / haar.width % haar.height;
    let d = place / (haar.width * haar.height);
    let row = 2u * haar.width;
    let slice = 2u * haar.height * row;
    let fine = image * inner * BANDS + DEEP * d * slice + 2u * h * row + 2u * w;
    let coarse = (image / haar.channels * BANDS * haar.channels + image % haar.channels) * inner + place;

    var values: array<f32, BANDS>;
    for (var s = 0u; s < BANDS; s++) {
#ifdef INVERSE
        values[s] = x[coarse + s * haar.channels * inner];
#else
        values[s] = x[fine + (s & 1u) + (s >> 1u & 1u) * row + (s >> 2u) * slice];
#endif
    }
    for (var axis = 0u; axis < AXES; axis++) {
        let bit = 1u << axis;
        for (var s = 0u; s < BANDS; s++) {
            if (s & bit) == 0u {
                let a = values[s];
                let b = values[s | bit];
                values[s] = a + b;
                values[s | bit] = a - b;
            }
        }
    }
    for (var s = 0u; s < BANDS; s++) {
#ifdef INVERSE
        y[fine + (s & 1u) + (s >> 1u & 1u) * row + (s >> 2u) * slice] = SCALE * values[s];
#else
        y[coarse + s * haar.channels * inner] = SCALE * values[s];
#endif
    }
}

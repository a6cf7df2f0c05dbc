// Standard normal values of a seed: Philox4x32-10, then Box and Muller.
//
//   draw (4): the seed's lower and upper half, the step, the purpose   y (elements)
//   One thread makes the 4 values of one counter, side by side.
//
// Integers are exact. Logarithm, sine and cosine are written out, since WGSL promises its own only to 2^-11, so the
// values are those of the CPU to rounding. The draw is read, not a uniform: every step of a run has another.
// CPU twin: crates/kernels/src/noise.rs, arithmetic in crates/sampling/src/{philox,normal}.rs
#import shared/grid

struct Noise {
    elements: u32,
}

@group(0) @binding(0) var<uniform> noise: Noise;
@group(0) @binding(1) var<storage, read> draw: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

const FIRST = 0xd2511f53u;
const SECOND = 0xcd9e8d57u;
const ROUNDS = 10u;
const QUARTER = 1.5707963267948966;
const SQRT_2 = 1.4142135623730951;
const LN_2 = 0.6931471805599453;

// The upper word of a product, from halves.
fn multiply_high(a: u32, b: u32) -> u32 {
    let low = (a & 0xffffu) * (b & 0xffffu);
    let first = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
    let second = (a & 0xffffu) * (b >> 16u) + (first & 0xffffu);
    return (a >> 16u) * (b >> 16u) + (first >> 16u) + (second >> 16u);
}

fn philox(counter: vec4<u32>, seed: vec2<u32>) -> vec4<u32> {
    var words = counter;
    var key = seed;
    for (var round = 0u; round < ROUNDS; round++) {
        words = vec4<u32>(
            multiply_high(SECOND, words.z) ^ words.y ^ key.x,
            SECOND * words.z,
            multiply_high(FIRST, words.x) ^ words.w ^ key.y,
            FIRST * words.x,
        );
        key += vec2<u32>(0x9e3779b9u, 0xbb67ae85u);
    }
    return words;
}

// ln(n / 2^24) for n from 1 to 2^24.
fn log_of_share(n: u32) -> f32 {
    let bits = bitcast<u32>(f32(n));
    var exponent = i32(bits >> 23u) - 127 - 24;
    var mantissa = bitcast<f32>((bits & 0x007fffffu) | 0x3f800000u);
    if mantissa > SQRT_2 {
        mantissa *= 0.5;
        exponent += 1;
    }
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let q = s * s;
    let series = q * (0.6666667 + q * (0.4 + q * (0.2857143 + q * 0.2222222)));
    return f32(exponent) * LN_2 + (2.0 * s + s * series);
}

// Cosine and sine of 2 pi k / 2^24.
fn turn(k: u32) -> vec2<f32> {
    let quarter = (k + (1u << 21u)) >> 22u;
    let angle = f32(i32(k) - i32(quarter << 22u)) * (QUARTER / 4194304.0);
    let q = angle * angle;
    let sine = angle + angle * q * (-0.16666667 + q * (0.008333334 + q * (-0.0001984127 + q * 2.7557319e-6)));
    let cosine = 1.0 + q * (-0.5 + q * (0.041666668 + q * (-0.0013888889 + q * 2.4801587e-5)));
    let along = select(vec2<f32>(cosine, sine), vec2<f32>(-sine, cosine), (quarter & 1u) == 1u);
    return select(along, -along, (quarter & 2u) == 2u);
}

fn pair(first: u32, second: u32) -> vec2<f32> {
    return sqrt(-2.0 * log_of_share((first >> 8u) + 1u)) * turn(second >> 8u);
}

@compute @workgroup_size(THREADS)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let block = workgroup_number(id, count) * THREADS + local;
    if 4u * block >= noise.elements { return; }
    let words = philox(vec4<u32>(block, draw[2], draw[3], 0u), vec2<u32>(draw[0], draw[1]));
    let values = vec4<f32>(pair(words.x, words.y), pair(words.z, words.w));
    for (var i = 0u; i < min(4u, noise.elements - 4u * block); i++) {
        y[4u * block + i] = values[i];
    }
}

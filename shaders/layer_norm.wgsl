// Normalisation of each row by its own statistics.
//
//   y[r, k] = (x[r, k] - mean_r) / sqrt(variance_r + epsilon) * scale[k] + bias[k]
//   RMS:      x[r, k] / sqrt(mean of squares + epsilon) * scale[k]
//
//   x, y (rows, len)   scale, bias (len)
//   One workgroup a row; variances by joining samples, so that a large mean costs no digits.
//
// CPU twin: crates/kernels/src/layer_norm.rs
#import shared/grid
#import shared/stored
#import shared/moments

struct LayerNorm {
    rows: u32,
    len: u32,
    epsilon: f32,
}

@group(0) @binding(0) var<uniform> norm: LayerNorm;
@group(0) @binding(1) var<storage, read> x: array<Real1>;
@group(0) @binding(2) var<storage, read> scale: array<f32>;
#ifdef BIAS
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<Written>;
#else
@group(0) @binding(3) var<storage, read_write> y: array<Written>;
#endif

@compute @workgroup_size(THREADS)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    thread: Thread,
) {
    let t = thread.local;
    let row = workgroup_number(id, count);
    if row >= norm.rows { return; }
    let first = row * norm.len;
    var own = vec3<f32>(0.0);
    for (var k = t; k < norm.len; k += THREADS) {
        let v = f32(x[first + k]);
        let delta = v - own.y;
        own.x += 1.0;
        own.y += delta / own.x;
        own.z += delta * (v - own.y);
    }
    let sample = join_workgroup(own, thread);
#ifdef RMS
    let mean = 0.0;
    let spread = sample.z / sample.x + sample.y * sample.y;
#else
    let mean = sample.y;
    let spread = sample.z / sample.x;
#endif
    let slope = 1.0 / sqrt(spread + norm.epsilon);
    for (var k = t; k < norm.len; k += THREADS) {
        let v = (f32(x[first + k]) - mean) * slope * scale[k];
#ifdef BIAS
        y[first + k] = written(v + bias[k]);
#else
        y[first + k] = written(v);
#endif
    }
}

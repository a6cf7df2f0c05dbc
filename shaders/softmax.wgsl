// Softmax along the middle axis of (outer, len, inner).
//
//   y[o, i, n] = exp(x[o, i, n] - max_i) / sum over i of exp(x[o, i, n] - max_i)
//
//   One workgroup a line; each thread walks every 64th element three times: maximum, sum, result.
//
// CPU twin: crates/kernels/src/softmax.rs
#import shared/grid
#import shared/stored
#import shared/together

struct Softmax {
    outer: u32,
    len: u32,
    inner: u32,
}

@group(0) @binding(0) var<uniform> softmax: Softmax;
@group(0) @binding(1) var<storage, read> x: array<Real1>;
@group(0) @binding(2) var<storage, read_write> y: array<Written>;

@compute @workgroup_size(THREADS)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    thread: Thread,
) {
    let t = thread.local;
    let line = workgroup_number(id, count);
    if line >= softmax.outer * softmax.inner { return; }
    let start = line / softmax.inner * softmax.len * softmax.inner + line % softmax.inner;

    var high = f32(x[start]);
    for (var i = t; i < softmax.len; i += THREADS) { high = max(high, f32(x[start + i * softmax.inner])); }
    high = max_together(high, thread);

    var sum = 0.0;
    for (var i = t; i < softmax.len; i += THREADS) { sum += exp(f32(x[start + i * softmax.inner]) - high); }
    sum = sum_together(sum, thread);
    for (var i = t; i < softmax.len; i += THREADS) {
        let at = start + i * softmax.inner;
        y[at] = written(exp(f32(x[at]) - high) / sum);
    }
}

// Local response normalisation (Krizhevsky, Sutskever and Hinton 2012) over neighbouring channels.
//
//   y = x / (bias + alpha / size * sum of squares of `before` channels before to `after` behind) ^ beta
//   x (batch, channels, inner)   y the same
//   One thread computes 4 elements, 64 apart.
//
// CPU twin: crates/kernels/src/lrn.rs
#import shared/grid
#import shared/stored

struct Lrn {
    elements: u32,
    channels: u32,
    inner: u32,
    before: u32,
    after: u32,
    scale: f32, // alpha / size
    beta: f32,
    bias: f32,
}

@group(0) @binding(0) var<uniform> lrn: Lrn;
@group(0) @binding(1) var<storage, read> x: array<Real1>;
@group(0) @binding(2) var<storage, read_write> y: array<Written>;

@compute @workgroup_size(THREADS)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let begin = workgroup_number(id, count) * ELEMENTS;
    for (var i = begin + local; i < min(begin + ELEMENTS, lrn.elements); i += THREADS) {
        let channel = i / lrn.inner % lrn.channels;
        let first = i - min(channel, lrn.before) * lrn.inner;
        let last = i + min(lrn.channels - 1u - channel, lrn.after) * lrn.inner;
        var sum = 0.0;
        for (var j = first; j <= last; j += lrn.inner) {
            sum += f32(x[j]) * f32(x[j]);
        }
        y[i] = written(f32(x[i]) / pow(lrn.bias + lrn.scale * sum, lrn.beta));
    }
}

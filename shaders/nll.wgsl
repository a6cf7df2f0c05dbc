// The negative log-likelihood of each target, times the weight of its class; or that weight alone (WEIGHT).
//
//   x (batch, classes, inner)   targets (batch, inner)   weights (classes)   y (batch, inner)
//   One thread computes 4 elements, 64 apart.
//
// A target that is to be ignored, or names no class, counts zero.
// CPU twin: crates/kernels/src/nll.rs
#import shared/grid

struct Nll {
    elements: u32,
    classes: u32,
    inner: u32,
    ignored: i32,
}

@group(0) @binding(0) var<uniform> nll: Nll;
#ifdef WEIGHT
@group(0) @binding(1) var<storage, read> targets: array<i32>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
#else
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<i32>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
#endif

@compute @workgroup_size(THREADS)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let begin = workgroup_number(id, count) * ELEMENTS;
    for (var i = begin + local; i < min(begin + ELEMENTS, nll.elements); i += THREADS) {
        let label = targets[i];
        var value = 0.0;
        if label != nll.ignored && label >= 0 && label < i32(nll.classes) {
            value = weights[label];
#ifndef WEIGHT
            value *= -x[(i / nll.inner * nll.classes + u32(label)) * nll.inner + i % nll.inner];
#endif
        }
        y[i] = value;
    }
}

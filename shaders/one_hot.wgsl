// One value where a coordinate is the one that an index names, another elsewhere.
//
//   indices (outer, inner)   values (off, on)   y (outer, depth, inner)
//   One thread computes 4 elements, 64 apart.
//
// Elements of any type: only their bits move. A negative index counts from the end of the depth.
// CPU twin: crates/kernels/src/one_hot.rs
#import shared/grid

struct OneHot {
    elements: u32,
    depth: u32,
    inner: u32,
}

@group(0) @binding(0) var<uniform> hot: OneHot;
@group(0) @binding(1) var<storage, read> indices: array<i32>;
@group(0) @binding(2) var<storage, read> values: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<u32>;

@compute @workgroup_size(THREADS)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let begin = workgroup_number(id, count) * ELEMENTS;
    for (var i = begin + local; i < min(begin + ELEMENTS, hot.elements); i += THREADS) {
        let line = i / hot.inner;
        var index = indices[line / hot.depth * hot.inner + i % hot.inner];
        index = select(index, index + i32(hot.depth), index < 0);
        y[i] = select(values[0], values[1], index == i32(line % hot.depth));
    }
}

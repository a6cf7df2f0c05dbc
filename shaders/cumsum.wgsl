// Running sums along the middle axis; float32, or int32 with INT.
//
//   x (outer, length, inner)   y the same
//   One thread sums up one line.
//
// CPU twin: crates/kernels/src/cumsum.rs
#import shared/grid

struct CumSum {
    outer: u32,
    length: u32,
    inner: u32,
    exclusive: u32, // 1: an element's sum leaves out the element itself
    reverse: u32,   // 1: from the last to the first
}

#ifdef INT
alias number = i32;
#else
alias number = f32;
#endif

@group(0) @binding(0) var<uniform> cumsum: CumSum;
@group(0) @binding(1) var<storage, read> x: array<number>;
@group(0) @binding(2) var<storage, read_write> y: array<number>;

@compute @workgroup_size(THREADS)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let line = workgroup_number(id, count) * THREADS + local;
    if line >= cumsum.outer * cumsum.inner { return; }
    let start = line / cumsum.inner * cumsum.length * cumsum.inner + line % cumsum.inner;
    var sum = number(0);
    for (var step = 0u; step < cumsum.length; step++) {
        let position = select(step, cumsum.length - 1u - step, cumsum.reverse == 1u);
        let i = start + position * cumsum.inner;
        let before = sum;
        sum += x[i];
        y[i] = select(sum, before, cumsum.exclusive == 1u);
    }
}

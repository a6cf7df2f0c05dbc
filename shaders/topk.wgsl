// Positions of the k largest (LARGEST) or smallest elements along the middle axis, in their order;
// float32, or int32 with INT. Of equal elements the one with the lower position comes first.
//
//   x (outer, length, inner)   y (outer, k, inner)
//   One workgroup a line: k times, the threads look for the element that comes next.
//
// CPU twin: crates/kernels/src/topk.rs
#import shared/grid

struct TopK {
    outer: u32,
    length: u32,
    inner: u32,
    k: u32,
}

#ifdef INT
alias number = i32;
#else
alias number = f32;
#endif

@group(0) @binding(0) var<uniform> topk: TopK;
@group(0) @binding(1) var<storage, read> x: array<number>;
@group(0) @binding(2) var<storage, read_write> y: array<i32>;

var<workgroup> values: array<number, THREADS>;
var<workgroup> positions: array<u32, THREADS>;

// Whether element a at position i comes before b at j.
fn before(a: number, i: u32, b: number, j: u32) -> bool {
#ifdef LARGEST
    return a > b || (a == b && i < j);
#else
    return a < b || (a == b && i < j);
#endif
}

@compute @workgroup_size(THREADS)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let line = workgroup_number(id, count);
    if line >= topk.outer * topk.inner { return; }
    let none = topk.length;
    let start = line / topk.inner * topk.length * topk.inner + line % topk.inner;
    var last = number(0);
    var last_position = none;
    for (var rank = 0u; rank < topk.k; rank++) {
        var best = number(0);
        var position = none;
        for (var i = local; i < topk.length; i += THREADS) {
            let v = x[start + i * topk.inner];
            let open = last_position == none || before(last, last_position, v, i);
            if open && (position == none || before(v, i, best, position)) {
                best = v;
                position = i;
            }
        }
        values[local] = best;
        positions[local] = position;
        workgroupBarrier();
        for (var half = THREADS / 2u; half > 0u; half /= 2u) {
            if local < half {
                let other = positions[local + half];
                let mine = positions[local];
                if other != none && (mine == none || before(values[local + half], other, values[local], mine)) {
                    values[local] = values[local + half];
                    positions[local] = other;
                }
            }
            workgroupBarrier();
        }
        last = values[0];
        last_position = positions[0];
        workgroupBarrier();
        if local == 0u {
            y[(line / topk.inner * topk.k + rank) * topk.inner + line % topk.inner] = i32(last_position % none);
        }
    }
}

// Updates summed up (ADD), multiplied (MUL), or their smallest (MIN) or largest (MAX) taken, where
// indices say; float32, or int32 with INT.
//
//   y[i] = x[i] op updates[j] op ...   for every j whose indices lead to element i
//   One thread computes 4 elements, 64 apart; each looks through all updates of its line, in order, so
//   the result does not depend on the order of threads.
//
// The host guarantees: the box lies inside x, indices and updates.
// CPU twin: crates/kernels/src/scatter_reduce.rs
#import shared/grid

struct Scatter {
    axes: array<vec4<u32>, 6>,   // extent, step in x and y, in the indices, in the updates
    picked: array<vec4<u32>, 6>, // extent and step in y of each coordinate that is read
    elements: u32,
    rank: u32,   // the last `rank` axes count
    sought: u32, // bit a: the coordinate of axis a is one that indices name
    count: u32,  // updates in a line
    index_step: u32,
    update_step: u32,
    picks: u32,
}

#ifdef INT
alias number = i32;
#else
alias number = f32;
#endif

@group(0) @binding(0) var<uniform> scatter: Scatter;
@group(0) @binding(1) var<storage, read> x: array<number>;
@group(0) @binding(2) var<storage, read> indices: array<i32>;
@group(0) @binding(3) var<storage, read> updates: array<number>;
@group(0) @binding(4) var<storage, read_write> y: array<number>;

fn join(a: number, b: number) -> number {
#ifdef ADD
    return a + b;
#endif
#ifdef MUL
    return a * b;
#endif
#ifdef MIN
    return min(a, b);
#endif
#ifdef MAX
    return max(a, b);
#endif
}

// Whether the indices from `entry` on lead to the element whose sought coordinates lie at `target`.
fn leads(entry: u32, wanted: u32) -> bool {
    var at = 0u;
    for (var j = 0u; j < scatter.picks; j++) {
        let extent = i32(scatter.picked[j].x);
        var index = indices[entry + j];
        index = select(index, index + extent, index < 0);
        if index < 0 || index >= extent { return false; }
        at += u32(index) * scatter.picked[j].y;
    }
    return at == wanted;
}

@compute @workgroup_size(THREADS)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let begin = workgroup_number(id, count) * ELEMENTS;
    for (var i = begin + local; i < min(begin + ELEMENTS, scatter.elements); i += THREADS) {
        var rest = i;
        var at = 0u;
        var wanted = 0u;
        var entry = 0u;
        var update = 0u;
        for (var step = 0u; step < scatter.rank; step++) {
            let axis = 5u - step;
            let size = scatter.axes[axis];
            let c = rest % size.x;
            rest /= size.x;
            at += c * size.y;
            entry += c * size.z;
            update += c * size.w;
            wanted += select(0u, c * size.y, ((scatter.sought >> axis) & 1u) == 1u);
        }
        var value = x[at];
        for (var j = 0u; j < scatter.count; j++) {
            if leads(entry + j * scatter.index_step, wanted) {
                value = join(value, updates[update + j * scatter.update_step]);
            }
        }
        y[at] = value;
    }
}

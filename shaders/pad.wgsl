// Margins around a tensor of up to six dimensions: one value (CONSTANT), mirrored (REFLECT), the edge
// repeated (EDGE) or the whole (WRAP).
//
//   x (dims)   y (begin + dims + end), both row-major
//   One thread computes 4 elements, 64 apart.
//
// Elements of any type: only their bits move.
// The host guarantees: reflected margins are smaller than the input.
// CPU twin: crates/kernels/src/pad.rs
#import shared/grid
#import shared/stored

struct Pad {
    axes: array<vec4<u32>, 6>, // output extent, input extent, margin before
    elements: u32,
    rank: u32, // the last `rank` axes count
    value: u32,
}

@group(0) @binding(0) var<uniform> pad: Pad;
@group(0) @binding(1) var<storage, read> x: array<Word1>;
@group(0) @binding(2) var<storage, read_write> y: array<Moved>;

@compute @workgroup_size(THREADS)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let begin = workgroup_number(id, count) * ELEMENTS;
    for (var i = begin + local; i < min(begin + ELEMENTS, pad.elements); i += THREADS) {
        var rest = i;
        var at = 0u;
        var stride = 1u;
        var inside = true;
        for (var axis = 5u; axis >= 6u - pad.rank; axis--) {
            let size = pad.axes[axis];
            let last = i32(size.y) - 1;
            var c = i32(rest % size.x) - i32(size.z);
#ifdef REFLECT
            c = abs(c);
            c = select(c, 2 * last - c, c > last);
#endif
#ifdef WRAP
            // The remainder keeps the sign of c.
            c = c % i32(size.y);
            c = select(c, c + i32(size.y), c < 0);
#endif
#ifdef CONSTANT
            inside = inside && c >= 0 && c <= last;
#endif
            at += u32(clamp(c, 0, last)) * stride;
            stride *= size.y;
            rest /= size.x;
            if axis == 0u { break; }
        }
        y[i] = moved(select(bitcast<Word>(pad.value), Word(x[at]), inside));
    }
}

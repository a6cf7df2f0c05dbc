// Elements of a where a condition holds, of b elsewhere; extents of one are repeated.
//
//   y[i] = condition[i . strides] != 0 ? a[i . strides] : b[i . strides]   for every i in a box of up to six dimensions
//
//   One thread computes 4 elements, 64 apart. Elements of any type: only their bits move.
//
// The host guarantees: y is contiguous; a stride of zero repeats; dimensions that lie side by side in
// all four are joined.
// CPU twin: crates/kernels/src/pointwise/select.rs
#import shared/grid
#import shared/stored

struct Select {
    axes: array<vec4<u32>, 6>, // extent, stride of the condition, of a, of b
    elements: u32,
    rank: u32, // the last `rank` axes count
}

@group(0) @binding(0) var<uniform> chosen: Select;
@group(0) @binding(1) var<storage, read> condition: array<i32>;
@group(0) @binding(2) var<storage, read> a: array<Word2>;
@group(0) @binding(3) var<storage, read> b: array<Word3>;
@group(0) @binding(4) var<storage, read_write> y: array<Moved>;

@compute @workgroup_size(THREADS)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let begin = workgroup_number(id, count) * ELEMENTS;
    for (var i = begin + local; i < min(begin + ELEMENTS, chosen.elements); i += THREADS) {
        var rest = i;
        var at = vec3<u32>(0u);
        for (var axis = 5u; axis > 6u - chosen.rank; axis--) {
            let size = chosen.axes[axis];
            at += rest % size.x * size.yzw;
            rest /= size.x;
        }
        at += rest * chosen.axes[6u - chosen.rank].yzw;
        y[i] = moved(select(Word(b[at.z]), Word(a[at.y]), condition[at.x] != 0));
    }
}

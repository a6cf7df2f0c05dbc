// Where the elements of a box lie in a tensor, some of whose coordinates are read from indices.
//
//   place(i) = i . steps + sum over j of indices[i . index_steps + j] * picked[j].step
//
// A negative index counts from the end; one beyond its axis lies nowhere.
// CPU twin: crates/kernels/src/indexed.rs

struct Indexed {
    axes: array<vec4<u32>, 6>,   // extent, step in the tensor, step in the indices
    picked: array<vec4<u32>, 6>, // extent and step in the tensor of each coordinate that is read
    elements: u32,
    rank: u32, // the last `rank` axes count
    picks: u32,
}

@group(0) @binding(0) var<uniform> indexed: Indexed;
@group(0) @binding(2) var<storage, read> indices: array<i32>;

const NOWHERE = 0xffffffffu;

fn place(i: u32) -> u32 {
    var rest = i;
    var at = 0u;
    var entry = 0u;
    for (var axis = 5u; axis > 6u - indexed.rank; axis--) {
        let size = indexed.axes[axis];
        at += rest % size.x * size.y;
        entry += rest % size.x * size.z;
        rest /= size.x;
    }
    let outer = indexed.axes[6u - indexed.rank];
    at += rest * outer.y;
    entry += rest * outer.z;
    for (var j = 0u; j < indexed.picks; j++) {
        let extent = i32(indexed.picked[j].x);
        var index = indices[entry + j];
        index = select(index, index + extent, index < 0);
        if index < 0 || index >= extent { return NOWHERE; }
        at += u32(index) * indexed.picked[j].y;
    }
    return at;
}

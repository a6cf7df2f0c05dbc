// A box of up to six dimensions copied between two buffers, each with its own offset and strides.
//
//   destination[to + i . to_strides] = source[from + i . from_strides]   for every i in the box
//
//   One thread copies 4 elements, 64 apart.
//
// Elements of any type: only their bits move.
// The host guarantees: the box lies inside both buffers; strides are int32, zero repeats, negative reverses.
// CPU twin: crates/kernels/src/copy.rs
#import shared/grid
#import shared/stored

struct Copy {
    axes: array<vec4<u32>, 6>, // extent, source stride, destination stride
    elements: u32,
    rank: u32, // the last `rank` axes count
    source_offset: u32,
    destination_offset: u32,
}

@group(0) @binding(0) var<uniform> box: Copy;
@group(0) @binding(1) var<storage, read> source: array<Word1>;
@group(0) @binding(2) var<storage, read_write> destination: array<Moved>;

@compute @workgroup_size(THREADS)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let begin = workgroup_number(id, count) * ELEMENTS;
    for (var i = begin + local; i < min(begin + ELEMENTS, box.elements); i += THREADS) {
        var rest = i;
        // Two's complement: adding a negative stride's bits steps back.
        var read = box.source_offset;
        var write = box.destination_offset;
        for (var axis = 5u; axis > 6u - box.rank; axis--) {
            let extent = box.axes[axis].x;
            read += rest % extent * box.axes[axis].y;
            write += rest % extent * box.axes[axis].z;
            rest /= extent;
        }
        let outer = box.axes[6u - box.rank];
        destination[write + rest * outer.z] = moved(Word(source[read + rest * outer.y]));
    }
}

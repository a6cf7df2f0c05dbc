// Elements written to where indices say: y[place(i)] = updates[i]; the other elements of y stay.
//
//   updates, indices, y   any shapes; updates are row-major over the box
//   One thread moves 4 elements, 64 apart.
//
// Elements of any type: only their bits move. An index beyond its axis writes nothing.
// The host guarantees: every index inside its axis leads to an element of y. Two updates of one
// element, which ONNX forbids, leave either.
// CPU twin: crates/kernels/src/scatter.rs
#import shared/grid
#import shared/stored
#import shared/indexed

@group(0) @binding(1) var<storage, read> updates: array<Word1>;
@group(0) @binding(3) var<storage, read_write> y: array<Moved>;

@compute @workgroup_size(THREADS)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let begin = workgroup_number(id, count) * ELEMENTS;
    for (var i = begin + local; i < min(begin + ELEMENTS, indexed.elements); i += THREADS) {
        let at = place(i);
        if at != NOWHERE {
            y[at] = moved(Word(updates[i]));
        }
    }
}

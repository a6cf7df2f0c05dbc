// Elements read from where indices say: y[i] = x[place(i)].
//
//   x, indices, y   any shapes; y is row-major over the box
//   One thread computes 4 elements, 64 apart.
//
// Elements of any type: only their bits move. An index beyond its axis gives 0.
// The host guarantees: every index inside its axis leads to an element of x.
// CPU twin: crates/kernels/src/gather.rs
#import shared/grid
#import shared/stored
#import shared/indexed

@group(0) @binding(1) var<storage, read> x: array<Word1>;
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
        if at == NOWHERE {
            y[i] = moved(Word(0));
        } else {
            y[i] = moved(Word(x[at]));
        }
    }
}

// The upper or lower triangle of a batch of matrices; zeros elsewhere.
//
//   x (batch, rows, columns)   y the same
//   One thread computes 4 elements, 64 apart.
//
// Elements of any type: only their bits move.
// CPU twin: crates/kernels/src/trilu.rs
#import shared/grid
#import shared/stored

struct Trilu {
    elements: u32,
    rows: u32,
    columns: u32,
    diagonal: i32, // the first diagonal above (upper) or the last below (lower) that is kept
    upper: u32,
}

@group(0) @binding(0) var<uniform> trilu: Trilu;
@group(0) @binding(1) var<storage, read> x: array<Word1>;
@group(0) @binding(2) var<storage, read_write> y: array<Moved>;

@compute @workgroup_size(THREADS)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let begin = workgroup_number(id, count) * ELEMENTS;
    for (var i = begin + local; i < min(begin + ELEMENTS, trilu.elements); i += THREADS) {
        let diagonal = i32(i % trilu.columns) - i32(i / trilu.columns % trilu.rows);
        let kept = select(diagonal <= trilu.diagonal, diagonal >= trilu.diagonal, trilu.upper == 1u);
        y[i] = moved(select(Word(0), Word(x[i]), kept));
    }
}

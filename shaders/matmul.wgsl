// Matrix product of a batch: y = alpha a b (+ beta c), or alpha a b^T (+ beta c) with TRANSPOSE_B.
//
//   a (lead, M, K) or (lead, K, M)   b (lead, K, N), or (lead, N, K)   c (M or 1, N or 1)   y (lead, M, N)
//   PACKED: b is one matrix as shared/weights has it, a block being eight columns and a pair a row, and y is
//   scaled and shifted by its table.
//   Tile: 32 x 32 of y a workgroup, 4 x 4 a thread; 16 columns of a and rows of b pass through
//   workgroup memory at a time.
//
// The host guarantees: steps are zero along what is broadcast.
// Ragged M, N and K are masked here.
// CPU twin: crates/kernels/src/matmul.rs
#import shared/grid
#import shared/stored

const TILE = 32u;
const DEPTH = 16u;

struct MatMul {
    lead: vec4<u32>,   // extents of y
    a_lead: vec4<u32>, // steps of a along them
    b_lead: vec4<u32>,
    rows: vec4<u32>,   // of scales, see shared/weights
    m: u32,
    k: u32,
    n: u32,
    batch: u32,
    row_tiles: u32,
    column_tiles: u32,
    a_row: u32,
    a_column: u32,
    c_row: u32,
    c_column: u32,
    alpha: f32,
    beta: f32,
    blocks: u32,       // of eight columns
}

@group(0) @binding(0) var<uniform> mm: MatMul;
@group(0) @binding(1) var<storage, read> a: array<Real1>;
#ifdef PACKED
#import shared/weights
@group(0) @binding(4) var<storage, read_write> y: array<Written>;
#else
@group(0) @binding(2) var<storage, read> b: array<Real2>;
#ifdef ADDEND
@group(0) @binding(3) var<storage, read> c: array<Real3>;
@group(0) @binding(4) var<storage, read_write> y: array<Written>;
#else
@group(0) @binding(3) var<storage, read_write> y: array<Written>;
#endif
#endif

var<workgroup> tile_a: array<array<vec4<f32>, 8>, DEPTH>; // (column of a, row / 4)
var<workgroup> tile_b: array<array<vec4<f32>, 8>, DEPTH>; // (row of b, column / 4)

// Where the matrix with this number begins in an operand.
fn begin(number: u32, steps: vec4<u32>) -> u32 {
    let i3 = number / mm.lead.w;
    let i2 = i3 / mm.lead.z;
    let i1 = i2 / mm.lead.y;
    return number % mm.lead.w * steps.w + i3 % mm.lead.z * steps.z + i2 % mm.lead.y * steps.y + i1 * steps.x;
}

@compute @workgroup_size(THREADS)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) t: u32,
) {
    let number = workgroup_number(id, count);
    let first_column = number % mm.column_tiles * TILE;
    let first_row = number / mm.column_tiles % mm.row_tiles * TILE;
    let matrix = number / mm.column_tiles / mm.row_tiles;
    if matrix >= mm.batch { return; }
    let tx = t % 8u;
    let ty = t / 8u;
    let begin_a = begin(matrix, mm.a_lead);
#ifndef PACKED
    let begin_b = begin(matrix, mm.b_lead);
#endif

    var sum0 = vec4<f32>(0.0);
    var sum1 = vec4<f32>(0.0);
    var sum2 = vec4<f32>(0.0);
    var sum3 = vec4<f32>(0.0);
    for (var first = 0u; first < mm.k; first += DEPTH) {
        workgroupBarrier();
#ifdef PACKED
        // A thread stages the eight columns of one block in one row.
        let block = first_column / 8u + t / DEPTH;
        let pair = first + t % DEPTH;
        var eight = array(vec4<f32>(0.0), vec4<f32>(0.0));
        if block < mm.blocks && pair < mm.k { eight = weights(block, pair, mm.k, mm.blocks, mm.rows); }
        tile_b[t % DEPTH][t / DEPTH * 2u] = eight[0];
        tile_b[t % DEPTH][t / DEPTH * 2u + 1u] = eight[1];
#endif
        for (var slot = t; slot < TILE * DEPTH; slot += THREADS) {
            // Neighbouring threads take neighbours in memory.
            let d = slot % DEPTH;
            let r = slot / DEPTH;
            let row = first_row + r;
            let in_a = row < mm.m && first + d < mm.k;
            let from_a = begin_a + row * mm.a_row + (first + d) * mm.a_column;
            tile_a[d][r / 4u][r % 4u] = select(0.0, f32(a[select(0u, from_a, in_a)]), in_a);
#ifndef PACKED
#ifdef TRANSPOSE_B
            let column = first_column + r;
            let in_b = column < mm.n && first + d < mm.k;
            tile_b[d][r / 4u][r % 4u] = select(0.0, f32(b[select(0u, begin_b + column * mm.k + first + d, in_b)]), in_b);
#else
            let e = slot / TILE;
            let column = first_column + slot % TILE;
            let in_b = column < mm.n && first + e < mm.k;
            let from_b = begin_b + (first + e) * mm.n + column;
            tile_b[e][slot % TILE / 4u][slot % 4u] = select(0.0, f32(b[select(0u, from_b, in_b)]), in_b);
#endif
#endif
        }
        workgroupBarrier();
        for (var d = 0u; d < DEPTH; d++) {
            let rows = tile_a[d][ty];
            let columns = tile_b[d][tx];
            sum0 = fma(vec4<f32>(rows.x), columns, sum0);
            sum1 = fma(vec4<f32>(rows.y), columns, sum1);
            sum2 = fma(vec4<f32>(rows.z), columns, sum2);
            sum3 = fma(vec4<f32>(rows.w), columns, sum3);
        }
    }
    let row = first_row + ty * 4u;
    let column = first_column + tx * 4u;
    store(matrix, row, column, sum0);
    store(matrix, row + 1u, column, sum1);
    store(matrix, row + 2u, column, sum2);
    store(matrix, row + 3u, column, sum3);
}

fn store(matrix: u32, row: u32, column: u32, sums: vec4<f32>) {
    if row >= mm.m || column >= mm.n { return; }
#ifdef PACKED
    var values = fma(sums, scale_bias[column / 4u], scale_bias[mm.blocks * 2u + column / 4u]);
#else
    var values = mm.alpha * sums;
#endif
    for (var i = 0u; i < min(mm.n - column, 4u); i++) {
#ifdef ADDEND
        values[i] = fma(mm.beta, f32(c[row * mm.c_row + (column + i) * mm.c_column]), values[i]);
#endif
        y[(matrix * mm.m + row) * mm.n + column + i] = written(values[i]);
    }
}

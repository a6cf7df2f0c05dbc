// Matrix product of a batch: y = a b (+ bias), or a b^T (+ bias) with TRANSPOSE_B.
//
//   a (batch or 1, M, K)   b (batch or 1, K, N), or (batch or 1, N, K)   bias (N)   y (batch, M, N)
//   Tile: 32 x 32 of y a workgroup, 4 x 4 a thread; 16 columns of a and rows of b pass through
//   workgroup memory at a time.
//
// The host guarantees: a_stride and b_stride are zero where one matrix serves the whole batch.
// Ragged M, N and K are masked here.
// CPU twin: crates/kernels/src/matmul.rs
#import shared/grid

const TILE = 32u;
const DEPTH = 16u;

struct MatMul {
    batch: u32,
    m: u32,
    k: u32,
    n: u32,
    row_tiles: u32,
    column_tiles: u32,
    a_stride: u32,
    b_stride: u32,
}

@group(0) @binding(0) var<uniform> mm: MatMul;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
#ifdef BIAS
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
#else
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
#endif

var<workgroup> tile_a: array<array<vec4<f32>, 8>, DEPTH>; // (column of a, row / 4)
var<workgroup> tile_b: array<array<vec4<f32>, 8>, DEPTH>; // (row of b, column / 4)

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

    var sum0 = vec4<f32>(0.0);
    var sum1 = vec4<f32>(0.0);
    var sum2 = vec4<f32>(0.0);
    var sum3 = vec4<f32>(0.0);
    for (var first = 0u; first < mm.k; first += DEPTH) {
        workgroupBarrier();
        for (var slot = t; slot < TILE * DEPTH; slot += THREADS) {
            // Neighbouring threads take neighbours in memory.
            let d = slot % DEPTH;
            let r = slot / DEPTH;
            let row = first_row + r;
            let in_a = row < mm.m && first + d < mm.k;
            tile_a[d][r / 4u][r % 4u] = select(0.0, a[select(0u, matrix * mm.a_stride + row * mm.k + first + d, in_a)], in_a);
#ifdef TRANSPOSE_B
            let column = first_column + r;
            let in_b = column < mm.n && first + d < mm.k;
            tile_b[d][r / 4u][r % 4u] = select(0.0, b[select(0u, matrix * mm.b_stride + column * mm.k + first + d, in_b)], in_b);
#else
            let c = slot % TILE;
            let e = slot / TILE;
            let column = first_column + c;
            let in_b = column < mm.n && first + e < mm.k;
            tile_b[e][c / 4u][c % 4u] = select(0.0, b[select(0u, matrix * mm.b_stride + (first + e) * mm.n + column, in_b)], in_b);
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
    var values = sums;
    for (var i = 0u; i < 4u; i++) {
        if row < mm.m && column + i < mm.n {
#ifdef BIAS
            values[i] += bias[column + i];
#endif
            y[(matrix * mm.m + row) * mm.n + column + i] = values[i];
        }
    }
}

// Determinants of small square matrices, by elimination with row pivots.
//
//   x (batch, n, n)   y (batch)
//   One thread a matrix.
//
// The host guarantees: n is at most 8.
// CPU twin: crates/kernels/src/det.rs
#import shared/grid

const WIDEST = 8u;

struct Det {
    batch: u32,
    n: u32,
}

@group(0) @binding(0) var<uniform> det: Det;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(THREADS)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let matrix = workgroup_number(id, count) * THREADS + local;
    if matrix >= det.batch { return; }
    let n = det.n;
    var m: array<f32, 64>;
    for (var i = 0u; i < n * n; i++) {
        m[i / n * WIDEST + i % n] = x[matrix * n * n + i];
    }
    var result = 1.0;
    for (var step = 0u; step < n; step++) {
        var pivot = step;
        for (var row = step + 1u; row < n; row++) {
            if abs(m[row * WIDEST + step]) > abs(m[pivot * WIDEST + step]) { pivot = row; }
        }
        let head = m[pivot * WIDEST + step];
        result *= select(-head, head, pivot == step);
        if head == 0.0 { break; }
        for (var column = step; column < n; column++) {
            let v = m[pivot * WIDEST + column];
            m[pivot * WIDEST + column] = m[step * WIDEST + column];
            m[step * WIDEST + column] = v;
        }
        for (var row = step + 1u; row < n; row++) {
            let share = m[row * WIDEST + step] / head;
            for (var column = step + 1u; column < n; column++) {
                m[row * WIDEST + column] -= share * m[step * WIDEST + column];
            }
        }
    }
    y[matrix] = result;
}

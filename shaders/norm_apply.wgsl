// Normalisation applied: scale and shift of a channel, then (MODULATED) gamma and beta of a voxel.
//
//   y[n, c, p] = act( x[n, c, p] * scale[c] + shift[c] )
//   y[n, c, p] = act( gamma[n, c, p] * (x[n, c, p] * scale[c] + shift[c]) + beta[n, c, p] )
//
//   x, gamma, beta, y   (rows, spatial)   a row is one channel of one instance
//   scale_shift         (tables, 2)       tables = rows, or channels where all instances share it
//   A workgroup computes 256 voxels of one row.
//
// CPU twin: crates/kernels/src/norm_apply.rs
#import shared/grid
#import shared/stored
#import shared/activation

struct NormApply {
    rows: u32,
    spatial: u32,
    chunks: u32, // workgroups of a row
    tables: u32,
    alpha: f32,
}

@group(0) @binding(0) var<uniform> norm: NormApply;
@group(0) @binding(1) var<storage, read> x: array<Real1>;
@group(0) @binding(2) var<storage, read> scale_shift: array<vec2<f32>>;
#ifdef MODULATED
@group(0) @binding(3) var<storage, read> gamma: array<Real3>;
@group(0) @binding(4) var<storage, read> beta: array<Real4>;
@group(0) @binding(5) var<storage, read_write> y: array<Written>;
#else
@group(0) @binding(3) var<storage, read_write> y: array<Written>;
#endif

@compute @workgroup_size(THREADS)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let number = workgroup_number(id, count);
    let row = number / norm.chunks;
    if row >= norm.rows { return; }
    let table = scale_shift[row % norm.tables];
    let begin = number % norm.chunks * ELEMENTS;
    let end = row * norm.spatial + min(begin + ELEMENTS, norm.spatial);
    for (var i = row * norm.spatial + begin + local; i < end; i += THREADS) {
        var v = fma(f32(x[i]), table.x, table.y);
#ifdef MODULATED
        v = fma(f32(gamma[i]), v, f32(beta[i]));
#endif
        y[i] = written(activate(ACTIVATION, vec4<f32>(v), norm.alpha).x);
    }
}

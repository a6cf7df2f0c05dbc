// Volumes sampled on another grid: the nearest voxel (NEAREST) or trilinear.
//
//   x       (channels, D, H, W)
//   table   (D' + H' + W', 3)   for each output coordinate of an axis: two input coordinates and, as
//                               float32 bits, the share of the second
//   y       (channels, D', H', W')
//   One thread computes 4 voxels, 64 apart.
//
// The host guarantees: the coordinates of the table lie inside x.
// CPU twin: crates/kernels/src/resize.rs
#import shared/grid
#import shared/stored

struct Resize {
    in_size: vec4<u32>,  // w, h, d, number of outputs
    out_size: vec4<u32>, // w, h, d
}

@group(0) @binding(0) var<uniform> resize: Resize;
@group(0) @binding(1) var<storage, read> x: array<Real1>;
@group(0) @binding(2) var<storage, read> table: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<Written>;

fn entry(i: u32) -> vec3<u32> {
    return vec3<u32>(table[i * 3u], table[i * 3u + 1u], table[i * 3u + 2u]);
}

// The row of input at a depth and height, between its two columns.
fn along_row(channel: u32, depth: u32, height: u32, columns: vec3<u32>) -> f32 {
    let row = ((channel * resize.in_size.z + depth) * resize.in_size.y + height) * resize.in_size.x;
#ifdef NEAREST
    return f32(x[row + columns.x]);
#else
    return mix(f32(x[row + columns.x]), f32(x[row + columns.y]), bitcast<f32>(columns.z));
#endif
}

@compute @workgroup_size(THREADS)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let begin = workgroup_number(id, count) * ELEMENTS;
    for (var i = begin + local; i < min(begin + ELEMENTS, resize.in_size.w); i += THREADS) {
        let row = i / resize.out_size.x;
        let plane = row / resize.out_size.y;
        let channel = plane / resize.out_size.z;
        let d = entry(plane % resize.out_size.z);
        let h = entry(resize.out_size.z + row % resize.out_size.y);
        let w = entry(resize.out_size.z + resize.out_size.y + i % resize.out_size.x);
#ifdef NEAREST
        y[i] = written(along_row(channel, d.x, h.x, w));
#else
        let near = mix(along_row(channel, d.x, h.x, w), along_row(channel, d.x, h.y, w), bitcast<f32>(h.z));
        let far = mix(along_row(channel, d.y, h.x, w), along_row(channel, d.y, h.y, w), bitcast<f32>(h.z));
        y[i] = written(mix(near, far, bitcast<f32>(d.z)));
#endif
    }
}

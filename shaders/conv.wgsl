// Convolution of volumes in rows, register-tiled.
//
//   y[n, o, p] = act( scale[o] * sum over channel c, tap k of w[o, c, k] * x[n, c, stride * p + dilation * k - pad]
//                     + bias[o] + residual[n, o, p] )
//
//   M = output voxels   N = output channels of a group   K = input channels of a group * taps
//   x, residual, y   (N, C, D, H, W) float32
//   w, scale_bias    see shared/weights; a pair is an (input channel, tap)
//   Tile: a thread computes 4 neighbouring voxels of a row by 8 output channels. A workgroup is 64
//   threads of one block of channels; its weights pass through workgroup memory, 128 (channel, tap)
//   pairs at a time: those of some channels, or some rows of taps of one. Channels turn innermost: what a
//   tap must test is tested once. A row of input is loaded once for all its taps where stride and dilation
//   are one along the row (WIDTH3).
//
// The host guarantees: a kernel at most 128 wide; blocks never span groups, and are padded with zeros.
// Ragged rows and channels are masked here.
// CPU twin: crates/kernels/src/conv.rs
#import shared/grid
#import shared/stored
#import shared/activation
#import shared/sums
#import shared/weights
#import shared/rows

struct Conv {
    in_size: vec4<u32>,  // w, h, d, channels of a group
    out_size: vec4<u32>, // w, h, d, channels of a group
    kernel: vec4<u32>,   // w, h, d, taps
    stride: vec4<u32>,   // x, y, z, groups
    dilation: vec4<u32>, // x, y, z, blocks of a group
    pad: vec4<u32>,      // x, y, z, threads of a row
    rows: vec4<u32>,     // of scales, see shared/weights
    threads: u32,
    blocks: u32,
    alpha: f32,
    activation: u32,
}

@group(0) @binding(0) var<uniform> conv: Conv;
@group(0) @binding(1) var<storage, read> x: array<Real1>;
#ifdef RESIDUAL
@group(0) @binding(4) var<storage, read> residual: array<Real4>;
@group(0) @binding(5) var<storage, read_write> y: array<Written>;
#else
@group(0) @binding(4) var<storage, read_write> y: array<Written>;
#endif

@compute @workgroup_size(THREADS)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let number = workgroup_number(id, count);
    let block = number % conv.blocks;
    let group = block / conv.dilation.w;
    let thread = number / conv.blocks * THREADS + local;
    let row = thread / conv.pad.w;
    let p = vec3<u32>(thread % conv.pad.w * 4u, row % conv.out_size.y, row / conv.out_size.y % conv.out_size.z);
    let n = row / conv.out_size.y / conv.out_size.z;
    let origin = vec3<i32>(p * conv.stride.xyz) - vec3<i32>(conv.pad.xyz);
    let first_channel = (n * conv.stride.w + group) * conv.in_size.w;

    let rows = conv.kernel.z * conv.kernel.y;
    let staged_channels = max(STAGED / conv.kernel.w, 1u);
    let staged_rows = min(rows, STAGED / conv.kernel.x);
    var sums: Sums;
    for (var c = 0u; c < conv.in_size.w; c += staged_channels) {
        let count = min(staged_channels, conv.in_size.w - c);
        for (var begin = 0u; begin < rows; begin += staged_rows) {
            let end = min(begin + staged_rows, rows);
#ifndef DIRECT
            let width = (end - begin) * conv.kernel.x;
            workgroupBarrier();
            for (var slot = local; slot < count * width; slot += THREADS) {
                staged[slot] = pair_weights(block, (c + slot / width) * conv.kernel.w + begin * conv.kernel.x + slot % width);
            }
            workgroupBarrier();
#endif
            for (var r = begin; r < end; r++) {
                let at = origin.yz + vec2<i32>(vec2<u32>(r % conv.kernel.y, r / conv.kernel.y) * conv.dilation.yz);
                if thread < conv.threads && all(at >= vec2<i32>(0)) && all(at < vec2<i32>(conv.in_size.yz)) {
                    let q = vec2<u32>(at);
                    let line = (((first_channel + c) * conv.in_size.z + q.y) * conv.in_size.y + q.x) * conv.in_size.x;
#ifdef DIRECT
                    add_rows(&sums, line, origin.x, count, block, c * conv.kernel.w + r * conv.kernel.x, conv.kernel.w);
#else
                    add_rows(&sums, line, origin.x, count, block, (r - begin) * conv.kernel.x, width);
#endif
                }
            }
        }
    }

    if thread >= conv.threads { return; }
    let channel = block % conv.dilation.w * 8u;
    let plane = conv.out_size.x * conv.out_size.y * conv.out_size.z;
    let start = ((n * conv.stride.w + group) * conv.out_size.w + channel) * plane
        + (p.z * conv.out_size.y + p.y) * conv.out_size.x + p.x;
    let channels = min(conv.out_size.w - channel, 8u);
    let columns = min(conv.out_size.x - p.x, 4u);
    store(block, start, plane, channels, sums.a0, sums.b0);
    if columns > 1u { store(block, start + 1u, plane, channels, sums.a1, sums.b1); }
    if columns > 2u { store(block, start + 2u, plane, channels, sums.a2, sums.b2); }
    if columns > 3u { store(block, start + 3u, plane, channels, sums.a3, sums.b3); }
}

// Adds a row of taps of `count` channels: the first channel's line of input and number of weights, and how
// far apart two channels' weights are.
fn add_rows(sums: ptr<function, Sums>, first: u32, column: i32, count: u32, block: u32, weight: u32, next: u32) {
    let plane = conv.in_size.x * conv.in_size.y * conv.in_size.z;
#ifdef WIDTH3
    for (var n = 0u; n < count; n++) {
        let line = first + n * plane;
        let pair = weight + n * next;
        let v0 = voxel(line, column);
        let v1 = voxel(line, column + 1);
        let v2 = voxel(line, column + 2);
        let v3 = voxel(line, column + 3);
        let v4 = voxel(line, column + 4);
        let v5 = voxel(line, column + 5);
        let w0 = tap_weights(block, pair);
        feed(sums, v0, v1, v2, v3, w0[0], w0[1]);
        let w1 = tap_weights(block, pair + 1u);
        feed(sums, v1, v2, v3, v4, w1[0], w1[1]);
        let w2 = tap_weights(block, pair + 2u);
        feed(sums, v2, v3, v4, v5, w2[0], w2[1]);
    }
#else
    let step = i32(conv.stride.x);
    for (var k = 0u; k < conv.kernel.x; k++) {
        let c = column + i32(k * conv.dilation.x);
        for (var n = 0u; n < count; n++) {
            let line = first + n * plane;
            let wk = tap_weights(block, weight + n * next + k);
            feed(sums, voxel(line, c), voxel(line, c + step), voxel(line, c + 2 * step), voxel(line, c + 3 * step), wk[0], wk[1]);
        }
    }
#endif
}

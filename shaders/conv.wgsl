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
//   pairs at a time. A row of input is loaded once for all its taps where stride and dilation are one
//   along the row (WIDTH1, WIDTH3).
//
// The host guarantees: a kernel at most 128 wide; blocks never span groups, and are padded with zeros.
// Ragged rows and channels are masked here.
// CPU twin: crates/kernels/src/conv.rs
#import shared/grid
#import shared/stored
#import shared/activation
#import shared/sums
#import shared/weights
#import shared/staged

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

// A voxel of the row that starts at `row`; zero in the padding.
fn voxel(row: u32, column: i32) -> f32 {
    let inside = column >= 0 && column < i32(conv.in_size.x);
    return select(0.0, f32(x[row + u32(select(0, column, inside))]), inside);
}

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

    let rows = conv.in_size.w * conv.kernel.z * conv.kernel.y;
    let staged_rows = STAGED / conv.kernel.x;
    var sums: Sums;
    var tap = vec3<u32>(0u); // y, z and channel of the row of taps
    for (var first = 0u; first < rows; first += staged_rows) {
        let end = min(first + staged_rows, rows);
#ifndef DIRECT
        workgroupBarrier();
        for (var slot = local; slot < (end - first) * conv.kernel.x; slot += THREADS) {
            staged[slot] = pair_weights(block, first * conv.kernel.x + slot);
        }
        workgroupBarrier();
#endif
        for (var r = first; r < end; r++) {
            let at = origin.yz + vec2<i32>(tap.xy * conv.dilation.yz);
            if thread < conv.threads && all(at >= vec2<i32>(0)) && all(at < vec2<i32>(conv.in_size.yz)) {
                let q = vec2<u32>(at);
                let line = (((first_channel + tap.z) * conv.in_size.z + q.y) * conv.in_size.y + q.x) * conv.in_size.x;
#ifdef DIRECT
                let pair = r * conv.kernel.x;
#else
                let pair = (r - first) * conv.kernel.x;
#endif
                add_row(&sums, line, origin.x, block, pair);
            }
            tap.x++;
            if tap.x == conv.kernel.y { tap.x = 0u; tap.y++; }
            if tap.y == conv.kernel.z { tap.y = 0u; tap.z++; }
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

// Adds one line of input under one row of taps.
fn add_row(sums: ptr<function, Sums>, line: u32, column: i32, block: u32, pair: u32) {
#ifdef WIDTH3
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
#else
#ifdef WIDTH1
    let w0 = tap_weights(block, pair);
    feed(sums, voxel(line, column), voxel(line, column + 1), voxel(line, column + 2), voxel(line, column + 3), w0[0], w0[1]);
#else
    let step = i32(conv.stride.x);
    for (var k = 0u; k < conv.kernel.x; k++) {
        let c = column + i32(k * conv.dilation.x);
        let wk = tap_weights(block, pair + k);
        feed(sums, voxel(line, c), voxel(line, c + step), voxel(line, c + 2 * step), voxel(line, c + 3 * step), wk[0], wk[1]);
    }
#endif
#endif
}

fn pair_weights(block: u32, pair: u32) -> array<vec4<f32>, 2> {
    return weights(block, pair, conv.in_size.w * conv.kernel.w, conv.blocks, conv.rows);
}

fn tap_weights(block: u32, pair: u32) -> array<vec4<f32>, 2> {
#ifdef DIRECT
    return pair_weights(block, pair);
#else
    return staged[pair];
#endif
}

// Scales, shifts and writes one column of up to eight channels.
fn store(block: u32, start: u32, plane: u32, channels: u32, a: vec4<f32>, b: vec4<f32>) {
    let bias = conv.blocks * 2u + block * 2u;
    var values = array(
        fma(a, scale_bias[block * 2u], scale_bias[bias]),
        fma(b, scale_bias[block * 2u + 1u], scale_bias[bias + 1u]),
    );
#ifdef RESIDUAL
    for (var o = 0u; o < channels; o++) { values[o / 4u][o % 4u] += f32(residual[start + o * plane]); }
#endif
    values[0] = activate(conv.activation, values[0], conv.alpha);
    values[1] = activate(conv.activation, values[1], conv.alpha);
    for (var o = 0u; o < channels; o++) { y[start + o * plane] = written(values[o / 4u][o % 4u]); }
}

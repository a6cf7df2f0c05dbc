// Transposed convolution of volumes, gathered: each output voxel visits only the taps that reach it.
//
//   y[n, o, q] = act( scale[o] * sum over channel c, tap k, input p with stride * p + dilation * k - pad = q
//                     of w[c, o, k] * x[n, c, p]  + bias[o] )
//
//   M = output voxels   N = output channels of a group   K = input channels of a group * taps of a phase
//   x, y         (N, C, D, H, W) float32
//   w, scale_bias   see shared/weights; a pair is an (input channel, tap)
//   Tile: all voxels of one phase, q mod stride, see the same taps (for kernel 2, stride 2: one). A
//   workgroup is 64 threads of one phase and one block of channels; a thread computes 4 voxels of a row,
//   a stride apart, by 8 output channels. Weights pass through workgroup memory, 128 pairs at a time: those
//   of some channels, or some rows of taps of one. Channels turn innermost: what a tap must test is tested once.
//
// The host guarantees: a kernel at most 128 wide; blocks never span groups, and are padded with zeros.
// Ragged rows and channels are masked here.
// CPU twin: crates/kernels/src/conv_transpose.rs
#import shared/grid
#import shared/stored
#import shared/activation
#import shared/sums
#import shared/weights
#import shared/rows

struct ConvTranspose {
    in_size: vec4<u32>,  // w, h, d, channels of a group
    out_size: vec4<u32>, // w, h, d, channels of a group
    kernel: vec4<u32>,   // w, h, d, taps
    stride: vec4<u32>,   // x, y, z, groups
    dilation: vec4<u32>, // x, y, z, blocks of a group
    pad: vec4<u32>,      // x, y, z, threads of a row
    tap_step: vec4<u32>, // x, y, z: stride / gcd(stride, dilation); rows of a phase
    rows: vec4<u32>,     // of scales, see shared/weights
    threads: u32,
    blocks: u32,
    alpha: f32,
    planes: u32,         // planes of a phase
    activation: u32,
}

@group(0) @binding(0) var<uniform> conv: ConvTranspose;
@group(0) @binding(1) var<storage, read> x: array<Real1>;
@group(0) @binding(4) var<storage, read_write> y: array<Written>;

// The first tap that reaches a phase; at least the kernel's extent if none does.
fn first_tap(phase: u32, pad: u32, stride: u32, dilation: u32, step: u32, extent: u32) -> u32 {
    for (var k = 0u; k < min(step, extent); k++) {
        if (i32(phase + pad) - i32(k * dilation)) % i32(stride) == 0 { return k; }
    }
    return extent;
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
    let phases = conv.stride.x * conv.stride.y * conv.stride.z;
    let f = number / conv.blocks % phases;
    let phase = vec3<u32>(f % conv.stride.x, f / conv.stride.x % conv.stride.y, f / conv.stride.x / conv.stride.y);
    let first = vec3<u32>(
        first_tap(phase.x, conv.pad.x, conv.stride.x, conv.dilation.x, conv.tap_step.x, conv.kernel.x),
        first_tap(phase.y, conv.pad.y, conv.stride.y, conv.dilation.y, conv.tap_step.y, conv.kernel.y),
        first_tap(phase.z, conv.pad.z, conv.stride.z, conv.dilation.z, conv.tap_step.z, conv.kernel.z),
    );
    let taps = (conv.kernel.xyz - first + conv.tap_step.xyz - 1u) / conv.tap_step.xyz;

    let thread = number / conv.blocks / phases * THREADS + local;
    let row = thread / conv.pad.w;
    let cell = vec3<u32>(thread % conv.pad.w * 4u, row % conv.tap_step.w, row / conv.tap_step.w % conv.planes);
    let n = row / conv.tap_step.w / conv.planes;
    let q = cell * conv.stride.xyz + phase;
    let live = thread < conv.threads && all(q < conv.out_size.xyz);
    // The input under the first tap, and how far the next tap's lies before it.
    let origin = (vec3<i32>(q + conv.pad.xyz) - vec3<i32>(first * conv.dilation.xyz)) / vec3<i32>(conv.stride.xyz);
    let back = vec3<i32>(conv.tap_step.xyz * conv.dilation.xyz / conv.stride.xyz);
    let first_channel = (n * conv.stride.w + group) * conv.in_size.w;

    let rows = select(taps.y * taps.z, 0u, taps.x == 0u);
    let staged_channels = max(STAGED / max(rows * taps.x, 1u), 1u);
    let staged_rows = min(rows, STAGED / max(taps.x, 1u));
    var sums: Sums;
    for (var c = 0u; c < conv.in_size.w; c += staged_channels) {
        let count = min(staged_channels, conv.in_size.w - c);
        for (var begin = 0u; begin < rows; begin += staged_rows) {
            let end = min(begin + staged_rows, rows);
#ifndef DIRECT
            let width = (end - begin) * taps.x;
            workgroupBarrier();
            for (var slot = local; slot < count * width; slot += THREADS) {
                let r = begin + slot % width / taps.x;
                let t = vec3<u32>(slot % taps.x, r % taps.y, r / taps.y) * conv.tap_step.xyz + first;
                staged[slot] = pair_weights(block, pair(c + slot / width, t));
            }
            workgroupBarrier();
#endif
            for (var r = begin; r < end; r++) {
                let t = vec2<u32>(r % taps.y, r / taps.y);
                let at = origin.yz - vec2<i32>(t) * back.yz;
                if live && all(at >= vec2<i32>(0)) && all(at < vec2<i32>(conv.in_size.yz)) {
                    let s = vec2<u32>(at);
                    let line = (((first_channel + c) * conv.in_size.z + s.y) * conv.in_size.y + s.x) * conv.in_size.x;
#ifdef DIRECT
                    let weight = Weight(pair(c, vec3<u32>(0u, t) * conv.tap_step.xyz + first), conv.tap_step.x, conv.kernel.w);
#else
                    let weight = Weight((r - begin) * taps.x, 1u, width);
#endif
                    add_rows(&sums, line, origin.x, back.x, taps.x, count, block, weight);
                }
            }
        }
    }

    if !live { return; }
    let channel = block % conv.dilation.w * 8u;
    let plane = conv.out_size.x * conv.out_size.y * conv.out_size.z;
    let start = ((n * conv.stride.w + group) * conv.out_size.w + channel) * plane
        + (q.z * conv.out_size.y + q.y) * conv.out_size.x + q.x;
    let channels = min(conv.out_size.w - channel, 8u);
    let room = conv.out_size.x - q.x;
    let step = conv.stride.x;
    store(block, start, plane, channels, sums.a0, sums.b0);
    if room > step { store(block, start + step, plane, channels, sums.a1, sums.b1); }
    if room > 2u * step { store(block, start + 2u * step, plane, channels, sums.a2, sums.b2); }
    if room > 3u * step { store(block, start + 3u * step, plane, channels, sums.a3, sums.b3); }
}

// Where a row of taps has its weights: the first one's number, and how far the next tap's and the next channel's are.
struct Weight { first: u32, tap: u32, channel: u32 }

// Adds a row of taps of `count` channels, the first of which has its input in `first`. Taps go in pairs where the
// second needs but one more voxel.
fn add_rows(sums: ptr<function, Sums>, first: u32, column: i32, back: i32, taps: u32, count: u32, block: u32, weight: Weight) {
    let plane = conv.in_size.x * conv.in_size.y * conv.in_size.z;
    for (var t = 0u; t < taps; t++) {
        let c = column - i32(t) * back;
        var line = first;
        var at = weight.first + t * weight.tap;
        if t + 1u < taps && back == 1 {
            for (var n = 0u; n < count; n++) {
                let v0 = voxel(line, c);
                let v1 = voxel(line, c + 1);
                let v2 = voxel(line, c + 2);
                let w0 = tap_weights(block, at);
                feed(sums, v0, v1, v2, voxel(line, c + 3), w0[0], w0[1]);
                let w1 = tap_weights(block, at + weight.tap);
                feed(sums, voxel(line, c - 1), v0, v1, v2, w1[0], w1[1]);
                line += plane;
                at += weight.channel;
            }
            t++;
        } else {
            for (var n = 0u; n < count; n++) {
                let wt = tap_weights(block, at);
                feed(sums, voxel(line, c), voxel(line, c + 1), voxel(line, c + 2), voxel(line, c + 3), wt[0], wt[1]);
                line += plane;
                at += weight.channel;
            }
        }
    }
}

// The number of an (input channel, tap) pair.
fn pair(channel: u32, tap: vec3<u32>) -> u32 {
    return channel * conv.kernel.w + (tap.z * conv.kernel.y + tap.y) * conv.kernel.x + tap.x;
}

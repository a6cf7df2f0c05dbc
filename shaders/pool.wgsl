// A window slid over volumes: the largest element (MAX), where it lies (INDEX), the mean (AVERAGE) or
// the p-norm (LP).
//
//   y[c, o] = pool over taps k of x[c, stride * o + dilation * k - pad]
//
//   x (channels, D, H, W)   y (channels, output) float32, int32 for INDEX: the flat position in x
//   One thread computes 4 elements, 64 apart.
//
// A mean divides by the taps inside the input or, with count_padding, inside the padded input.
// CPU twin: crates/kernels/src/pool.rs
#import shared/grid
#import shared/stored

struct Pool {
    in_size: vec4<u32>,  // w, h, d, elements of y
    out_size: vec4<u32>, // w, h, d, whether padding counts
    kernel: vec4<u32>,   // w, h, d, whether positions count columns first
    stride: vec4<u32>,
    dilation: vec4<u32>,
    pad: vec4<u32>,      // before each axis
    padded: vec4<u32>,   // input with the padding on both sides
    p: f32,
}

@group(0) @binding(0) var<uniform> pool: Pool;
@group(0) @binding(1) var<storage, read> x: array<Real1>;
#ifdef INDEX
@group(0) @binding(2) var<storage, read_write> y: array<i32>;
#else
@group(0) @binding(2) var<storage, read_write> y: array<Written>;
#endif

@compute @workgroup_size(THREADS)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let begin = workgroup_number(id, count) * ELEMENTS;
    for (var i = begin + local; i < min(begin + ELEMENTS, pool.in_size.w); i += THREADS) {
        let row = i / pool.out_size.x;
        let slice = row / pool.out_size.y;
        let o = vec3<u32>(i % pool.out_size.x, row % pool.out_size.y, slice % pool.out_size.z);
        let channel = slice / pool.out_size.z;
        let plane = pool.in_size.x * pool.in_size.y * pool.in_size.z;
        var sum = 0.0;
        var largest = 0.0;
        var place = 0u;
        var inside = 0u;
        var covered = 0u;
        for (var z = 0u; z < pool.kernel.z; z++) {
        for (var y = 0u; y < pool.kernel.y; y++) {
        for (var w = 0u; w < pool.kernel.x; w++) {
            // Counted from the start of the padding.
            let at = o * pool.stride.xyz + vec3<u32>(w, y, z) * pool.dilation.xyz;
            covered += u32(all(at < pool.padded.xyz));
            if all(at >= pool.pad.xyz) && all(at - pool.pad.xyz < pool.in_size.xyz) {
                let q = at - pool.pad.xyz;
                let v = f32(x[channel * plane + (q.z * pool.in_size.y + q.y) * pool.in_size.x + q.x]);
                if inside == 0u || v > largest {
                    largest = v;
                    place = (q.z * pool.in_size.y + q.y) * pool.in_size.x + q.x;
                    if pool.kernel.w != 0u { place = (q.x * pool.in_size.y + q.y) * pool.in_size.z + q.z; }
                }
#ifdef LP
                sum += pow(abs(v), pool.p);
#else
                sum += v;
#endif
                inside += 1u;
            }
        }
        }
        }
#ifdef MAX
        y[i] = written(largest);
#endif
#ifdef INDEX
        y[i] = i32(channel * plane + place);
#endif
#ifdef AVERAGE
        y[i] = written(sum / f32(max(select(inside, covered, pool.out_size.w != 0u), 1u)));
#endif
#ifdef LP
        y[i] = written(pow(sum, 1.0 / pool.p));
#endif
    }
}

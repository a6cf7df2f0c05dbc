// Eight output channels' weights of one (input channel, tap) pair, staged as float32 once a workgroup.
// Packed by crates/kernels/src/weights.rs; int8 without its scale.

#ifdef INT8
@group(0) @binding(2) var<storage, read> w: array<vec2<u32>>;
#else
@group(0) @binding(2) var<storage, read> w: array<array<vec4<f32>, 2>>;
#endif

fn weights(pair: u32) -> array<vec4<f32>, 2> {
#ifdef INT8
    let packed = w[pair];
    return array(vec4<f32>(unpack4xI8(packed.x)), vec4<f32>(unpack4xI8(packed.y)));
#else
    return w[pair];
#endif
}

// Pairs held in workgroup memory: 4 KiB.
const STAGED = 128u;
var<workgroup> staged: array<array<vec4<f32>, 2>, STAGED>;

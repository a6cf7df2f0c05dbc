// Eight output channels' weights of one (input channel, tap) pair, staged as float32 once a workgroup.
// Packed by crates/kernels/src/weights.rs; int8 without its scale.

#ifdef INT8
@group(0) @binding(2) var<storage, read> w: array<vec2<u32>>;
#else
@group(0) @binding(2) var<storage, read> w: array<array<vec4<f32>, 2>>;
#endif

#ifdef INT8
// Four int8 as float32. Masks and exact multiplications instead of shifts, which software adapters
// compute lane by lane: bytes 0 to 2 are read as v + 128, byte 3 carries the sign of the word.
fn unpack(word: u32) -> vec4<f32> {
    let bytes = vec4<u32>(word ^ 0x00808080u) & vec4<u32>(0xffu, 0xff00u, 0xff0000u, 0xff000000u);
    let scale = vec4<f32>(1.0, 0x1p-8, 0x1p-16, 0x1p-24);
    return fma(vec4<f32>(vec4<i32>(bytes)), scale, vec4<f32>(-128.0, -128.0, -128.0, 0.0));
}
#endif

fn weights(pair: u32) -> array<vec4<f32>, 2> {
#ifdef INT8
    let packed = w[pair];
    return array(unpack(packed.x), unpack(packed.y));
#else
    return w[pair];
#endif
}

// Pairs held in workgroup memory: 4 KiB.
const STAGED = 128u;
var<workgroup> staged: array<array<vec4<f32>, 2>, STAGED>;

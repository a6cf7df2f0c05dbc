// Eight output channels' weights of one (input channel, tap) pair as float32, and the table beside them.
// Packed by crates/kernels/src/weights; those of INT8 without SCALED come without their scale, which the
// sum is multiplied by.
//
//   w            (block of 8 output channels, pair, 8): float32, or F16, INT8, INT4 packed into words
//   scale_bias   (2, blocks * 8), then with SCALED (block, row, 8) scales and perhaps as many offsets

#ifdef F16
@group(0) @binding(2) var<storage, read> w: array<vec4<u32>>;
#else
#ifdef INT8
@group(0) @binding(2) var<storage, read> w: array<vec2<u32>>;
#else
#ifdef INT4
@group(0) @binding(2) var<storage, read> w: array<u32>;
#else
@group(0) @binding(2) var<storage, read> w: array<array<vec4<f32>, 2>>;
#endif
#endif
#endif
@group(0) @binding(3) var<storage, read> scale_bias: array<vec4<f32>>;

#ifdef INT8
// Four int8 as float32. Masks and exact multiplications instead of shifts, which software adapters
// compute lane by lane: bytes 0 to 2 are read as v + 128, byte 3 carries the sign of the word.
fn unpack(word: u32) -> vec4<f32> {
    let bytes = vec4<u32>(word ^ 0x00808080u) & vec4<u32>(0xffu, 0xff00u, 0xff0000u, 0xff000000u);
    let scale = vec4<f32>(1.0, 0x1p-8, 0x1p-16, 0x1p-24);
    return fma(vec4<f32>(vec4<i32>(bytes)), scale, vec4<f32>(-128.0, -128.0, -128.0, 0.0));
}
#endif

#ifdef INT4
// The four int4 in the low half of a word as float32, each read as v + 8.
fn unpack(word: u32) -> vec4<f32> {
    let nibbles = vec4<u32>(word ^ 0x8888u) & vec4<u32>(0xfu, 0xf0u, 0xf00u, 0xf000u);
    return fma(vec4<f32>(vec4<i32>(nibbles)), vec4<f32>(1.0, 0x1p-4, 0x1p-8, 0x1p-12), vec4<f32>(-8.0));
}
#endif

// The weights of a pair of a block, of which there are `blocks` with `pairs` pairs each. `rows` leads to
// the scales: span, step, rows of a block, and the distance of the offsets, zero if there are none.
fn weights(block: u32, pair: u32, pairs: u32, blocks: u32, rows: vec4<u32>) -> array<vec4<f32>, 2> {
    let packed = w[block * pairs + pair];
#ifdef F16
    return array(
        vec4<f32>(unpack2x16float(packed.x), unpack2x16float(packed.y)),
        vec4<f32>(unpack2x16float(packed.z), unpack2x16float(packed.w)),
    );
#else
#ifdef SCALED
    let row = pair / rows.x * rows.y + pair % rows.y;
    let at = blocks * 4u + (block * rows.z + row) * 2u;
#ifdef INT4
    var a = unpack(packed) * scale_bias[at];
    var b = unpack(packed >> 16u) * scale_bias[at + 1u];
#else
    var a = unpack(packed.x) * scale_bias[at];
    var b = unpack(packed.y) * scale_bias[at + 1u];
#endif
    if rows.w > 0u {
        a += scale_bias[at + rows.w];
        b += scale_bias[at + rows.w + 1u];
    }
    return array(a, b);
#else
#ifdef INT8
    return array(unpack(packed.x), unpack(packed.y));
#else
    return packed;
#endif
#endif
#endif
}

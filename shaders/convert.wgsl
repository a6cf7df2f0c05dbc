// A change of type, a test, or a function of an integer, chosen by the variant.
//
//   y[i] = op(x[i])        x, y   (len) float32 or int32, see READS_FLOAT and WRITES_FLOAT
//   One thread computes 4 elements, 64 apart.
//
// A test reads the bits of a float, since WGSL lets a compiler take every value for finite.
// CPU twin: crates/kernels/src/pointwise/convert.rs
#import shared/grid

struct Convert {
    len: u32,
    a: u32, // the parameters of the variant
    b: u32,
}

@group(0) @binding(0) var<uniform> convert: Convert;
#ifdef READS_FLOAT
alias In = f32;
#else
alias In = i32;
#endif
#ifdef WRITES_FLOAT
alias Out = f32;
#else
alias Out = i32;
#endif
@group(0) @binding(1) var<storage, read> x: array<In>;
@group(0) @binding(2) var<storage, read_write> y: array<Out>;

fn op(v: In) -> Out {
#ifdef TRUNCATE
    return i32(clamp(v, -2147483648.0, 2147483520.0));
#endif
#ifdef TO_FLOAT
    return f32(v);
#endif
#ifdef UNSIGNED_TO_FLOAT
    return f32(bitcast<u32>(v));
#endif
#ifdef FLOAT_TO_BOOL
    return i32(v != 0.0);
#endif
#ifdef TO_BOOL
    return i32(v != 0);
#endif
#ifdef NOT
    return i32(v == 0);
#endif
#ifdef BITWISE_NOT
    return ~v;
#endif
#ifdef NEG
    return -v;
#endif
#ifdef ABS
    return abs(v);
#endif
#ifdef SIGN
    return sign(v);
#endif
#ifdef CLIP
    return min(max(v, bitcast<i32>(convert.a)), bitcast<i32>(convert.b));
#endif
#ifdef WRAP
    // The lowest bits, as an unsigned number or, with a sign bit, as a signed one.
    return ((v & bitcast<i32>(convert.a)) ^ bitcast<i32>(convert.b)) - bitcast<i32>(convert.b);
#endif
#ifdef IS_NAN
    return i32((v & 0x7fffffff) > 0x7f800000);
#endif
#ifdef IS_INF
    return i32((v == 0x7f800000 && convert.a != 0u) || (bitcast<u32>(v) == 0xff800000u && convert.b != 0u));
#endif
}

@compute @workgroup_size(THREADS)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let begin = workgroup_number(id, count) * ELEMENTS;
    for (var i = begin + local; i < min(begin + ELEMENTS, convert.len); i += THREADS) {
        y[i] = op(x[i]);
    }
}

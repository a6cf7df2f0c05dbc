// A function of two elements of one type, chosen by the variant; extents of one are repeated.
//
//   y[i] = op(a[i . a_strides], b[i . b_strides])   for every i in a box of up to six dimensions
//
//   a, b   float32, or int32 with READS_INT; y likewise with WRITES_INT
//   One thread computes 4 elements, 64 apart.
//
// The host guarantees: y is contiguous; a stride of zero repeats; dimensions that lie side by side in
// all three are joined, so that equal shapes have rank one.
// CPU twin: crates/kernels/src/pointwise/binary.rs
#import shared/grid
#import shared/stored

struct Binary {
    axes: array<vec4<u32>, 6>, // extent, stride of a, stride of b
    elements: u32,
    rank: u32, // the last `rank` axes count
}

@group(0) @binding(0) var<uniform> binary: Binary;
#ifdef READS_INT
alias In = i32;
@group(0) @binding(1) var<storage, read> a: array<i32>;
@group(0) @binding(2) var<storage, read> b: array<i32>;
#else
alias In = f32;
@group(0) @binding(1) var<storage, read> a: array<Real1>;
@group(0) @binding(2) var<storage, read> b: array<Real2>;
#endif
#ifdef WRITES_INT
alias Out = i32;
@group(0) @binding(3) var<storage, read_write> y: array<i32>;
#else
alias Out = f32;
@group(0) @binding(3) var<storage, read_write> y: array<Written>;
#endif

#ifdef POW
#ifdef READS_INT
// By squaring; a negative power of anything but one is cut to zero.
fn power(p: i32, q: i32) -> i32 {
    var result = select(1, i32(p == 1), q < 0);
    var square = p;
    for (var rest = max(q, 0); rest > 0; rest >>= 1u) {
        if (rest & 1) == 1 { result *= square; }
        square *= square;
    }
    return result;
}
#else
// WGSL leaves a negative base undefined; ONNX raises it to integers.
fn power(p: f32, q: f32) -> f32 {
    let magnitude = select(pow(abs(p), q), p * p, q == 2.0);
    let odd = abs(q - 2.0 * floor(0.5 * q)) == 1.0;
    return select(magnitude, -magnitude, p < 0.0 && odd);
}
#endif
#endif

#ifdef MOD
#ifdef READS_INT
fn modulo(p: i32, q: i32) -> i32 {
    let rest = p % q;
    return select(rest, rest + q, rest != 0 && (rest < 0) != (q < 0));
}
#else
fn modulo(p: f32, q: f32) -> f32 {
    return p - q * floor(p / q);
}
#endif
#endif

fn op(p: In, q: In) -> Out {
#ifdef ADD
    return p + q;
#endif
#ifdef SUB
    return p - q;
#endif
#ifdef MUL
    return p * q;
#endif
#ifdef DIV
    return p / q;
#endif
#ifdef MIN
    return min(p, q);
#endif
#ifdef MAX
    return max(p, q);
#endif
#ifdef POW
    return power(p, q);
#endif
#ifdef PRELU
    return select(p, p * q, p < In(0));
#endif
#ifdef MOD
    return modulo(p, q);
#endif
#ifdef FMOD
    return p % q;
#endif
#ifdef EQUAL
    return i32(p == q);
#endif
#ifdef LESS
    return i32(p < q);
#endif
#ifdef LESS_OR_EQUAL
    return i32(p <= q);
#endif
#ifdef GREATER
    return i32(p > q);
#endif
#ifdef GREATER_OR_EQUAL
    return i32(p >= q);
#endif
#ifdef AND
    return p & q;
#endif
#ifdef OR
    return p | q;
#endif
#ifdef XOR
    return p ^ q;
#endif
#ifdef SHIFT_LEFT
    return select(0, p << (u32(q) & 31u), u32(q) < 32u);
#endif
#ifdef SHIFT_RIGHT
    return select(0, bitcast<i32>(bitcast<u32>(p) >> (u32(q) & 31u)), u32(q) < 32u);
#endif
}

@compute @workgroup_size(THREADS)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let begin = workgroup_number(id, count) * ELEMENTS;
    for (var i = begin + local; i < min(begin + ELEMENTS, binary.elements); i += THREADS) {
        var rest = i;
        var at = vec2<u32>(0u);
        for (var axis = 5u; axis > 6u - binary.rank; axis--) {
            let size = binary.axes[axis];
            at += rest % size.x * size.yz;
            rest /= size.x;
        }
        at += rest * binary.axes[6u - binary.rank].yz;
#ifdef WRITES_INT
        y[i] = op(In(a[at.x]), In(b[at.y]));
#else
        y[i] = written(op(In(a[at.x]), In(b[at.y])));
#endif
    }
}

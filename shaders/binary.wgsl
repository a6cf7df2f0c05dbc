// A function of two elements, chosen by the variant; extents of one are repeated.
//
//   y[i] = op(a[i . a_strides], b[i . b_strides])   for every i in a box of up to six dimensions
//
//   One thread computes 4 elements, 64 apart.
//
// The host guarantees: y is contiguous; a stride of zero repeats; dimensions that lie side by side in
// all three are joined, so that equal shapes have rank one.
// CPU twin: crates/kernels/src/pointwise/binary.rs
#import shared/grid

struct Binary {
    axes: array<vec4<u32>, 6>, // extent, stride of a, stride of b
    elements: u32,
    rank: u32, // the last `rank` axes count
}

@group(0) @binding(0) var<uniform> binary: Binary;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

fn op(p: f32, q: f32) -> f32 {
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
    // WGSL leaves a negative base undefined; ONNX raises it to integers.
    let magnitude = select(pow(abs(p), q), p * p, q == 2.0);
    let odd = abs(q - 2.0 * floor(0.5 * q)) == 1.0;
    return select(magnitude, -magnitude, p < 0.0 && odd);
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
        y[i] = op(a[at.x], b[at.y]);
    }
}

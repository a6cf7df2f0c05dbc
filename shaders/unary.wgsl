// A function of each element, chosen by the variant.
//
//   y[i] = written(op(f32(x[i])))        x, y   (len)
//   One thread computes 4 elements, 64 apart.
//
// CPU twin: crates/kernels/src/pointwise/unary.rs
#import shared/grid
#import shared/stored

struct Unary {
    len: u32,
    alpha: f32,
    beta: f32,
}

@group(0) @binding(0) var<uniform> unary: Unary;
@group(0) @binding(1) var<storage, read> x: array<Real1>;
@group(0) @binding(2) var<storage, read_write> y: array<Written>;

// Error function to 1.5e-7 (Abramowitz and Stegun, 7.1.26).
fn erf(v: f32) -> f32 {
    let t = 1.0 / (1.0 + 0.3275911 * abs(v));
    let series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
    return sign(v) * (1.0 - series * exp(-v * v));
}

// Beyond 10 the result is 1 to the last bit; some drivers overflow there.
fn safe_tanh(v: f32) -> f32 {
    // Near zero drivers lose digits in a difference of exponentials; the series does not.
    let near = v * (1.0 - v * v * (0.33333333 - v * v * 0.13333333));
    return select(tanh(clamp(v, -10.0, 10.0)), near, abs(v) < 0.1);
}

// log(1 + exp(v)); where the exponential is small, by its series, since 1 + t would round it away.
fn softplus(v: f32) -> f32 {
    let t = exp(-abs(v));
    return max(v, 0.0) + select(log(1.0 + t), t * (1.0 - t * (0.5 - t / 3.0)), t < 0.02);
}

fn op(v: f32) -> f32 {
#ifdef RELU
    return max(v, 0.0);
#endif
#ifdef LEAKY_RELU
    return select(unary.alpha * v, v, v > 0.0);
#endif
#ifdef THRESHOLDED_RELU
    return select(0.0, v, v > unary.alpha);
#endif
#ifdef ELU
    return select(unary.alpha * (exp(min(v, 0.0)) - 1.0), v, v > 0.0);
#endif
#ifdef SELU
    return unary.beta * select(unary.alpha * (exp(min(v, 0.0)) - 1.0), v, v > 0.0);
#endif
#ifdef CELU
    return max(v, 0.0) + min(0.0, unary.alpha * (exp(min(v, 0.0) / unary.alpha) - 1.0));
#endif
#ifdef SIGMOID
    return 1.0 / (1.0 + exp(-v));
#endif
#ifdef HARD_SIGMOID
    return clamp(fma(unary.alpha, v, unary.beta), 0.0, 1.0);
#endif
#ifdef HARD_SWISH
    return v * clamp(v / 6.0 + 0.5, 0.0, 1.0);
#endif
#ifdef SILU
    return v / (1.0 + exp(-unary.alpha * v));
#endif
#ifdef MISH
    return v * safe_tanh(softplus(v));
#endif
#ifdef GELU
    return 0.5 * v * (1.0 + erf(v * 0.70710678));
#endif
#ifdef GELU_TANH
    return 0.5 * v * (1.0 + safe_tanh(0.7978846 * (v + 0.044715 * v * v * v)));
#endif
#ifdef SOFTPLUS
    return softplus(v);
#endif
#ifdef SOFTSIGN
    return v / (1.0 + abs(v));
#endif
#ifdef SHRINK
    return select(select(0.0, v + unary.beta, v < -unary.alpha), v - unary.beta, v > unary.alpha);
#endif
#ifdef ERF
    return erf(v);
#endif
#ifdef EXP
    return exp(v);
#endif
#ifdef LOG
    return log(v);
#endif
#ifdef SQRT
    return sqrt(v);
#endif
#ifdef RECIPROCAL
    return 1.0 / v;
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
#ifdef FLOOR
    return floor(v);
#endif
#ifdef CEIL
    return ceil(v);
#endif
#ifdef ROUND
    return round(v);
#endif
#ifdef SIN
    return sin(v);
#endif
#ifdef COS
    return cos(v);
#endif
#ifdef TAN
    return tan(v);
#endif
#ifdef ASIN
    return asin(v);
#endif
#ifdef ACOS
    return acos(v);
#endif
#ifdef ATAN
    return atan(v);
#endif
#ifdef SINH
    return sinh(v);
#endif
#ifdef COSH
    return cosh(v);
#endif
#ifdef TANH
    return safe_tanh(v);
#endif
#ifdef ASINH
    return asinh(v);
#endif
#ifdef ACOSH
    return acosh(v);
#endif
#ifdef ATANH
    return atanh(v);
#endif
#ifdef CLIP
    return min(max(v, unary.alpha), unary.beta);
#endif
#ifdef HALF
    return unpack2x16float(pack2x16float(vec2<f32>(v, 0.0))).x;
#endif
#ifdef BRAIN
    let bits = bitcast<u32>(v);
    return bitcast<f32>((bits + 0x7fffu + ((bits >> 16u) & 1u)) & 0xffff0000u);
#endif
}

@compute @workgroup_size(THREADS)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let begin = workgroup_number(id, count) * ELEMENTS;
    for (var i = begin + local; i < min(begin + ELEMENTS, unary.len); i += THREADS) {
        y[i] = written(op(f32(x[i])));
    }
}

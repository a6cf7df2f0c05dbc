// The nonlinearity behind a kernel, by its number; alpha is the slope of the leaky one below zero.
// CPU twin: crates/kernels/src/activation.rs

// The one of a variant with its own pipeline.
const ACTIVATION = 0u
#ifdef RELU
    + 1u
#endif
#ifdef LEAKY_RELU
    + 2u
#endif
#ifdef SIGMOID
    + 3u
#endif
#ifdef SILU
    + 4u
#endif
#ifdef TANH
    + 5u
#endif
;

fn activate(kind: u32, v: vec4<f32>, alpha: f32) -> vec4<f32> {
    switch kind {
        case 1u: { return max(v, vec4<f32>(0.0)); }
        case 2u: { return select(alpha * v, v, v > vec4<f32>(0.0)); }
        case 3u: { return 1.0 / (1.0 + exp(-v)); }
        case 4u: { return v / (1.0 + exp(-v)); }
        // Beyond 10 the result is 1 to the last bit; some drivers overflow there.
        case 5u: { return tanh(clamp(v, vec4<f32>(-10.0), vec4<f32>(10.0))); }
        default: { return v; }
    }
}

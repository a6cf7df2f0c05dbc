// The activation of the variant; alpha is the slope of LEAKY_RELU below zero.
// CPU twin: crates/kernels/src/activation.rs

fn activate(v: vec4<f32>, alpha: f32) -> vec4<f32> {
    var result = v;
#ifdef RELU
    result = max(v, vec4<f32>(0.0));
#endif
#ifdef LEAKY_RELU
    result = select(alpha * v, v, v > vec4<f32>(0.0));
#endif
#ifdef SIGMOID
    result = 1.0 / (1.0 + exp(-v));
#endif
#ifdef SILU
    result = v / (1.0 + exp(-v));
#endif
#ifdef TANH
    // Beyond 10 the result is 1 to the last bit; some drivers overflow there.
    result = tanh(clamp(v, vec4<f32>(-10.0), vec4<f32>(10.0)));
#endif
    return result;
}

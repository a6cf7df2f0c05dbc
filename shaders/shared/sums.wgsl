// The accumulators of a convolution's thread: four output columns by eight output channels.
// a holds channels 0 to 3 of a column, b channels 4 to 7.

struct Sums {
    a0: vec4<f32>, a1: vec4<f32>, a2: vec4<f32>, a3: vec4<f32>,
    b0: vec4<f32>, b1: vec4<f32>, b2: vec4<f32>, b3: vec4<f32>,
}

// Adds the products of four columns' inputs with eight channels' weights.
fn feed(sums: ptr<function, Sums>, v0: f32, v1: f32, v2: f32, v3: f32, a: vec4<f32>, b: vec4<f32>) {
    (*sums).a0 = fma(vec4<f32>(v0), a, (*sums).a0);
    (*sums).a1 = fma(vec4<f32>(v1), a, (*sums).a1);
    (*sums).a2 = fma(vec4<f32>(v2), a, (*sums).a2);
    (*sums).a3 = fma(vec4<f32>(v3), a, (*sums).a3);
    (*sums).b0 = fma(vec4<f32>(v0), b, (*sums).b0);
    (*sums).b1 = fma(vec4<f32>(v1), b, (*sums).b1);
    (*sums).b2 = fma(vec4<f32>(v2), b, (*sums).b2);
    (*sums).b3 = fma(vec4<f32>(v3), b, (*sums).b3);
}

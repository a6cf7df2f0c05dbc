// An axis sampled at other points: every output is a constant plus inputs times weights.
//
//   x      (outer, in, inner)   y (outer, out, inner)
//   table  (out, 1 + 2 taps)    for each output the constant, then index and weight of each input; the
//                               constant and the weights are float32 bits
//   One thread computes 4 elements, 64 apart.
//
// The host guarantees: the indices of the table lie inside x.
// CPU twin: crates/kernels/src/resample.rs
#import shared/grid
#import shared/stored

struct Resample {
    elements: u32,
    input: u32,
    output: u32,
    inner: u32,
    taps: u32,
}

@group(0) @binding(0) var<uniform> resample: Resample;
@group(0) @binding(1) var<storage, read> x: array<Real1>;
@group(0) @binding(2) var<storage, read> table: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<Written>;

@compute @workgroup_size(THREADS)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let begin = workgroup_number(id, count) * ELEMENTS;
    for (var i = begin + local; i < min(begin + ELEMENTS, resample.elements); i += THREADS) {
        let line = i / resample.inner;
        let start = line / resample.output * resample.input * resample.inner + i % resample.inner;
        let entry = line % resample.output * (1u + 2u * resample.taps);
        var sum = bitcast<f32>(table[entry]);
        for (var tap = entry + 1u; tap <= entry + 2u * resample.taps; tap += 2u) {
            sum += f32(x[start + table[tap] * resample.inner]) * bitcast<f32>(table[tap + 1u]);
        }
        y[i] = written(sum);
    }
}

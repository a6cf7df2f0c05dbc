// One step of a recurrent cell: the next state from the gates' products and the state before.
//
//   x      (rows, gates * hidden)    products of the inputs; the batch's rows are `step` apart
//   r      (batch, gates * hidden)   products of the state
//   state  (batch, hidden)           of LSTM followed by the cells, (2, batch, hidden); next the same
//
//   LSTM             gates i, o, f, c; with PEEPHOLES p (3 * hidden) for i, o, f
//   GRU              gates z, r, h, the reset behind the product of the state
//   RESET            the reset state alone, for the candidate's own product; r has z, r
//   CANDIDATE        the rest of that step; r has z, r, and candidate (batch, hidden) that product
//   PLAIN            one gate: h = tanh(x + r); state is not bound
//
//   One thread computes one hidden unit of one instance.
//
// CPU twin: crates/kernels/src/recurrent.rs
#import shared/grid

struct Cell {
    batch: u32,
    hidden: u32,
    first: u32, // the row of x of the batch's first instance
    step: u32,
}

@group(0) @binding(0) var<uniform> cell: Cell;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> r: array<f32>;
#ifdef PLAIN
@group(0) @binding(3) var<storage, read_write> next: array<f32>;
#else
@group(0) @binding(3) var<storage, read> state: array<f32>;
#ifdef PEEPHOLES
@group(0) @binding(4) var<storage, read> p: array<f32>;
@group(0) @binding(5) var<storage, read_write> next: array<f32>;
#else
#ifdef CANDIDATE
@group(0) @binding(4) var<storage, read> candidate: array<f32>;
@group(0) @binding(5) var<storage, read_write> next: array<f32>;
#else
@group(0) @binding(4) var<storage, read_write> next: array<f32>;
#endif
#endif
#endif

fn sigmoid(v: f32) -> f32 {
    return 1.0 / (1.0 + exp(-v));
}

fn squash(v: f32) -> f32 {
    // Beyond 10 the result is 1 to the last bit; some drivers overflow there.
    return tanh(clamp(v, -10.0, 10.0));
}

@compute @workgroup_size(THREADS)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let units = cell.batch * cell.hidden;
    let n = cell.hidden;
    let i = workgroup_number(id, count) * THREADS + local;
    if i >= units { return; }
    let instance = i / n;
    let unit = i % n;
    let row = cell.first + instance * cell.step;
#ifdef PLAIN
    next[i] = squash(x[row * n + unit] + r[i]);
#endif
#ifdef LSTM
    let a = row * 4u * n + unit;
    let b = instance * 4u * n + unit;
    let memory = state[units + i];
    var input = x[a] + r[b];
    var output = x[a + n] + r[b + n];
    var forget = x[a + 2u * n] + r[b + 2u * n];
#ifdef PEEPHOLES
    input += p[unit] * memory;
    forget += p[2u * n + unit] * memory;
#endif
    let fresh = sigmoid(forget) * memory + sigmoid(input) * squash(x[a + 3u * n] + r[b + 3u * n]);
#ifdef PEEPHOLES
    output += p[n + unit] * fresh;
#endif
    next[i] = sigmoid(output) * squash(fresh);
    next[units + i] = fresh;
#endif
#ifdef GRU
    let a = row * 3u * n + unit;
    let b = instance * 3u * n + unit;
    let update = sigmoid(x[a] + r[b]);
    let reset = sigmoid(x[a + n] + r[b + n]);
    next[i] = mix(squash(x[a + 2u * n] + reset * r[b + 2u * n]), state[i], update);
#endif
#ifdef RESET
    next[i] = sigmoid(x[row * 3u * n + n + unit] + r[instance * 2u * n + n + unit]) * state[i];
#endif
#ifdef CANDIDATE
    let update = sigmoid(x[row * 3u * n + unit] + r[instance * 2u * n + unit]);
    next[i] = mix(squash(x[row * 3u * n + 2u * n + unit] + candidate[i]), state[i], update);
#endif
}

// One axis summed up, in the way of the variant.
//
//   y[o, i] = finish( join over k of start(x[o, k, i]) )
//
//   x (outer, len, inner)   y (outer, inner)   float32; x int32 with READS_INT, y with WRITES_INT
//   ROWS: one workgroup an element; each thread takes every 64th k, then halves of the threads join.
//   Without it one thread an element, so that neighbours read neighbours.
//
// A state is (value, position) for ARG_MAX and ARG_MIN, (largest, sum relative to it) for LOG_SUM_EXP.
// The host guarantees: len is at least 1; inner is 1 with ROWS.
// CPU twin: crates/kernels/src/reduce.rs
#import shared/grid
#import shared/stored

struct Reduce {
    outer: u32,
    len: u32,
    inner: u32,
    last: u32, // of equal elements the last wins
}

@group(0) @binding(0) var<uniform> reduce: Reduce;
#ifdef READS_INT
alias In = i32;
@group(0) @binding(1) var<storage, read> x: array<i32>;
#else
alias In = f32;
@group(0) @binding(1) var<storage, read> x: array<Real1>;
#endif
#ifdef WRITES_INT
alias Out = i32;
@group(0) @binding(2) var<storage, read_write> y: array<i32>;
#else
alias Out = f32;
@group(0) @binding(2) var<storage, read_write> y: array<Written>;
#endif
struct State {
    value: In,
    other: In,
    position: u32,
}

fn start(v: In, k: u32) -> State {
#ifdef ABSOLUTE
    return State(abs(v), In(1), k);
#else
#ifdef SQUARE
    return State(v * v, In(1), k);
#else
    return State(v, In(1), k);
#endif
#endif
}

fn join(a: State, b: State) -> State {
#ifdef MAX
    return State(max(a.value, b.value), a.other, a.position);
#endif
#ifdef MIN
    return State(min(a.value, b.value), a.other, a.position);
#endif
#ifdef PROD
    return State(a.value * b.value, a.other, a.position);
#endif
#ifdef SUM
    return State(a.value + b.value, a.other, a.position);
#endif
#ifdef LOG_SUM_EXP
    let largest = max(a.value, b.value);
    return State(largest, a.other * exp(a.value - largest) + b.other * exp(b.value - largest), a.position);
#endif
#ifdef ARG_MAX
    let further = (b.position > a.position) == (reduce.last != 0u);
    return State(max(a.value, b.value), a.other, select(a.position, b.position, b.value > a.value || (b.value == a.value && further)));
#endif
#ifdef ARG_MIN
    let further = (b.position > a.position) == (reduce.last != 0u);
    return State(min(a.value, b.value), a.other, select(a.position, b.position, b.value < a.value || (b.value == a.value && further)));
#endif
}

fn finish(s: State) -> Out {
#ifdef POSITION
    return i32(s.position);
#else
#ifdef DIVIDE
    return s.value / Out(reduce.len);
#else
#ifdef ROOT
    return sqrt(s.value);
#else
#ifdef LOGARITHM
    return log(s.value);
#else
#ifdef LOG_SUM_EXP
    return s.value + log(s.other);
#else
    return s.value;
#endif
#endif
#endif
#endif
#endif
}

fn store(element: u32, s: State) {
#ifdef WRITES_INT
    y[element] = finish(s);
#else
    y[element] = written(finish(s));
#endif
}

#ifdef ROWS
var<workgroup> states: array<State, THREADS>;
#endif

@compute @workgroup_size(THREADS)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) t: u32,
) {
#ifdef ROWS
    let row = workgroup_number(id, count);
    if row >= reduce.outer { return; }
    if t < reduce.len {
        var state = start(In(x[row * reduce.len + t]), t);
        for (var k = t + THREADS; k < reduce.len; k += THREADS) {
            state = join(state, start(In(x[row * reduce.len + k]), k));
        }
        states[t] = state;
    }
    workgroupBarrier();
    for (var half = THREADS / 2u; half > 0u; half /= 2u) {
        if t < half && t + half < reduce.len { states[t] = join(states[t], states[t + half]); }
        workgroupBarrier();
    }
    if t == 0u { store(row, states[0]); }
#else
    let element = workgroup_number(id, count) * THREADS + t;
    if element >= reduce.outer * reduce.inner { return; }
    let first = element / reduce.inner * reduce.len * reduce.inner + element % reduce.inner;
    var state = start(In(x[first]), 0u);
    for (var k = 1u; k < reduce.len; k++) {
        state = join(state, start(In(x[first + k * reduce.inner]), k));
    }
    store(element, state);
#endif
}

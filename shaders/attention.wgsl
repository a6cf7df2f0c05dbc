// Scaled dot-product attention, self or cross, in one pass over the keys.
//
//   y[l, :] = sum over keys s of softmax_s( scale * q[l, :] . k[s, :] ) * v[s, :]
//
//   q (maps, queries, head_dim)   k (maps, keys, head_dim)   v (maps, keys, value_dim)
//   y (maps, queries, value_dim)  maps = batch * heads
//   Tile: a workgroup has 16 queries of one map and 64 columns of v. For 64 keys at a time, thread t
//   scores key t against all 16 queries, then sums column t over the 64 keys. The running maximum and
//   sum of each query are rescaled when a larger score appears (Milakov and Gimelshein 2018).
//
// Any width and any number of tokens; ragged ones are masked here.
// CPU twin: crates/kernels/src/attention.rs
#import shared/grid
#import shared/stored

const QUERIES = 16u;
const LOWEST = -3.4e38;

struct Attention {
    maps: u32,
    queries: u32,
    keys: u32,
    head_dim: u32,
    value_dim: u32,
    query_blocks: u32,
    value_blocks: u32,
    scale: f32,
}

@group(0) @binding(0) var<uniform> att: Attention;
@group(0) @binding(1) var<storage, read> q: array<Real1>;
@group(0) @binding(2) var<storage, read> k: array<Real2>;
@group(0) @binding(3) var<storage, read> v: array<Real3>;
@group(0) @binding(4) var<storage, read_write> y: array<Written>;

var<workgroup> tile_q: array<array<f32, QUERIES>, THREADS>; // (column of q, query)
var<workgroup> scores: array<array<f32, QUERIES>, THREADS>; // (key, query)
var<workgroup> largest: array<f32, QUERIES>;
var<workgroup> total: array<f32, QUERIES>;
var<workgroup> rescale: array<f32, QUERIES>;

@compute @workgroup_size(THREADS)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) t: u32,
) {
    let number = workgroup_number(id, count);
    let column = number % att.value_blocks * THREADS + t;
    let first_query = number / att.value_blocks % att.query_blocks * QUERIES;
    let map = number / att.value_blocks / att.query_blocks;
    if map >= att.maps { return; }

    if t < QUERIES {
        largest[t] = LOWEST;
        total[t] = 0.0;
    }
    var sums: array<f32, QUERIES>;
    for (var first_key = 0u; first_key < att.keys; first_key += THREADS) {
        let key = first_key + t;
        var own = array<f32, QUERIES>();
        for (var first = 0u; first < att.head_dim; first += THREADS) {
            workgroupBarrier();
            let c = first + t;
            for (var i = 0u; i < QUERIES; i++) {
                let at = (map * att.queries + min(first_query + i, att.queries - 1u)) * att.head_dim + c;
                if c < att.head_dim { tile_q[t][i] = f32(q[at]) * att.scale; }
            }
            workgroupBarrier();
            for (var d = 0u; d < min(THREADS, att.head_dim - first); d++) {
                let kd = f32(k[(map * att.keys + min(key, att.keys - 1u)) * att.head_dim + first + d]);
                for (var i = 0u; i < QUERIES; i++) { own[i] = fma(tile_q[d][i], kd, own[i]); }
            }
        }
        for (var i = 0u; i < QUERIES; i++) { scores[t][i] = select(LOWEST, own[i], key < att.keys); }
        workgroupBarrier();
        if t < QUERIES {
            var high = largest[t];
            for (var s = 0u; s < THREADS; s++) { high = max(high, scores[s][t]); }
            rescale[t] = exp(largest[t] - high);
            largest[t] = high;
        }
        workgroupBarrier();
        for (var i = 0u; i < QUERIES; i++) {
            scores[t][i] = select(0.0, exp(scores[t][i] - largest[i]), key < att.keys);
            sums[i] *= rescale[i];
        }
        workgroupBarrier();
        if t < QUERIES {
            var sum = total[t] * rescale[t];
            for (var s = 0u; s < THREADS; s++) { sum += scores[s][t]; }
            total[t] = sum;
        }
        if column < att.value_dim {
            for (var s = 0u; s < min(THREADS, att.keys - first_key); s++) {
                let value = f32(v[(map * att.keys + first_key + s) * att.value_dim + column]);
                for (var i = 0u; i < QUERIES; i++) { sums[i] = fma(scores[s][i], value, sums[i]); }
            }
        }
        workgroupBarrier();
    }
    for (var i = 0u; i < QUERIES; i++) {
        if first_query + i < att.queries && column < att.value_dim {
            y[(map * att.queries + first_query + i) * att.value_dim + column] = written(sums[i] / total[i]);
        }
    }
}

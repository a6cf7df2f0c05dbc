// Scaled dot-product attention, self or cross, in one pass over the keys.
//
//   y[l, :] = sum over keys s of softmax_s( scale * q[l, :] . k[s, :] ) * v[s, :]
//
//   q (maps, queries, head_dim)   k (maps, keys, head_dim)   v (maps, keys, value_dim)
//   y (maps, queries, value_dim)  maps = batch * heads
//   Tile: a workgroup has 16 queries of one map and 64 columns of v. For 64 keys at a time, thread t
//   scores key t against all 16 queries, then sums column t over the 64 keys. The running maximum and
//   sum of each query are rescaled when a larger score appears (Milakov and Gimelshein 2018). The
//   queries lie four to a vector, and each vector has a name, so that sums stay in registers.
//
// Any width and any number of tokens; ragged ones are masked here.
// CPU twin: crates/kernels/src/attention.rs
#import shared/grid
#import shared/stored

const QUERIES = 16u;
const FOURS = 4u;
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
@group(0) @binding(1) var<storage, read> queries: array<Real1>;
@group(0) @binding(2) var<storage, read> keys: array<Real2>;
@group(0) @binding(3) var<storage, read> values: array<Real3>;
@group(0) @binding(4) var<storage, read_write> y: array<Written>;

var<workgroup> tile_q: array<array<vec4<f32>, FOURS>, THREADS>; // (column of q, query)
var<workgroup> scores: array<array<vec4<f32>, FOURS>, THREADS>; // (key, query)
var<workgroup> largest: array<vec4<f32>, FOURS>;
var<workgroup> total: array<vec4<f32>, FOURS>;
var<workgroup> rescale: array<vec4<f32>, FOURS>;

// The share of a key before division, 0 for one beyond the last.
fn share(score: vec4<f32>, four: u32, known: bool) -> vec4<f32> {
    return select(vec4<f32>(), exp(score - largest[four]), known);
}

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

    if t < FOURS {
        largest[t] = vec4<f32>(LOWEST);
        total[t] = vec4<f32>();
    }
    var a = vec4<f32>();
    var b = vec4<f32>();
    var c = vec4<f32>();
    var d = vec4<f32>();
    for (var first_key = 0u; first_key < att.keys; first_key += THREADS) {
        let key = first_key + t;
        let known = key < att.keys;
        let row = (map * att.keys + min(key, att.keys - 1u)) * att.head_dim;
        var p = vec4<f32>();
        var q = vec4<f32>();
        var r = vec4<f32>();
        var s = vec4<f32>();
        for (var first = 0u; first < att.head_dim; first += THREADS) {
            workgroupBarrier();
            let own = first + t;
            for (var i = 0u; i < QUERIES; i++) {
                let at = (map * att.queries + min(first_query + i, att.queries - 1u)) * att.head_dim + own;
                if own < att.head_dim { tile_q[t][i / 4u][i % 4u] = f32(queries[at]) * att.scale; }
            }
            workgroupBarrier();
            for (var n = 0u; n < min(THREADS, att.head_dim - first); n++) {
                let value = vec4<f32>(f32(keys[row + first + n]));
                p = fma(tile_q[n][0], value, p);
                q = fma(tile_q[n][1], value, q);
                r = fma(tile_q[n][2], value, r);
                s = fma(tile_q[n][3], value, s);
            }
        }
        let lowest = vec4<f32>(LOWEST);
        scores[t][0] = select(lowest, p, known);
        scores[t][1] = select(lowest, q, known);
        scores[t][2] = select(lowest, r, known);
        scores[t][3] = select(lowest, s, known);
        workgroupBarrier();
        if t < FOURS {
            var high = largest[t];
            for (var n = 0u; n < THREADS; n++) { high = max(high, scores[n][t]); }
            rescale[t] = exp(largest[t] - high);
            largest[t] = high;
        }
        workgroupBarrier();
        scores[t][0] = share(scores[t][0], 0u, known);
        scores[t][1] = share(scores[t][1], 1u, known);
        scores[t][2] = share(scores[t][2], 2u, known);
        scores[t][3] = share(scores[t][3], 3u, known);
        workgroupBarrier();
        if t < FOURS {
            var sum = total[t] * rescale[t];
            for (var n = 0u; n < THREADS; n++) { sum += scores[n][t]; }
            total[t] = sum;
        }
        if column < att.value_dim {
            a *= rescale[0];
            b *= rescale[1];
            c *= rescale[2];
            d *= rescale[3];
            for (var n = 0u; n < min(THREADS, att.keys - first_key); n++) {
                let value = vec4<f32>(f32(values[(map * att.keys + first_key + n) * att.value_dim + column]));
                a = fma(scores[n][0], value, a);
                b = fma(scores[n][1], value, b);
                c = fma(scores[n][2], value, c);
                d = fma(scores[n][3], value, d);
            }
        }
        workgroupBarrier();
    }
    if column >= att.value_dim { return; }
    var sums = array<vec4<f32>, FOURS>(a / total[0], b / total[1], c / total[2], d / total[3]);
    for (var i = 0u; i < min(QUERIES, att.queries - first_query); i++) {
        y[(map * att.queries + first_query + i) * att.value_dim + column] = written(sums[i / 4u][i % 4u]);
    }
}

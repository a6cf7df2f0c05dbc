// Scaled dot-product attention, self or cross, in one pass over the keys.
//
//   y[l, :] = sum over keys s of softmax_s( scale * q[l, :] . k[s, :] ) * v[s, :]
//
//   q (maps, queries, head_dim)   k (maps, keys, head_dim)   v (maps, keys, value_dim)
//   y (maps, queries, value_dim)  maps = batch * heads
//   Tile: a workgroup has QUERIES queries of one map and COLUMNS columns of v, and goes through the keys
//   KEYS at a time. LANES threads share eight queries: each scores them against four keys, then sums
//   them over all keys for four columns, 32 sums from twelve loads. Few lanes suit narrow heads, many
//   wide ones: QUERIES times COLUMNS is 2048 for any number of them. The running maximum and sum of each
//   query are rescaled when a larger score appears (Milakov and Gimelshein 2018). Sums lie four queries to
//   a vector, and each vector has a name, so that they stay in registers.
//
// Any width and any number of tokens; ragged ones are masked here.
// CPU twin: crates/kernels/src/attention.rs
#import shared/grid
#import shared/stored

#ifdef LANES_8
const LANES = 8u;
#else
#ifdef LANES_16
const LANES = 16u;
#else
const LANES = 32u;
#endif
#endif
const QUERIES = 8u * THREADS / LANES;
const FOURS = QUERIES / 4u;
const KEYS = 4u * LANES;
const COLUMNS = 4u * LANES;
const DEPTH = 2u * LANES; // elements of q staged at a time
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

var<workgroup> tile_q: array<array<vec4<f32>, FOURS>, DEPTH>;
var<workgroup> scores: array<array<vec4<f32>, FOURS>, KEYS>;
var<workgroup> largest: array<vec4<f32>, FOURS>;
var<workgroup> total: array<vec4<f32>, FOURS>;
var<workgroup> rescale: array<vec4<f32>, FOURS>;

// Keeps the scores of a key, or what has no share in the sum where there is no such key.
fn keep(key: u32, four: u32, known: bool, low: vec4<f32>, high: vec4<f32>) {
    scores[key][four] = select(vec4<f32>(LOWEST), low, known);
    scores[key][four + 1u] = select(vec4<f32>(LOWEST), high, known);
}

// Scores to shares before division; a key that does not exist has none.
fn weigh(key: u32, four: u32, known: bool) {
    scores[key][four] = select(vec4<f32>(), exp(scores[key][four] - largest[four]), known);
    scores[key][four + 1u] = select(vec4<f32>(), exp(scores[key][four + 1u] - largest[four + 1u]), known);
}

@compute @workgroup_size(THREADS)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) t: u32,
) {
    let number = workgroup_number(id, count);
    let first_query = number / att.value_blocks % att.query_blocks * QUERIES;
    let map = number / att.value_blocks / att.query_blocks;
    if map >= att.maps { return; }
    let lane = t % LANES;
    let four = t / LANES * 2u; // of the thread's eight queries
    // A lane beyond the last column repeats the last one and does not write it.
    let column = number % att.value_blocks * COLUMNS + lane;
    let last = att.value_dim - 1u;
    let columns = min(vec4<u32>(column, column + LANES, column + 2u * LANES, column + 3u * LANES), vec4<u32>(last));

    if t < FOURS {
        largest[t] = vec4<f32>(LOWEST);
        total[t] = vec4<f32>();
    }
    // Column by column: the first four queries, the others.
    var a0 = vec4<f32>();
    var a1 = vec4<f32>();
    var b0 = vec4<f32>();
    var b1 = vec4<f32>();
    var c0 = vec4<f32>();
    var c1 = vec4<f32>();
    var d0 = vec4<f32>();
    var d1 = vec4<f32>();
    for (var first_key = 0u; first_key < att.keys; first_key += KEYS) {
        let key = first_key + lane;
        let known = vec4<u32>(key, key + LANES, key + 2u * LANES, key + 3u * LANES) < vec4<u32>(att.keys);
        let nearest = min(vec4<u32>(key, key + LANES, key + 2u * LANES, key + 3u * LANES), vec4<u32>(att.keys - 1u));
        let rows = (map * att.keys + nearest) * att.head_dim;
        // Key by key.
        var p0 = vec4<f32>();
        var p1 = vec4<f32>();
        var q0 = vec4<f32>();
        var q1 = vec4<f32>();
        var r0 = vec4<f32>();
        var r1 = vec4<f32>();
        var s0 = vec4<f32>();
        var s1 = vec4<f32>();
        for (var first = 0u; first < att.head_dim; first += DEPTH) {
            let depth = min(DEPTH, att.head_dim - first);
            workgroupBarrier();
            for (var i = t; i < DEPTH * QUERIES; i += THREADS) {
                let query = i / DEPTH;
                let n = i % DEPTH;
                let at = (map * att.queries + min(first_query + query, att.queries - 1u)) * att.head_dim + first + n;
                if n < depth { tile_q[n][query / 4u][query % 4u] = f32(queries[at]) * att.scale; }
            }
            workgroupBarrier();
            for (var n = 0u; n < depth; n++) {
                let low = tile_q[n][four];
                let high = tile_q[n][four + 1u];
                let at = rows + first + n;
                let p = vec4<f32>(f32(keys[at.x]));
                p0 = fma(low, p, p0);
                p1 = fma(high, p, p1);
                let q = vec4<f32>(f32(keys[at.y]));
                q0 = fma(low, q, q0);
                q1 = fma(high, q, q1);
                let r = vec4<f32>(f32(keys[at.z]));
                r0 = fma(low, r, r0);
                r1 = fma(high, r, r1);
                let s = vec4<f32>(f32(keys[at.w]));
                s0 = fma(low, s, s0);
                s1 = fma(high, s, s1);
            }
        }
        keep(lane, four, known.x, p0, p1);
        keep(lane + LANES, four, known.y, q0, q1);
        keep(lane + 2u * LANES, four, known.z, r0, r1);
        keep(lane + 3u * LANES, four, known.w, s0, s1);
        workgroupBarrier();
        if t < FOURS {
            var high = largest[t];
            for (var n = 0u; n < KEYS; n++) { high = max(high, scores[n][t]); }
            rescale[t] = exp(largest[t] - high);
            largest[t] = high;
        }
        workgroupBarrier();
        weigh(lane, four, known.x);
        weigh(lane + LANES, four, known.y);
        weigh(lane + 2u * LANES, four, known.z);
        weigh(lane + 3u * LANES, four, known.w);
        workgroupBarrier();
        if t < FOURS {
            var sum = total[t] * rescale[t];
            for (var n = 0u; n < KEYS; n++) { sum += scores[n][t]; }
            total[t] = sum;
        }
        a0 *= rescale[four];
        a1 *= rescale[four + 1u];
        b0 *= rescale[four];
        b1 *= rescale[four + 1u];
        c0 *= rescale[four];
        c1 *= rescale[four + 1u];
        d0 *= rescale[four];
        d1 *= rescale[four + 1u];
        if column <= last {
            for (var n = 0u; n < min(KEYS, att.keys - first_key); n++) {
                let low = scores[n][four];
                let high = scores[n][four + 1u];
                let at = (map * att.keys + first_key + n) * att.value_dim + columns;
                let a = vec4<f32>(f32(values[at.x]));
                a0 = fma(low, a, a0);
                a1 = fma(high, a, a1);
                let b = vec4<f32>(f32(values[at.y]));
                b0 = fma(low, b, b0);
                b1 = fma(high, b, b1);
                let c = vec4<f32>(f32(values[at.z]));
                c0 = fma(low, c, c0);
                c1 = fma(high, c, c1);
                let d = vec4<f32>(f32(values[at.w]));
                d0 = fma(low, d, d0);
                d1 = fma(high, d, d1);
            }
        }
        workgroupBarrier();
    }
    let low = total[four];
    let high = total[four + 1u];
    var sums = array<vec4<f32>, 8>(a0 / low, a1 / high, b0 / low, b1 / high, c0 / low, c1 / high, d0 / low, d1 / high);
    for (var i = 0u; i < 32u; i++) {
        let query = first_query + 4u * four + i % 8u;
        let own = column + i / 8u * LANES;
        if query < att.queries && own <= last {
            y[(map * att.queries + query) * att.value_dim + own] = written(sums[i / 4u][i % 4u]);
        }
    }
}

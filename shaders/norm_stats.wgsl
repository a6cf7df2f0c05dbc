// Partial moments of each row: (count, mean, sum of squared deviations) of every chunk.
//
//   x          (rows, len)           a row is one normalised unit: (instance, channel or group of channels)
//   partials   (rows, partials, 3)
//   One workgroup a chunk. A thread sums deviations from its own first element: being a member of the
//   sample, that is never far from the mean on the sample's own scale, so nothing cancels. For the same
//   reason the threads' means are joined relative to the chunk's first element.
//
// The host guarantees: chunk * (partials - 1) < len <= chunk * partials.
// CPU twin: crates/kernels/src/norm_stats.rs
#import shared/grid
#import shared/stored
#import shared/moments

struct NormStats {
    rows: u32,
    len: u32,
    chunk: u32,
    partials: u32,
}

@group(0) @binding(0) var<uniform> norm: NormStats;
@group(0) @binding(1) var<storage, read> x: array<Real1>;
@group(0) @binding(2) var<storage, read_write> partials: array<f32>;

@compute @workgroup_size(THREADS)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    thread: Thread,
) {
    let local = thread.local;
    let number = workgroup_number(id, count);
    if number >= norm.rows * norm.partials { return; }
    let row = number / norm.partials * norm.len;
    let begin = number % norm.partials * norm.chunk;
    let end = min(begin + norm.chunk, norm.len);

    var own = vec3<f32>(0.0);
    if begin + local < end {
        let origin = f32(x[row + begin + local]);
        var sum = 0.0;
        var squares = 0.0;
        for (var i = begin + local; i < end; i += THREADS) {
            let deviation = f32(x[row + i]) - origin;
            sum += deviation;
            squares = fma(deviation, deviation, squares);
        }
        let members = f32((end - begin - local + THREADS - 1u) / THREADS);
        let mean = origin - f32(x[row + begin]) + sum / members;
        own = vec3<f32>(members, mean, max(squares - sum * sum / members, 0.0));
    }
    let joined = join_workgroup(own, thread);
    if local == 0u {
        partials[number * 3u] = joined.x;
        partials[number * 3u + 1u] = f32(x[row + begin]) + joined.y;
        partials[number * 3u + 2u] = joined.z;
    }
}

// From partial moments to a scale and a shift for each instance and channel.
//
//   scale[n, c] = gamma[c] / sqrt(variance[n, group of c] + epsilon)
//   shift[n, c] = beta[c] - mean[n, group of c] * scale[n, c]
//
//   partials      (instances * groups, partials, 3)   written by norm_stats
//   gamma, beta   (channels)
//   scale_shift   (instances, channels, 2)
//   One workgroup an instance and group.
//
// CPU twin: crates/kernels/src/norm_combine.rs
#import shared/grid
#import shared/moments

struct NormCombine {
    rows: u32,
    groups: u32,
    members: u32, // channels of a group
    partials: u32,
    epsilon: f32,
}

@group(0) @binding(0) var<uniform> norm: NormCombine;
@group(0) @binding(1) var<storage, read> partials: array<f32>;
@group(0) @binding(2) var<storage, read> gamma: array<f32>;
@group(0) @binding(3) var<storage, read> beta: array<f32>;
@group(0) @binding(4) var<storage, read_write> scale_shift: array<vec2<f32>>;

@compute @workgroup_size(THREADS)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    thread: Thread,
) {
    let local = thread.local;
    let row = workgroup_number(id, count);
    if row >= norm.rows { return; }
    // Means are joined relative to the first, so that a common offset costs no accuracy.
    let origin = partials[row * norm.partials * 3u + 1u];
    var own = vec3<f32>(0.0);
    for (var i = local; i < norm.partials; i += THREADS) {
        let at = (row * norm.partials + i) * 3u;
        own = join(own, vec3<f32>(partials[at], partials[at + 1u] - origin, partials[at + 2u]));
    }
    let joined = join_workgroup(own, thread);
    let rstd = 1.0 / sqrt(joined.z / joined.x + norm.epsilon);
    for (var member = local; member < norm.members; member += THREADS) {
        let channel = row % norm.groups * norm.members + member;
        let scale = gamma[channel] * rstd;
        scale_shift[row * norm.members + member] = vec2<f32>(scale, beta[channel] - (origin + joined.y) * scale);
    }
}

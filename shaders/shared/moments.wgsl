// (count, mean, sum of squared deviations) of a sample, and how two samples join (Chan, Golub and LeVeque 1983).
#import shared/thread

fn join(a: vec3<f32>, b: vec3<f32>) -> vec3<f32> {
    let count = a.x + b.x;
    let share = b.x / max(count, 1.0);
    let delta = b.y - a.y;
    return vec3<f32>(count, a.y + delta * share, a.z + b.z + delta * delta * a.x * share);
}

var<workgroup> moments: array<vec3<f32>, THREADS>;

// Joins the samples of all threads, for all threads.
#ifdef SUBGROUPS
fn join_workgroup(own: vec3<f32>, thread: Thread) -> vec3<f32> {
    let count = subgroupAdd(own.x);
    let mean = subgroupAdd(own.x * own.y) / max(count, 1.0);
    let deviation = own.y - mean;
    let squares = subgroupAdd(own.z + own.x * deviation * deviation);
    if thread.lane == 0u { moments[thread.subgroup] = vec3<f32>(count, mean, squares); }
    workgroupBarrier();
    var joined = moments[0];
    for (var s = 1u; s < thread.subgroups; s++) { joined = join(joined, moments[s]); }
    return joined;
}
#else
fn join_workgroup(own: vec3<f32>, thread: Thread) -> vec3<f32> {
    let t = thread.local;
    moments[t] = own;
    workgroupBarrier();
    for (var half = THREADS / 2u; half > 0u; half /= 2u) {
        if t < half { moments[t] = join(moments[t], moments[t + half]); }
        workgroupBarrier();
    }
    return moments[0];
}
#endif

// (count, mean, sum of squared deviations) of a sample, and how two samples join (Chan, Golub and LeVeque 1983).

fn join(a: vec3<f32>, b: vec3<f32>) -> vec3<f32> {
    let count = a.x + b.x;
    let share = b.x / max(count, 1.0);
    let delta = b.y - a.y;
    return vec3<f32>(count, a.y + delta * share, a.z + b.z + delta * delta * a.x * share);
}

var<workgroup> moments: array<vec3<f32>, THREADS>;

// Joins the samples of all threads; the result is right in thread 0.
fn join_workgroup(own: vec3<f32>, thread: u32) -> vec3<f32> {
    moments[thread] = own;
    workgroupBarrier();
    for (var half = THREADS / 2u; half > 0u; half /= 2u) {
        if thread < half {
            moments[thread] = join(moments[thread], moments[thread + half]);
        }
        workgroupBarrier();
    }
    return moments[0];
}

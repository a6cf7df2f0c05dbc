// The sum and the largest of one value of each thread, for all threads. Needs a workgroup in step.
#import shared/thread

var<workgroup> parts: array<f32, THREADS>;

#ifdef SUBGROUPS
fn sum_together(own: f32, thread: Thread) -> f32 {
    let part = subgroupAdd(own);
    if thread.lane == 0u { parts[thread.subgroup] = part; }
    workgroupBarrier();
    var sum = parts[0];
    for (var s = 1u; s < thread.subgroups; s++) { sum += parts[s]; }
    workgroupBarrier();
    return sum;
}

fn max_together(own: f32, thread: Thread) -> f32 {
    let part = subgroupMax(own);
    if thread.lane == 0u { parts[thread.subgroup] = part; }
    workgroupBarrier();
    var high = parts[0];
    for (var s = 1u; s < thread.subgroups; s++) { high = max(high, parts[s]); }
    workgroupBarrier();
    return high;
}
#else
fn sum_together(own: f32, thread: Thread) -> f32 {
    let t = thread.local;
    parts[t] = own;
    workgroupBarrier();
    for (var half = THREADS / 2u; half > 0u; half /= 2u) {
        if t < half { parts[t] += parts[t + half]; }
        workgroupBarrier();
    }
    let sum = parts[0];
    workgroupBarrier();
    return sum;
}

fn max_together(own: f32, thread: Thread) -> f32 {
    let t = thread.local;
    parts[t] = own;
    workgroupBarrier();
    for (var half = THREADS / 2u; half > 0u; half /= 2u) {
        if t < half { parts[t] = max(parts[t], parts[t + half]); }
        workgroupBarrier();
    }
    let high = parts[0];
    workgroupBarrier();
    return high;
}
#endif

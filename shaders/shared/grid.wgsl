// Workgroups are numbered through, though the host folds a large count into two dimensions.

#ifdef SMALL
const THREADS = 8u;
#else
const THREADS = 64u;
#endif

// Elements of one workgroup in the element-wise kernels: four for each thread.
const ELEMENTS = 256u;

fn workgroup_number(id: vec3<u32>, count: vec3<u32>) -> u32 {
    return id.y * count.x + id.x;
}

// Regions of images sampled on small grids (He et al. 2017): each bin is the mean of bilinear samples, or
// with MAX the largest of their weighted corners.
//
//   x (batch, channels, height, width)   regions (count, 4): x1, y1, x2, y2   owners (count): an image each
//   y (count, channels, bins y, bins x)
//   One thread computes 4 elements, 64 apart.
//
// CPU twin: crates/kernels/src/roi_align.rs
#import shared/grid

struct Align {
    elements: u32,
    batch: u32,
    channels: u32,
    height: u32,
    width: u32,
    bins_y: u32,
    bins_x: u32,
    samples: u32,   // of a bin along each axis; 0: one a pixel
    scale: f32,     // pixels for each unit of the regions
    half_pixel: u32,
    most: u32,      // samples of a bin along an axis, at most
}

@group(0) @binding(0) var<uniform> align: Align;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> regions: array<f32>;
@group(0) @binding(3) var<storage, read> owners: array<i32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

// Start and size of a bin along one axis, and its number of samples.
fn bin(low: f32, high: f32, bins: u32, number: u32) -> vec3<f32> {
    let start = low * align.scale - select(0.0, 0.5, align.half_pixel == 1u);
    var extent = (high - low) * align.scale;
    if align.half_pixel == 0u { extent = max(extent, 1.0); }
    let size = extent / f32(bins);
    let samples = select(clamp(ceil(size), 0.0, f32(align.most)), f32(align.samples), align.samples > 0u);
    return vec3<f32>(start + f32(number) * size, size, samples);
}

// The four weighted corners of a point; all zero beyond the image.
fn corners(image: u32, row: f32, column: f32) -> vec4<f32> {
    let size = vec2<f32>(f32(align.height), f32(align.width));
    if row < -1.0 || row > size.x || column < -1.0 || column > size.y { return vec4<f32>(0.0); }
    let at = clamp(vec2<f32>(row, column), vec2<f32>(0.0), size - 1.0);
    let low = vec2<u32>(floor(at));
    let high = min(low + 1u, vec2<u32>(align.height, align.width) - 1u);
    let share = at - floor(at);
    let near = image + low.x * align.width;
    let far = image + high.x * align.width;
    return vec4<f32>(
        (1.0 - share.x) * (1.0 - share.y) * x[near + low.y],
        (1.0 - share.x) * share.y * x[near + high.y],
        share.x * (1.0 - share.y) * x[far + low.y],
        share.x * share.y * x[far + high.y],
    );
}

@compute @workgroup_size(THREADS)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let begin = workgroup_number(id, count) * ELEMENTS;
    for (var i = begin + local; i < min(begin + ELEMENTS, align.elements); i += THREADS) {
        let plane = i / align.bins_x / align.bins_y;
        let region = plane / align.channels;
        let owner = u32(clamp(owners[region], 0, i32(align.batch) - 1));
        let image = (owner * align.channels + plane % align.channels) * align.height * align.width;
        let columns = bin(regions[4u * region], regions[4u * region + 2u], align.bins_x, i % align.bins_x);
        let rows = bin(regions[4u * region + 1u], regions[4u * region + 3u], align.bins_y, i / align.bins_x % align.bins_y);
        var sum = 0.0;
        var largest = -3.4e38;
        for (var a = 0.5; a < rows.z; a += 1.0) {
            for (var b = 0.5; b < columns.z; b += 1.0) {
                let v = corners(image, rows.x + a * rows.y / rows.z, columns.x + b * columns.y / columns.z);
                sum += v.x + v.y + v.z + v.w;
                largest = max(largest, max(max(v.x, v.y), max(v.z, v.w)));
            }
        }
        let samples = rows.z * columns.z;
#ifdef MAX
        y[i] = select(0.0, largest, samples > 0.0);
#else
        y[i] = sum / max(samples, 1.0);
#endif
    }
}

// An image or a volume sampled where a grid says: the nearest pixel (default), two neighbours along each
// axis (LINEAR) or four (CUBIC).
//
//   x (batch, channels, [D,] H, W)   grid (batch, points, axes)   y (batch, channels, points)
//   A point of the grid is (x, y[, z]), from -1 to 1 across the image.
//   One thread computes 4 elements, 64 apart.
//
// The host guarantees: an image has a depth of one.
// CPU twin: crates/kernels/src/grid_sample.rs
#import shared/grid
#import shared/stored

#ifdef CUBIC
const TAPS = 4u;
#else
#ifdef LINEAR
const TAPS = 2u;
#else
const TAPS = 1u;
#endif
#endif

struct Sample {
    elements: u32,
    channels: u32,
    points: u32,
    axes: u32,
    size: vec3<u32>, // w, h, d
    align: u32,      // 1: -1 and 1 are the centres of the outermost pixels, else their outer edges
    padding: u32,    // beyond the image: 0 zeros, 1 the edge, 2 the image reflected
}

@group(0) @binding(0) var<uniform> sample: Sample;
@group(0) @binding(1) var<storage, read> x: array<Real1>;
@group(0) @binding(2) var<storage, read> grid: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<Written>;

fn reflect_into(v: f32, low: f32, high: f32) -> f32 {
    let range = high - low;
    if range <= 0.0 { return 0.0; }
    if v >= low && v <= high { return v; }
    let over = select(v - high, low - v, v < low);
    let turns = trunc(over / range);
    let rest = over - turns * range;
    let from_low = (v < low) == (turns % 2.0 == 0.0);
    return select(high - rest, low + rest, from_low);
}

// The pixels along one axis that a coordinate is made of, and their weights.
struct Taps {
    pixels: array<u32, 4>,
    weights: array<f32, 4>,
}

fn taps(coordinate: f32, size: u32) -> Taps {
    let extent = f32(size);
    let edge = select(0.5, 0.0, sample.align == 1u);
    let low = -edge;
    let high = extent - 1.0 + edge;
    var c = select(((coordinate + 1.0) * extent - 1.0) / 2.0, (coordinate + 1.0) / 2.0 * (extent - 1.0), sample.align == 1u);
    c = clamp(c, -1e8, 1e8);
#ifndef LINEAR
#ifndef CUBIC
    c = round(c);
#endif
#endif
    if c < low || c > high {
        if sample.padding == 1u { c = clamp(c, 0.0, extent - 1.0); }
        if sample.padding == 2u { c = reflect_into(c, low, high); }
    }
    let first = floor(c);
    let t = c - first;
    var result: Taps;
    var begin = i32(first);
#ifdef CUBIC
    begin -= 1;
    const A = -0.75;
    result.weights = array(
        ((A * (t + 1.0) - 5.0 * A) * (t + 1.0) + 8.0 * A) * (t + 1.0) - 4.0 * A,
        ((A + 2.0) * t - (A + 3.0)) * t * t + 1.0,
        ((A + 2.0) * (1.0 - t) - (A + 3.0)) * (1.0 - t) * (1.0 - t) + 1.0,
        ((A * (2.0 - t) - 5.0 * A) * (2.0 - t) + 8.0 * A) * (2.0 - t) - 4.0 * A,
    );
#else
#ifdef LINEAR
    result.weights = array(1.0 - t, t, 0.0, 0.0);
#else
    result.weights = array(1.0, 0.0, 0.0, 0.0);
#endif
#endif
    for (var tap = 0u; tap < TAPS; tap++) {
        var pixel = begin + i32(tap);
        if pixel < 0 || pixel >= i32(size) {
            if sample.padding == 0u { result.weights[tap] = 0.0; }
            if sample.padding == 2u { pixel = i32(reflect_into(f32(pixel), low, high)); }
        }
        result.pixels[tap] = u32(clamp(pixel, 0, i32(size) - 1));
    }
    return result;
}

@compute @workgroup_size(THREADS)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) count: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let begin = workgroup_number(id, count) * ELEMENTS;
    for (var i = begin + local; i < min(begin + ELEMENTS, sample.elements); i += THREADS) {
        let image = i / sample.points;
        let entry = (image / sample.channels * sample.points + i % sample.points) * sample.axes;
        var columns = taps(grid[entry], sample.size.x);
        var rows = taps(grid[entry + 1u], sample.size.y);
        var planes = Taps();
        planes.weights[0] = 1.0;
        var depth = 1u;
        if sample.axes == 3u {
            planes = taps(grid[entry + 2u], sample.size.z);
            depth = TAPS;
        }
        var sum = 0.0;
        for (var a = 0u; a < depth; a++) {
            for (var b = 0u; b < TAPS; b++) {
                let row = ((image * sample.size.z + planes.pixels[a]) * sample.size.y + rows.pixels[b]) * sample.size.x;
                var along = 0.0;
                for (var c = 0u; c < TAPS; c++) {
                    along += f32(x[row + columns.pixels[c]]) * columns.weights[c];
                }
                sum += along * planes.weights[a] * rows.weights[b];
            }
        }
        y[i] = written(sum);
    }
}

// What the two convolutions share: a thread's voxels and weights, and how it writes its sums. The importing shader
// names its uniform block `conv`, its input `x` and its result `y`.

// Weights in workgroup memory: 4 KiB, 128 (channel, tap) pairs of eight output channels each.
const STAGED = 128u;
var<workgroup> staged: array<array<vec4<f32>, 2>, STAGED>;

// A voxel of the row that starts at `row`; zero outside.
fn voxel(row: u32, column: i32) -> f32 {
    let inside = column >= 0 && column < i32(conv.in_size.x);
    return select(0.0, f32(x[row + u32(select(0, column, inside))]), inside);
}

fn pair_weights(block: u32, pair: u32) -> array<vec4<f32>, 2> {
    return weights(block, pair, conv.in_size.w * conv.kernel.w, conv.blocks, conv.rows);
}

// The weights of a pair, by its number among the staged ones; where nothing is staged, by its own.
fn tap_weights(block: u32, pair: u32) -> array<vec4<f32>, 2> {
#ifdef DIRECT
    return pair_weights(block, pair);
#else
    return staged[pair];
#endif
}

// Scales, shifts and writes one column of up to eight channels, `plane` voxels apart.
fn store(block: u32, start: u32, plane: u32, channels: u32, a: vec4<f32>, b: vec4<f32>) {
    let bias = conv.blocks * 2u + block * 2u;
    var values = array(
        fma(a, scale_bias[block * 2u], scale_bias[bias]),
        fma(b, scale_bias[block * 2u + 1u], scale_bias[bias + 1u]),
    );
#ifdef RESIDUAL
    for (var o = 0u; o < channels; o++) { values[o / 4u][o % 4u] += f32(residual[start + o * plane]); }
#endif
    values[0] = activate(conv.activation, values[0], conv.alpha);
    values[1] = activate(conv.activation, values[1], conv.alpha);
    for (var o = 0u; o < channels; o++) { y[start + o * plane] = written(values[o / 4u][o % 4u]); }
}

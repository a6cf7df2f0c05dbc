// A row of weights in workgroup memory: 4 KiB, 128 pairs of eight output channels each.

const STAGED = 128u;
var<workgroup> staged: array<array<vec4<f32>, 2>, STAGED>;

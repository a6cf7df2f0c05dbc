//! Convolutions in one, two and three dimensions, and their transposes.

use burn_backend::Backend;
use burn_backend::ops::{ConvOptions, ConvTransposeOptions};
use darkroom_graph::Window;

use super::{Entry, Results, float, shifted};
use crate::ReferenceError;
use crate::call::Call;
use crate::tensor::Float;

pub(super) fn table<B: Backend>() -> Vec<Entry<B>> {
    vec![
        Entry::limited("Conv", "one to three spatial axes", convolution),
        Entry::limited("ConvTranspose", "one to three spatial axes", transposed),
    ]
}

fn groups<B: Backend>(call: &Call<'_, B>) -> Result<usize, ReferenceError> {
    let groups = usize::try_from(call.whole("group", 1)).ok().filter(|&groups| groups > 0);
    groups.ok_or_else(|| call.refuse("its group count is not positive"))
}

fn convolution<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let window = Window::conv(call.node, spatial(call, 0)?, spatial(call, 1)?)?;
    let groups = groups(call)?;
    let (x, weight, bias) = (call.float(0)?, call.float(1)?, call.optional_float(2)?);
    float(convolve(call, x, weight, bias, &window, groups)?)
}

/// The spatial dimensions of operand `index`.
fn spatial<'a, B: Backend>(call: &'a Call<'_, B>, index: usize) -> Result<&'a [usize], ReferenceError> {
    call.dims(index).get(2..).ok_or_else(|| call.refuse(format!("operand {index} has no spatial axes")))
}

/// x (N, C, spatial..) with weight (O, C / groups, kernel..).
pub(super) fn convolve<B: Backend>(
    call: &Call<'_, B>,
    x: Float<B>,
    weight: Float<B>,
    bias: Option<Float<B>>,
    window: &Window,
    groups: usize,
) -> Result<Float<B>, ReferenceError> {
    let dims = weight.dims();
    let own = if shifted::fits(window, groups, dims[0]) {
        shifted::shifted(x, weight, window)
    } else if dims.len() == 5 && dims[1] == 1 && dims[0] == groups {
        depthwise(x, weight, window)
    } else {
        let bias = bias.map(|bias| bias.0);
        return Ok(Float(match window.kernel.len() {
            1 => B::conv1d(x.0, weight.0, bias, options(window, 0, groups)),
            2 => B::conv2d(x.0, weight.0, bias, options(window, 0, groups)),
            3 => B::conv3d(x.0, weight.0, bias, options(window, 0, groups)),
            rank => return Err(call.refuse(format!("{rank} spatial axes"))),
        }));
    };
    Ok(match bias {
        Some(bias) => own + across(bias, window),
        None => own,
    })
}

/// What Burn takes for the axes of a window from `first` on.
fn options<const N: usize>(window: &Window, first: usize, groups: usize) -> ConvOptions<N> {
    ConvOptions::new_with_padding(
        std::array::from_fn(|axis| window.stride[first + axis]),
        std::array::from_fn(|axis| (window.pad_begin[first + axis], window.pad_end[first + axis])),
        std::array::from_fn(|axis| window.dilation[first + axis]),
        groups,
    )
}

/// A channel's own kernel in three dimensions, without bias: x (N, C, D, H, W) with weight (C, 1, kernel..).
///
/// A sum over the taps along the first axis of convolutions in two dimensions whose channels are all the planes: Burn
/// computes those without gathering patches, and only those.
fn depthwise<B: Backend>(x: Float<B>, weight: Float<B>, window: &Window) -> Float<B> {
    let pads = [(0, 0), (0, 0), (window.pad_begin[0], window.pad_end[0]), (0, 0), (0, 0)];
    let x = x.pad(&pads, 0.0);
    let (dims, depth) = (x.dims(), window.output[0]);
    let planes = dims[1] * depth;
    let taps = (0..window.kernel[0]).map(|tap| {
        let read = x.clone().stepped(2, tap * window.dilation[0], depth, window.stride[0]);
        let read = read.reshape(&[dims[0], planes, dims[3], dims[4]]);
        let kernel = [window.kernel[1], window.kernel[2]];
        let weight = weight.clone().narrow(2, tap, 1).expand(&[dims[1], depth, 1, kernel[0], kernel[1]]);
        let weight = weight.reshape(&[planes, 1, kernel[0], kernel[1]]);
        Float(B::conv2d(read.0, weight.0, None, options(window, 1, planes)))
    });
    let dims = [dims[0], dims[1], depth, window.output[1], window.output[2]];
    match taps.reduce(|sum: Float<B>, tap| sum + tap) {
        Some(sum) => sum.reshape(&dims),
        None => Float::full(&dims, 0.0, &x.device()),
    }
}

/// A bias for each channel, to be added to (N, C, spatial..).
fn across<B: Backend>(bias: Float<B>, window: &Window) -> Float<B> {
    let mut dims = vec![1; window.kernel.len() + 2];
    dims[1] = bias.len();
    bias.reshape(&dims)
}

/// The whole transpose, without padding; then the part that the padding leaves, and the bias.
fn transposed<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    fn options<const N: usize>(window: &Window, groups: usize) -> ConvTransposeOptions<N> {
        let stride = std::array::from_fn(|axis| window.stride[axis]);
        let dilation = std::array::from_fn(|axis| window.dilation[axis]);
        ConvTransposeOptions::new(stride, [0; N], [0; N], dilation, groups)
    }
    let window = Window::conv_transpose(call.node, spatial(call, 0)?, spatial(call, 1)?)?;
    let groups = groups(call)?;
    let (x, weight) = (call.float(0)?.0, call.float(1)?.0);
    let mut y = Float::<B>(match window.kernel.len() {
        1 => B::conv_transpose1d(x, weight, None, options(&window, groups)),
        2 => B::conv_transpose2d(x, weight, None, options(&window, groups)),
        3 => B::conv_transpose3d(x, weight, None, options(&window, groups)),
        rank => return Err(call.refuse(format!("{rank} spatial axes"))),
    });
    for (axis, (&begin, &len)) in window.pad_begin.iter().zip(&window.output).enumerate() {
        let axis = axis + 2;
        // Output padding may ask for more than the kernel reaches: nothing but the bias lies there.
        let missing = (begin + len).saturating_sub(y.dims()[axis]);
        let mut pads = vec![(0, 0); y.dims().len()];
        pads[axis].1 = missing;
        y = y.pad(&pads, 0.0).narrow(axis, begin, len);
    }
    match call.optional_float(2)? {
        Some(bias) => float(y + across(bias, &window)),
        None => float(y),
    }
}

//! Convolutions in one, two and three dimensions, and their transposes.

use burn_backend::Backend;
use burn_backend::ops::{ConvOptions, ConvTransposeOptions};
use darkroom_graph::Window;

use super::{Entry, Results, float};
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
    fn options<const N: usize>(window: &Window, groups: usize) -> ConvOptions<N> {
        ConvOptions::new_with_padding(
            std::array::from_fn(|axis| window.stride[axis]),
            std::array::from_fn(|axis| (window.pad_begin[axis], window.pad_end[axis])),
            std::array::from_fn(|axis| window.dilation[axis]),
            groups,
        )
    }
    let bias = bias.map(|bias| bias.0);
    Ok(Float(match window.kernel.len() {
        1 => B::conv1d(x.0, weight.0, bias, options(window, groups)),
        2 => B::conv2d(x.0, weight.0, bias, options(window, groups)),
        3 => B::conv3d(x.0, weight.0, bias, options(window, groups)),
        rank => return Err(call.refuse(format!("{rank} spatial axes"))),
    }))
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
        Some(bias) => {
            let mut dims = vec![1; y.dims().len()];
            dims[1] = bias.len();
            float(y + bias.reshape(&dims))
        }
        None => float(y),
    }
}

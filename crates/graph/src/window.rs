//! The sliding window of a convolution: kernel, stride, dilation and padding, with `auto_pad` resolved.

use crate::{GraphError, Node};

/// One entry a spatial axis, in the order of the tensor's axes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Kernel size.
    pub kernel: Vec<usize>,
    /// Stride.
    pub stride: Vec<usize>,
    /// Dilation.
    pub dilation: Vec<usize>,
    /// Padding before the first element; for a transposed convolution, what is cut there.
    pub pad_begin: Vec<usize>,
    /// Padding after the last element; likewise.
    pub pad_end: Vec<usize>,
    /// Output size.
    pub output: Vec<usize>,
}

impl Window {
    /// The window of a `Conv` node over a `spatial` input with a `kernel` taken from its weights.
    ///
    /// # Errors
    /// Attributes of the wrong length or sign, and a kernel larger than the padded input.
    pub fn conv(node: &Node, spatial: &[usize], kernel: &[usize]) -> Result<Self, GraphError> {
        let mut window = Self::attributes(node, spatial, kernel)?;
        let same = matches!(node.attributes.string("auto_pad"), Some("SAME_UPPER" | "SAME_LOWER"));
        for (axis, &size) in spatial.iter().enumerate() {
            let reach = window.reach(axis);
            if same {
                let wanted = size.div_ceil(window.stride[axis]);
                let total = ((wanted - 1) * window.stride[axis] + reach).saturating_sub(size);
                window.split(axis, total, node.attributes.string("auto_pad") == Some("SAME_LOWER"));
            }
            let padded = size + window.pad_begin[axis] + window.pad_end[axis];
            if padded < reach {
                return Err(node
                    .refuse(format!("a kernel that reaches over {reach} elements does not fit an axis of {padded}")));
            }
            window.output.push((padded - reach) / window.stride[axis] + 1);
        }
        Ok(window)
    }

    /// The window of a pooling node, whose kernel is an attribute. With `ceil_mode` a last window may
    /// reach beyond the padded input, if it begins inside the input or the padding before it.
    ///
    /// # Errors
    /// As for [`Window::conv`].
    pub fn pool(node: &Node, spatial: &[usize]) -> Result<Self, GraphError> {
        let kernel = natural(node, "kernel_shape", spatial.len(), 0)?;
        let mut window = Self::conv(node, spatial, &kernel)?;
        // With auto_pad the output is the input over the stride, rounded up, whatever ceil_mode says.
        let same = matches!(node.attributes.string("auto_pad"), Some("SAME_UPPER" | "SAME_LOWER"));
        if node.attributes.int("ceil_mode").unwrap_or(0) != 0 && !same {
            for (axis, &size) in spatial.iter().enumerate() {
                let padded = size + window.pad_begin[axis] + window.pad_end[axis];
                let steps = (padded - window.reach(axis)).div_ceil(window.stride[axis]);
                let begins_inside = steps * window.stride[axis] < size + window.pad_begin[axis];
                window.output[axis] = steps + usize::from(begins_inside);
            }
        }
        Ok(window)
    }

    /// The window of a `ConvTranspose` node.
    ///
    /// # Errors
    /// As for [`Window::conv`], and padding that leaves no output.
    pub fn conv_transpose(node: &Node, spatial: &[usize], kernel: &[usize]) -> Result<Self, GraphError> {
        let mut window = Self::attributes(node, spatial, kernel)?;
        let extra = natural(node, "output_padding", spatial.len(), 0)?;
        let wanted = node.attributes.ints("output_shape");
        let same = matches!(node.attributes.string("auto_pad"), Some("SAME_UPPER" | "SAME_LOWER"));
        for axis in 0..spatial.len() {
            let spread = (spatial[axis] - 1).checked_mul(window.stride[axis]);
            let full = spread.and_then(|spread| spread.checked_add(window.reach(axis) + extra[axis]));
            let mut full = full.ok_or_else(|| node.refuse("a result larger than any adapter can hold"))?;
            let target = match wanted {
                Some(shape) => shape.get(axis).and_then(|&n| usize::try_from(n).ok()),
                None if same => Some(spatial[axis] * window.stride[axis]),
                None => None,
            };
            if let Some(target) = target {
                // A shape beyond what the taps reach is filled up behind, as by output_padding.
                full = full.max(target);
                // Unlike a convolution's, an odd element more at the end must be asked for.
                let lower = node.attributes.string("auto_pad") != Some("SAME_UPPER");
                window.split(axis, full.saturating_sub(target), lower);
            }
            let cut = window.pad_begin[axis] + window.pad_end[axis];
            if full <= cut {
                return Err(node.refuse("its padding leaves no output"));
            }
            window.output.push(full - cut);
        }
        Ok(window)
    }

    fn attributes(node: &Node, spatial: &[usize], kernel: &[usize]) -> Result<Self, GraphError> {
        let rank = spatial.len();
        if spatial.contains(&0) {
            return Err(node.refuse(format!("an empty input, its spatial axes are {spatial:?}")));
        }
        if kernel.len() != rank || !(1..=3).contains(&rank) || kernel.contains(&0) {
            return Err(node.refuse(format!("{rank} spatial axes with a kernel of {} axes", kernel.len())));
        }
        let pads = natural(node, "pads", 2 * rank, 0)?;
        let window = Self {
            kernel: kernel.to_vec(),
            stride: natural(node, "strides", rank, 1)?,
            dilation: natural(node, "dilations", rank, 1)?,
            pad_begin: pads[..rank].to_vec(),
            pad_end: pads[rank..].to_vec(),
            output: Vec::new(),
        };
        let zero = [&window.kernel, &window.stride, &window.dilation].into_iter().flatten().any(|&n| n == 0);
        if zero {
            return Err(node.refuse("a kernel size, stride or dilation is 0"));
        }
        let reach = |axis: usize| (window.kernel[axis] - 1).checked_mul(window.dilation[axis]);
        match (0..rank).find(|&axis| reach(axis).is_none_or(|reach| reach > LARGEST)) {
            Some(axis) => Err(node.refuse(format!(
                "a kernel of {} elements at a distance of {}",
                window.kernel[axis], window.dilation[axis]
            ))),
            None => Ok(window),
        }
    }

    /// Elements from the first to the last tap.
    fn reach(&self, axis: usize) -> usize {
        (self.kernel[axis] - 1) * self.dilation[axis] + 1
    }

    /// Pads an axis by `total` elements; an odd one goes to its beginning if `lower`, else to its end.
    fn split(&mut self, axis: usize, total: usize, lower: bool) {
        let small = total / 2;
        (self.pad_begin[axis], self.pad_end[axis]) =
            if lower { (total - small, small) } else { (small, total - small) };
    }
}

/// The largest stride, dilation or padding: a tensor it made sense for would not fit a GPU, and a sum
/// of a few with an axis fits 32 bits.
const LARGEST: usize = 1 << 24;

/// A list of non-negative integers of a given length, or the default repeated.
fn natural(node: &Node, name: &str, len: usize, default: usize) -> Result<Vec<usize>, GraphError> {
    let Some(values) = node.attributes.ints(name) else { return Ok(vec![default; len]) };
    let values: Option<Vec<usize>> = values.iter().map(|&value| usize::try_from(value).ok()).collect();
    match values {
        Some(values) if values.len() == len && values.iter().all(|&value| value <= LARGEST) => Ok(values),
        _ => Err(node.refuse(format!("attribute {name} must be {len} numbers from 0 to {LARGEST}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Attribute, Attributes};

    #[test]
    fn an_odd_padding_of_a_transposed_convolution_is_larger_before_unless_asked_otherwise() {
        // A full extent of 11 cut to 10: ONNX Runtime cuts the same end.
        for (auto_pad, begin) in [("NOTSET", 1), ("SAME_LOWER", 1), ("SAME_UPPER", 0)] {
            let attributes = vec![
                ("strides".to_owned(), Attribute::Ints(vec![2])),
                ("output_shape".to_owned(), Attribute::Ints(vec![10])),
                ("auto_pad".to_owned(), Attribute::String(auto_pad.to_owned())),
            ];
            let node = Node {
                name: "up".to_owned(),
                op: "ConvTranspose".to_owned(),
                inputs: vec![],
                outputs: vec![],
                attributes: Attributes(attributes),
            };
            let window = Window::conv_transpose(&node, &[5], &[3]).map_err(|error| error.to_string());
            let window = window.map(|window| (window.pad_begin[0], window.pad_end[0], window.output[0]));
            assert_eq!(window, Ok((begin, 1 - begin, 10)), "{auto_pad}");
        }
    }
}

//! The inverses of windows: elements put back where a window took them from.

use burn_backend::Backend;
use burn_backend::tensor::IndexingUpdateOp;

use super::{Entry, Results, float};
use crate::ReferenceError;
use crate::call::Call;
use crate::tensor::{Float, Int};

pub(super) fn table<B: Backend>() -> Vec<Entry<B>> {
    vec![Entry::full("MaxUnpool", max_unpool), Entry::full("Col2Im", blocks_to_image)]
}

/// `values` added or put at flat `places` of a tensor of `len` zeros.
fn placed<B: Backend>(
    call: &Call<'_, B>,
    values: Float<B>,
    places: Vec<i32>,
    len: usize,
    update: IndexingUpdateOp,
) -> Float<B> {
    let count = places.len();
    let places = Int::new(places, &[count], call.device);
    Float::full(&[len], 0.0, call.device).scatter(0, places, values.reshape(&[count]), update)
}

/// The indices count in the shape that the windows fill; a larger shape asked for is padded behind it.
fn max_unpool<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let filled = call.graph.unpooled(call.node)?;
    let wanted = call.result_dims(0).to_vec();
    let len = filled.iter().product();
    let places = call.indices(1, len)?;
    let x = call.float(0)?;
    let y = placed(call, x, places, len, IndexingUpdateOp::Assign).reshape(&filled);
    let pads: Option<Vec<(usize, usize)>> =
        filled.iter().zip(&wanted).map(|(&from, &to)| to.checked_sub(from).map(|more| (0, more))).collect();
    let pads = pads.ok_or_else(|| call.refuse(format!("a shape of {wanted:?} for windows that fill {filled:?}")))?;
    float(y.pad(&pads, 0.0))
}

/// Columns of blocks summed where the blocks lay in the image.
fn blocks_to_image<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let image = sizes(call, 1)?;
    let block = sizes(call, 2)?;
    let rank = image.len();
    let numbers = |name: &str, len: usize, default: i64| -> Result<Vec<i64>, ReferenceError> {
        let values = call.node.attributes.ints(name).map_or_else(|| vec![default; len], <[i64]>::to_vec);
        if values.len() == len { Ok(values) } else { Err(call.refuse(format!("its {name} do not fit its image"))) }
    };
    let (stride, dilation) = (numbers("strides", rank, 1)?, numbers("dilations", rank, 1)?);
    let pads = numbers("pads", 2 * rank, 0)?;
    let steps = (0..rank).map(|axis| {
        let reach = dilation[axis] * (block[axis] as i64 - 1) + 1;
        (image[axis] as i64 + pads[axis] + pads[axis + rank] - reach) / stride[axis].max(1) + 1
    });
    let steps: Vec<usize> = steps.map(|steps| usize::try_from(steps).unwrap_or(0)).collect();
    let (taps, columns): (usize, usize) = (block.iter().product(), steps.iter().product());
    let [batch, channels, given] = call.dims(0)[..] else { return Err(call.refuse("its operand has not three axes")) };
    if given != columns || !channels.is_multiple_of(taps.max(1)) {
        return Err(call.refuse(format!("{given} blocks of {channels} channels, where the image has {columns} blocks")));
    }
    let size: usize = image.iter().product();
    let mut places = Vec::with_capacity(batch * channels * columns);
    for plane in 0..batch * channels / taps {
        for tap in 0..taps {
            for column in 0..columns {
                places.push(place(
                    &[&image, &block, &steps],
                    [tap, column],
                    &[&stride, &dilation, &pads],
                    plane * size,
                ));
            }
        }
    }
    let x = call.float(0)?;
    let planes = batch * channels / taps;
    // What falls into the padding is gathered behind the image and dropped.
    let end = (planes * size) as i32;
    let places = places.into_iter().map(|place| place.unwrap_or(end)).collect();
    let y = placed(call, x, places, planes * size + 1, IndexingUpdateOp::Add);
    let result = call.result_dims(0).to_vec();
    float(y.narrow(0, 0, planes * size).reshape(&result))
}

/// The flat place of a tap of a block; none in the padding.
fn place(sizes: &[&[usize]; 3], [tap, column]: [usize; 2], window: &[&[i64]; 3], start: usize) -> Option<i32> {
    let [image, block, steps] = sizes;
    let [stride, dilation, pads] = window;
    let (mut tap, mut column, mut flat, mut step) = (tap, column, start, 1);
    for axis in (0..image.len()).rev() {
        let at =
            (column % steps[axis]) as i64 * stride[axis] + (tap % block[axis]) as i64 * dilation[axis] - pads[axis];
        flat += usize::try_from(at).ok().filter(|&at| at < image[axis])? * step;
        (tap, column, step) = (tap / block[axis], column / steps[axis], step * image[axis]);
    }
    i32::try_from(flat).ok()
}

/// The positive sizes of operand `index`.
fn sizes<B: Backend>(call: &mut Call<'_, B>, index: usize) -> Result<Vec<usize>, ReferenceError> {
    let values = call.integers(index)?.unwrap_or_default();
    let sizes: Option<Vec<usize>> = values.iter().map(|&n| usize::try_from(n).ok().filter(|&n| n > 0)).collect();
    sizes.ok_or_else(|| call.refuse(format!("sizes of {values:?}")))
}

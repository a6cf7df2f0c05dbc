//! The channels of a latent image as one picture.

/// Channels of `edges` (height, width), one after the other, as one picture with the channels side by side; its values
/// and edges.
#[must_use]
pub fn beside(values: &[f32], [height, width]: [usize; 2]) -> (Vec<f32>, [usize; 2]) {
    let channels = values.len() / (height * width).max(1);
    let row = |y: usize, channel: usize| &values[(channel * height + y) * width..][..width];
    let rows = (0..height).flat_map(|y| (0..channels).flat_map(move |channel| row(y, channel)));
    (rows.copied().collect(), [height, width * channels])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_stand_side_by_side() {
        let two = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];
        assert_eq!(beside(&two, [2, 2]), (vec![1.0, 2.0, 5.0, 6.0, 3.0, 4.0, 7.0, 8.0], [2, 4]));
        assert_eq!(beside(&two, [2, 4]), (two.to_vec(), [2, 4]));
        assert_eq!(beside(&[], [0, 0]), (Vec::new(), [0, 0]));
    }
}

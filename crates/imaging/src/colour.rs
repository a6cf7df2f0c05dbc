//! Colour maps: 256 colours from the low end of a window to the high end.

/// A named colour map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColourMap {
    /// White for low, black for high: the custom for PET.
    InvertedGrey,
    /// Black for low, white for high: the custom for CT and MR.
    Grey,
    /// Blue below, near white at the middle, orange to brown above. The two arms mirror each other in lightness and
    /// differ in blue and yellow, which every common colour-vision deficiency keeps apart.
    Difference,
    /// Clear for low, then yellow to red: what lies over an image.
    Spread,
}

/// Red, green, blue and opacity of 256 levels.
pub type Palette = [[u8; 4]; 256];

/// Stops of the difference map's arms, from the middle outwards; lightness (CIE L*) falls 97, 79, 56, 34 in both.
const NEUTRAL: [f32; 3] = [247.0, 247.0, 247.0];
const BELOW: [[f32; 3]; 4] = [NEUTRAL, [154.0, 203.0, 232.0], [61.0, 140.0, 192.0], [8.0, 83.0, 138.0]];
const ABOVE: [[f32; 3]; 4] = [NEUTRAL, [250.0, 183.0, 119.0], [203.0, 115.0, 33.0], [132.0, 62.0, 5.0]];

impl ColourMap {
    /// The colours of the map.
    #[must_use]
    pub fn palette(self) -> Palette {
        std::array::from_fn(|level| {
            let mut opacity = 255;
            let [r, g, b] = match self {
                Self::InvertedGrey => [255 - level as u8; 3],
                Self::Grey => [level as u8; 3],
                Self::Difference => diverging(level),
                Self::Spread => {
                    opacity = (level * 4 / 5) as u8;
                    [255, 220 - (level * 3 / 4) as u8, 0]
                }
            };
            [r, g, b, opacity]
        })
    }
}

/// The difference map at a level: 127 and 128 lie on either side of the middle, at the same distance from it.
fn diverging(level: usize) -> [u8; 3] {
    let distance = (level as f32 - 127.5).abs();
    // Both middle levels are fully neutral, so that "no change" has no tint.
    let place = (distance - 0.5) / 127.0 * 3.0;
    let arm = if level < 128 { &BELOW } else { &ABOVE };
    let stop = (place as usize).min(2);
    let share = place - stop as f32;
    std::array::from_fn(|channel| {
        let [from, to] = [arm[stop][channel], arm[stop + 1][channel]];
        (from + (to - from) * share).round() as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CIE L* of an sRGB colour.
    fn lightness(colour: [u8; 4]) -> f64 {
        let linear = |byte: u8| {
            let v = f64::from(byte) / 255.0;
            if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
        };
        let y = 0.2126 * linear(colour[0]) + 0.7152 * linear(colour[1]) + 0.0722 * linear(colour[2]);
        116.0 * y.cbrt() - 16.0
    }

    #[test]
    fn greys_run_from_end_to_end() {
        assert_eq!(ColourMap::InvertedGrey.palette()[0], [255; 4]);
        assert_eq!(ColourMap::InvertedGrey.palette()[255], [0, 0, 0, 255]);
        assert_eq!(ColourMap::Grey.palette()[200], [200, 200, 200, 255]);
    }

    #[test]
    fn difference_is_neutral_in_the_middle_and_as_dark_on_either_side() {
        let palette = ColourMap::Difference.palette();
        assert_eq!(palette[127], palette[128]);
        assert_eq!(palette[127], [247, 247, 247, 255]);
        for step in 0..127 {
            let [below, above] = [palette[127 - step], palette[128 + step]];
            assert!((lightness(below) - lightness(above)).abs() < 4.0, "{step}: {below:?} {above:?}");
            assert!(lightness(palette[126 - step]) < lightness(below) + 1e-9);
            assert!(lightness(palette[129 + step]) < lightness(above) + 1e-9);
        }
        // Apart in blue against yellow, the axis that red-green deficiency leaves untouched.
        assert!(palette[0][2] > palette[0][0] + 60 && palette[255][0] > palette[255][2] + 60);
    }

    #[test]
    fn the_spread_is_clear_where_samples_agree_and_denser_where_they_do_not() {
        let palette = ColourMap::Spread.palette();
        assert_eq!(palette[0][3], 0);
        assert!(palette.windows(2).all(|pair| pair[0][3] <= pair[1][3] && pair[0][1] >= pair[1][1]));
        assert!(palette[255][3] > 200 && palette[255][1] < 40, "the end is a dense red: {:?}", palette[255]);
    }
}

//! Which elements of an axis make an element of the resampled axis (ONNX `Resize`).
//!
//! The weights are worked out once, on the host, in float64, so that every GPU rounds coordinates alike.

/// Which inputs an output is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Filter {
    /// The nearest one.
    Nearest(Round),
    /// The two nearest, weighted by their closeness.
    Linear,
    /// The four nearest, weighted by Keys' cubic (1981) with this coefficient.
    Cubic(f64),
}

/// How a coordinate between two elements becomes one of them (ONNX `nearest_mode`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    /// The lower of two equally near ones: ONNX's default.
    PreferFloor,
    /// The upper of two equally near ones.
    PreferCeil,
    /// Always the lower.
    Floor,
    /// Always the upper.
    Ceil,
}

/// Where an output element lies in the input (ONNX `coordinate_transformation_mode`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Coordinates {
    /// Begins of the first elements coincide: out / scale.
    Asymmetric,
    /// Ends of the axes coincide: (out + 0.5) / scale - 0.5.
    HalfPixel,
    /// As `HalfPixel`, but the middles of both axes coincide where the output was rounded.
    HalfPixelSymmetric,
    /// Centres of the first and last elements coincide: out * (in size - 1) / (in size * scale - 1).
    AlignCorners,
    /// As `HalfPixel`, but zero where the output has one element only.
    PytorchHalfPixel,
    /// Centres of the first and last elements lie at the ends of a region; beyond the input lies a
    /// value of its own.
    CropAndResize {
        /// Start and end of the region in shares of the axis.
        region: [f64; 2],
        /// The value beyond.
        beyond: f32,
    },
}

/// How one axis is resampled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampling {
    /// Elements of the input.
    pub input: usize,
    /// Elements of the output.
    pub output: usize,
    /// Output elements for each input element: the model's own factor, or output / input.
    pub scale: f64,
    /// Which inputs an output is made of.
    pub filter: Filter,
    /// Where an output element lies in the input.
    pub coordinates: Coordinates,
    /// Whether the filter is widened where the output is coarser, so that every input counts.
    pub antialias: bool,
    /// Whether inputs beyond the ends have no weight; else the ends are repeated.
    pub exclude_outside: bool,
}

/// What an output element is made of: a constant plus inputs times weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Taps {
    /// The value of an output beyond the input, else 0.
    pub constant: f32,
    /// Distinct inputs, ascending, and their weights.
    pub inputs: Vec<(usize, f64)>,
}

impl Sampling {
    /// The makings of every output element.
    #[must_use]
    pub fn taps(&self) -> Vec<Taps> {
        (0..self.output).map(|output| self.tap(output as f64)).collect()
    }

    fn tap(&self, output: f64) -> Taps {
        let last = self.input.saturating_sub(1) as f64;
        let x = self.coordinate(output);
        if let Coordinates::CropAndResize { beyond, .. } = self.coordinates
            && !(0.0..=last).contains(&x)
        {
            return Taps { constant: beyond, inputs: vec![] };
        }
        // How far the filter reaches on either side, in inputs, and its argument for a distance of one.
        let scale = if self.antialias { self.scale.min(1.0) } else { 1.0 };
        let reach = match self.filter {
            Filter::Nearest(round) => {
                let nearest = match round {
                    Round::PreferFloor => (x - 0.5).ceil(),
                    Round::PreferCeil => (x + 0.5).floor(),
                    Round::Floor => x.floor(),
                    Round::Ceil => x.ceil(),
                };
                return Taps { constant: 0.0, inputs: vec![(nearest.clamp(0.0, last) as usize, 1.0)] };
            }
            Filter::Linear => (1.0 / scale).ceil(),
            Filter::Cubic(_) => (2.0 / scale).ceil(),
        };
        let mut inputs: Vec<(usize, f64)> = Vec::new();
        // Farther away there is only the repeated end.
        let reach = reach.min(2.0 * (last + 1.0));
        let mut position = x.floor() - reach;
        while position <= x.ceil() + reach {
            let inside = (0.0..=last).contains(&position);
            let weight = self.weight(scale * (position - x));
            if weight != 0.0 && (inside || !self.exclude_outside) {
                let input = position.clamp(0.0, last) as usize;
                match inputs.last_mut() {
                    Some((known, sum)) if *known == input => *sum += weight,
                    _ => inputs.push((input, weight)),
                }
            }
            position += 1.0;
        }
        if inputs.is_empty() {
            inputs.push((x.clamp(0.0, last) as usize, 1.0));
        }
        let total: f64 = inputs.iter().map(|&(_, weight)| weight).sum();
        inputs.iter_mut().for_each(|(_, weight)| *weight /= total);
        Taps { constant: 0.0, inputs }
    }

    /// The weight of an input at a distance.
    fn weight(&self, distance: f64) -> f64 {
        let d = distance.abs();
        match self.filter {
            Filter::Cubic(a) if d <= 1.0 => ((a + 2.0) * d - (a + 3.0)) * d * d + 1.0,
            Filter::Cubic(a) if d < 2.0 => ((a * d - 5.0 * a) * d + 8.0 * a) * d - 4.0 * a,
            Filter::Cubic(_) => 0.0,
            _ => (1.0 - d).max(0.0),
        }
    }

    fn coordinate(&self, output: f64) -> f64 {
        let (input, scale) = (self.input as f64, self.scale);
        let half_pixel = (output + 0.5) / scale - 0.5;
        match self.coordinates {
            Coordinates::Asymmetric => output / scale,
            Coordinates::HalfPixel => half_pixel,
            Coordinates::HalfPixelSymmetric => {
                let rounded = self.output as f64 / (scale * input);
                input / 2.0 * (1.0 - rounded) + half_pixel
            }
            Coordinates::PytorchHalfPixel if self.output == 1 => 0.0,
            Coordinates::PytorchHalfPixel => half_pixel,
            Coordinates::AlignCorners if self.output == 1 => 0.0,
            Coordinates::AlignCorners => output * (input - 1.0) / (scale * input - 1.0),
            Coordinates::CropAndResize { region: [start, end], .. } => {
                let share = if self.output == 1 { 0.5 } else { output / (self.output as f64 - 1.0) };
                (start + share * (end - start)) * (input - 1.0)
            }
        }
    }
}

//! Plots as SVG, with axes that have round numbers.

use std::fmt::Write;

use darkroom_imaging::roi::{BlandAltman, Profile};

use super::{escaped, of_unit};

pub(super) const WIDTH: f64 = 720.0;
pub(super) const HEIGHT: f64 = 320.0;
pub(super) const LEFT: f64 = 80.0;
const BELOW: f64 = 46.0;
const ABOVE: f64 = 12.0;
/// About how many steps an axis has.
const STEPS: f64 = 6.0;

/// A plane with axes: what its corners stand for.
pub(super) struct Plane {
    pub(super) x: [f64; 2],
    pub(super) y: [f64; 2],
}

/// Values along a line, of one image or of two.
pub(super) fn profile(input: &Profile, result: Option<&Profile>, unit: &str) -> String {
    let all = [Some(input), result];
    let values = || all.iter().flatten().flat_map(|profile| profile.values.iter().copied());
    let plane = Plane { x: span(input.distance.iter().copied()), y: span(values().chain([0.0])) };
    let name = if result.is_some() { "Profile of input and result" } else { "Profile of the input" };
    let mut svg = plane.open(name, ("mm", &plane.round()), &format!("value{}", of_unit(unit)));
    for (profile, colour, dash) in [(Some(input), "#555", "6 3"), (result, "#0b5cad", "none")] {
        let Some(profile) = profile else { continue };
        svg += &plane.line(profile.distance.iter().copied().zip(profile.values.iter().copied()), colour, dash);
    }
    let legend = if result.is_some() { "dashed: input, solid: result" } else { "input" };
    svg + &text(WIDTH - 8.0, ABOVE + 14.0, "end", legend) + "</svg>\n"
}

/// Difference against mean.
pub(super) fn agreement(data: &BlandAltman, unit: &str) -> String {
    let differences = data.points.iter().map(|point| point[1]).chain(data.limits).chain([0.0]);
    let plane = Plane { x: span(data.points.iter().map(|point| point[0])), y: span(differences) };
    let unit = of_unit(unit);
    let mut svg = plane.open(
        "Bland-Altman plot",
        (&format!("mean of both{unit}"), &plane.round()),
        &format!("result - input{unit}"),
    );
    for &[x, y] in &data.points {
        let _ = writeln!(
            svg,
            "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"1.8\" fill=\"#0b5cad\" fill-opacity=\"0.45\"/>",
            plane.across(x),
            plane.down(y)
        );
    }
    for (at, name, dash) in
        [(data.bias, "bias", "none"), (data.limits[0], "-1.96 SD", "5 4"), (data.limits[1], "+1.96 SD", "5 4")]
    {
        let y = plane.down(at);
        let _ = writeln!(
            svg,
            "<line x1=\"{LEFT}\" x2=\"{WIDTH}\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke=\"#a33\" stroke-dasharray=\"{dash}\"/>"
        );
        svg += &text(WIDTH - 4.0, y - 4.0, "end", name);
    }
    svg + "</svg>\n"
}

impl Plane {
    pub(super) fn across(&self, x: f64) -> f64 {
        LEFT + (WIDTH - LEFT) * (x - self.x[0]) / (self.x[1] - self.x[0])
    }

    pub(super) fn down(&self, y: f64) -> f64 {
        HEIGHT - BELOW - (HEIGHT - BELOW - ABOVE) * (y - self.y[0]) / (self.y[1] - self.y[0])
    }

    /// Round numbers along x, with what is written at them.
    fn round(&self) -> Vec<(f64, String)> {
        ticks(self.x).into_iter().map(|at| (at, number(at))).collect()
    }

    /// Points joined in their order.
    pub(super) fn line(&self, points: impl Iterator<Item = (f64, f64)>, colour: &str, dash: &str) -> String {
        let points: Vec<String> = points.map(|(x, y)| format!("{:.1},{:.1}", self.across(x), self.down(y))).collect();
        format!(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.6\" stroke-dasharray=\"{dash}\"/>\n",
            points.join(" ")
        )
    }

    /// The start of a picture: its name for those who cannot see it, axes, and what is written along them.
    pub(super) fn open(&self, name: &str, (x_name, along_x): (&str, &[(f64, String)]), y_name: &str) -> String {
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" role=\"img\" \
             aria-label=\"{name}\" font-family=\"sans-serif\" font-size=\"12\">\n<title>{name}</title>\n"
        );
        let floor = HEIGHT - BELOW;
        for (at, written) in along_x {
            let x = self.across(*at);
            let _ = writeln!(svg, "<line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{ABOVE}\" y2=\"{floor}\" stroke=\"#ddd\"/>");
            svg += &text(x, floor + 16.0, "middle", written);
        }
        for at in ticks(self.y) {
            let y = self.down(at);
            let _ = writeln!(svg, "<line x1=\"{LEFT}\" x2=\"{WIDTH}\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke=\"#ddd\"/>");
            svg += &text(LEFT - 6.0, y + 4.0, "end", &number(at));
        }
        svg += &text(f64::midpoint(LEFT, WIDTH), HEIGHT - 8.0, "middle", x_name);
        let _ = writeln!(
            svg,
            "<text transform=\"translate(14 {}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
            floor / 2.0,
            escaped(y_name)
        );
        svg
    }
}

pub(super) fn text(x: f64, y: f64, anchor: &str, words: &str) -> String {
    format!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{}</text>\n", escaped(words))
}

/// Least and largest of values, with room between them.
pub(super) fn span(values: impl Iterator<Item = f64>) -> [f64; 2] {
    let found = values.filter(|value| value.is_finite()).fold(None, |span: Option<[f64; 2]>, value| {
        Some(span.map_or([value; 2], |[low, high]| [low.min(value), high.max(value)]))
    });
    let [low, high] = found.unwrap_or([0.0, 1.0]);
    let room = if high > low { 0.04 * (high - low) } else { low.abs().max(1.0) * 0.5 };
    [low - room, high + room]
}

/// Round numbers within a span: one, two or five times a power of ten apart.
fn ticks([low, high]: [f64; 2]) -> Vec<f64> {
    let rough = (high - low) / STEPS;
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|n| n * power).find(|step| *step >= rough).unwrap_or(rough);
    let (first, last) = ((low / step).ceil() as i64, (high / step).floor() as i64);
    (first..=last).map(|n| n as f64 * step).collect()
}

fn number(value: f64) -> String {
    if value != 0.0 && !(1e-3..1e6).contains(&value.abs()) {
        return format!("{value:.1e}");
    }
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_have_round_numbers_inside_their_span() {
        assert_eq!(ticks([-0.4, 10.4]), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(ticks([0.0, 0.007]).len(), 4);
        assert_eq!(span([3.0, 3.0].into_iter()), [1.5, 4.5]);
        assert_eq!(span(std::iter::empty()), [-0.04, 1.04]);
        assert_eq!((number(0.25), number(-40.0), number(2.5e7)), ("0.25".into(), "-40".into(), "2.5e7".into()));
    }

    #[test]
    fn points_lie_where_their_numbers_say() {
        let plane = Plane { x: [0.0, 10.0], y: [0.0, 4.0] };
        assert_eq!((plane.across(0.0), plane.across(10.0)), (LEFT, WIDTH));
        assert_eq!((plane.down(0.0), plane.down(4.0)), (HEIGHT - BELOW, ABOVE));
    }
}

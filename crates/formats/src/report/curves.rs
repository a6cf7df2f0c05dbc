//! Figures over doses as SVG, a line a method.

use std::fmt::Write;

use super::plot::{HEIGHT, LEFT, Plane, WIDTH, span, text};

/// Colour and dashes of the first line, the second and so on.
const STYLES: [(&str, &str); 4] = [("#8a8a8a", "2 3"), ("#555", "6 3"), ("#0b5cad", "none"), ("#a33", "none")];

/// A method's figure at each dose, from the highest down.
#[derive(Clone, Debug)]
pub struct Curve {
    /// What it is called.
    pub name: String,
    /// Dose, as a part of the standard dose, and figure.
    pub points: Vec<(f64, f64)>,
}

/// One plot below the other, each with its title and its lines; doses fall to the right, a doubling a step. `named` is
/// what is written at a dose.
#[must_use]
pub fn over_doses(plots: &[(&str, Vec<Curve>)], named: impl Fn(f64) -> String) -> String {
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {}\" width=\"{WIDTH}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
        HEIGHT * plots.len() as f64
    );
    for (number, (title, curves)) in plots.iter().enumerate() {
        let inner = plot(title, curves, &named);
        let y = HEIGHT * number as f64;
        let _ = writeln!(svg, "<svg y=\"{y}\" width=\"{WIDTH}\" height=\"{HEIGHT}\">{inner}</svg>");
    }
    svg + "</svg>\n"
}

fn plot(title: &str, curves: &[Curve], named: impl Fn(f64) -> String) -> String {
    let doublings = |dose: f64| -dose.log2();
    let points = || curves.iter().flat_map(|curve| curve.points.iter().copied());
    let plane = Plane { x: span(points().map(|(dose, _)| doublings(dose))), y: span(points().map(|(_, value)| value)) };
    let mut doses: Vec<f64> = points().map(|(dose, _)| dose).collect();
    doses.sort_by(f64::total_cmp);
    doses.dedup();
    let along: Vec<(f64, String)> = doses.into_iter().map(|dose| (doublings(dose), named(dose))).collect();
    let mut svg = plane.open(title, ("dose", &along), title);
    // The names stand where the lines are not.
    let ends = curves.first().and_then(|curve| Some((curve.points.first()?.1, curve.points.last()?.1)));
    let names = if ends.is_some_and(|(first, last)| last > first) { LEFT + 12.0 } else { WIDTH - 150.0 };
    for (number, (curve, (colour, dash))) in curves.iter().zip(STYLES.into_iter().cycle()).enumerate() {
        svg += &plane.line(curve.points.iter().map(|&(dose, value)| (doublings(dose), value)), colour, dash);
        for &(dose, value) in &curve.points {
            let (x, y) = (plane.across(doublings(dose)), plane.down(value));
            let _ = writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.6\" fill=\"{colour}\"/>");
        }
        let y = 28.0 + 16.0 * number as f64;
        let _ = writeln!(
            svg,
            "<line x1=\"{}\" x2=\"{}\" y1=\"{}\" y2=\"{}\" stroke=\"{colour}\" stroke-width=\"1.6\" stroke-dasharray=\"{dash}\"/>",
            names,
            names + 28.0,
            y - 4.0,
            y - 4.0
        );
        svg += &text(names + 34.0, y, "start", &curve.name);
    }
    svg + "</svg>"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doses_fall_to_the_right_and_every_method_is_named() {
        let curve = |name: &str, at: f64| Curve { name: name.to_owned(), points: vec![(0.5, at), (0.125, 2.0 * at)] };
        let plots = [("NRMSE", vec![curve("untouched", 0.2), curve("a < b", 0.1)])];
        let svg = over_doses(&plots, |dose| format!("1/{:.0}", 1.0 / dose));
        let across = |written: &str| {
            let line = svg.lines().find(|line| line.ends_with(&format!(">{written}</text>"))).unwrap();
            line.split('"').nth(1).unwrap().parse::<f64>().unwrap()
        };
        assert!(across("1/2") < across("1/8"), "{svg}");
        assert!(svg.contains(">untouched<") && svg.contains(">a &lt; b<"), "{svg}");
        assert_eq!(svg.matches("<polyline").count(), 2);
        assert_eq!(svg.matches("<circle").count(), 4);
    }
}

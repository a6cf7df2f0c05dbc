//! SiLU and GELU from their formulas.

use super::Rewrite;
use super::sight::{Sight, instead};
use crate::{Attribute, Node, ValueId};

/// Constants in files are rounded to float32, some of them twice.
const ROUNDING: f32 = 1e-5;

fn near(value: f32, wanted: f64) -> bool {
    (f64::from(value) - wanted).abs() <= f64::from(ROUNDING) * wanted.abs()
}

/// x sigmoid(x).
pub(super) fn silu(sight: &mut Sight<'_>, node: &Node) -> Option<Rewrite> {
    let (a, b) = Sight::pair(node).filter(|_| node.op == "Mul")?;
    let gate_of = |gate: ValueId, x: ValueId| sight.by(gate, "Sigmoid").is_some_and(|gate| gate.input(0) == Some(x));
    let x = if gate_of(b, a) {
        a
    } else if gate_of(a, b) {
        b
    } else {
        return None;
    };
    // Of alpha 1, its default.
    Some(Rewrite::Nodes(vec![instead(node, "Swish", vec![x], node.outputs.first().copied().flatten()?, Vec::new())]))
}

/// A product taken apart: its numbers multiplied, and what else is in it.
struct Factors {
    number: f64,
    values: Vec<ValueId>,
}

impl Factors {
    /// The factors of `value` through at most `depth` products and divisions by numbers.
    fn of(sight: &Sight<'_>, value: ValueId, depth: usize) -> Self {
        if let Some(number) = sight.number(value) {
            return Self { number: f64::from(number), values: Vec::new() };
        }
        let whole = Self { number: 1.0, values: vec![value] };
        let Some(deeper) = depth.checked_sub(1) else { return whole };
        if let Some((a, b)) = sight.by(value, "Mul").and_then(Sight::pair) {
            let (a, b) = (Self::of(sight, a, deeper), Self::of(sight, b, deeper));
            return Self { number: a.number * b.number, values: [a.values, b.values].concat() };
        }
        if let Some((a, b)) = sight.by(value, "Div").and_then(Sight::pair)
            && let Some(divisor) = sight.number(b)
        {
            let a = Self::of(sight, a, deeper);
            return Self { number: a.number / f64::from(divisor), ..a };
        }
        whole
    }

    /// The single value that `number` multiplies.
    fn scaled(sight: &Sight<'_>, value: ValueId, number: f64) -> Option<ValueId> {
        let factors = Self::of(sight, value, 2);
        match factors.values[..] {
            [x] if near(factors.number as f32, number) => Some(x),
            _ => None,
        }
    }
}

/// x / 2 (1 + erf(x / sqrt 2)), or with the tanh of sqrt(2 / pi) (x + 0.044715 x^3) for the error function
/// (Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016).
pub(super) fn gelu(sight: &mut Sight<'_>, node: &Node) -> Option<Rewrite> {
    let y = node.outputs.first().copied().flatten()?;
    let (a, b) = Sight::pair(node).filter(|_| node.op == "Mul")?;
    let (left, right) = (Factors::of(sight, a, 2), Factors::of(sight, b, 2));
    let values = [left.values, right.values].concat();
    let &[first, second] = values.as_slice() else { return None };
    if !near((left.number * right.number) as f32, 0.5) {
        return None;
    }
    let (x, form) = [(first, second), (second, first)].into_iter().find_map(|(x, gate)| {
        let (curve, one) = sight.by(gate, "Add").and_then(|sum| sight.with_number(sum))?;
        let form = if one != 1.0 {
            None
        } else if let Some(erf) = sight.by(curve, "Erf") {
            (Factors::scaled(sight, erf.input(0)?, std::f64::consts::FRAC_1_SQRT_2) == Some(x)).then_some("none")
        } else {
            let inside = sight.by(curve, "Tanh")?.input(0)?;
            let sum = Factors::scaled(sight, inside, (2.0 / std::f64::consts::PI).sqrt())?;
            is_cubic(sight, sum, x).then_some("tanh")
        };
        Some((x, form?))
    })?;
    let attributes = vec![("approximate".to_owned(), Attribute::String(form.to_owned()))];
    Some(Rewrite::Nodes(vec![instead(node, "Gelu", vec![x], y, attributes)]))
}

/// Whether a value is x + 0.044715 x^3.
fn is_cubic(sight: &Sight<'_>, value: ValueId, x: ValueId) -> bool {
    let Some((a, b)) = sight.by(value, "Add").and_then(Sight::pair) else { return false };
    let cube = if a == x { b } else { a };
    let factors = Factors::of(sight, cube, 3);
    let is_cube = match factors.values[..] {
        [power] => sight.by(power, "Pow").is_some_and(|power| {
            power.input(0) == Some(x) && power.input(1).and_then(|n| sight.number(n)) == Some(3.0)
        }),
        [p, q, r] => [p, q, r] == [x; 3],
        _ => false,
    };
    (a == x || b == x) && near(factors.number as f32, 0.044_715) && is_cube
}

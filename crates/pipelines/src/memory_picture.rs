//! A picture of a plan's memory: steps from left to right, arenas on top of each other, a box a tensor.

use std::fmt::Write;

use crate::inspection::{PlanReport, TensorReport, mebibytes};

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 480.0;
/// Room for the scale at the left and the legend below.
const LEFT: f64 = 76.0;
const BELOW: f64 = 40.0;

impl PlanReport {
    /// The picture as SVG. Boxes carry their tensor's name, size and steps as a tooltip; a dashed line marks
    /// the lower bound.
    #[must_use]
    pub fn memory_picture(&self) -> String {
        let total = self.activation_bytes.max(1) as f64;
        let steps = (self.kernels + 2) as f64;
        let x = |step: usize| LEFT + (WIDTH - LEFT) * step as f64 / steps;
        let y = |bytes: usize| HEIGHT * (1.0 - bytes as f64 / total);
        let starts: Vec<usize> = self
            .arenas
            .iter()
            .scan(0, |sum, bytes| {
                let start = *sum;
                *sum += bytes;
                Some(start)
            })
            .collect();
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {}\" font-family=\"sans-serif\" \
             font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
            HEIGHT + BELOW
        );
        // Writing to a string cannot fail.
        for tensor in &self.tensors {
            let start = starts.get(tensor.arena).copied().unwrap_or(0) + tensor.offset;
            let (left, right) = (x(tensor.first), x(tensor.last + 1));
            let (top, bottom) = (y(start + tensor.bytes), y(start));
            let _ = writeln!(
                svg,
                "<rect x=\"{left:.2}\" y=\"{top:.2}\" width=\"{:.2}\" height=\"{:.2}\" fill=\"{}\" \
                 stroke=\"#fff\" stroke-width=\"0.5\"><title>{}</title></rect>",
                right - left,
                (bottom - top).max(0.5),
                colour(tensor),
                escaped(&format!(
                    "{}: {:.2} MiB, steps {} to {}",
                    tensor.label,
                    mebibytes(tensor.bytes),
                    tensor.first,
                    tensor.last
                ))
            );
        }
        for (arena, &start) in starts.iter().enumerate() {
            let line = y(start);
            let _ = writeln!(
                svg,
                "<path d=\"M{LEFT} {line:.2}H{WIDTH}\" stroke=\"#444\" stroke-width=\"0.75\"/>\
                 <text x=\"{}\" y=\"{:.2}\" text-anchor=\"end\" fill=\"#444\">arena {arena}</text>",
                LEFT - 6.0,
                line - 4.0
            );
        }
        let bound = y(self.lower_bound_bytes);
        let _ = writeln!(
            svg,
            "<path d=\"M{LEFT} {bound:.2}H{WIDTH}\" stroke=\"#b3261e\" stroke-dasharray=\"6 4\"/>\n\
             <text x=\"{LEFT}\" y=\"{}\" fill=\"#222\">{} kernels from left to right; {:.1} MiB in {} arenas; \
             dashed: lower bound, {:.1} MiB</text>\n</svg>",
            HEIGHT + 24.0,
            self.kernels,
            mebibytes(self.activation_bytes),
            self.arenas.len(),
            mebibytes(self.lower_bound_bytes)
        );
        svg
    }
}

/// Greys for what is short-lived, an accent for what is kept over many steps, such as a skip connection.
fn colour(tensor: &TensorReport) -> &'static str {
    match tensor.last - tensor.first {
        0..=2 => "#c9c9c4",
        3..=8 => "#9aa0a6",
        9..=24 => "#e0a37e",
        _ => "#c0562b",
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

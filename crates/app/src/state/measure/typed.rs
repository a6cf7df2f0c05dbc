//! Numbers that are typed for measuring.

use super::{Alert, State, again};

/// The largest radius of a sphere and edge of a box, millimetres.
const LARGEST: f64 = 200.0;
/// The largest limit, per cent: beyond it nothing would be flagged.
const MOST: f64 = 1000.0;

/// A field for a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MeasureField {
    /// The radius of the next sphere in millimetres.
    Radius,
    /// An edge of the next box in millimetres: along x, y or z of the patient.
    Edge(usize),
    /// The change in per cent beyond which a number is flagged.
    Limit,
}

impl MeasureField {
    /// What stands above the field.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Radius => "Radius, mm",
            Self::Edge(0) => "Box R\u{2013}L, mm",
            Self::Edge(1) => "A\u{2013}P, mm",
            Self::Edge(_) => "S\u{2013}I, mm",
            Self::Limit => "Flag beyond, %",
        }
    }

    fn largest(self) -> f64 {
        if self == Self::Limit { MOST } else { LARGEST }
    }
}

impl State {
    /// The number that is in use for a field.
    #[must_use]
    pub fn measured_with(&self, field: MeasureField) -> f64 {
        match field {
            MeasureField::Radius => self.measurement.radius,
            MeasureField::Edge(axis) => self.measurement.edges[axis.min(2)],
            MeasureField::Limit => self.measurement.limit,
        }
    }
}

/// Takes a number for a field, or says what is possible; what was in use stays in use then.
pub(super) fn typed(state: &mut State, field: MeasureField, text: &str) {
    let largest = field.largest();
    let number = text.trim().replace(',', ".").parse::<f64>().ok();
    let Some(number) = number.filter(|number| *number > 0.0 && *number <= largest) else {
        let what = format!("\u{201c}{}\u{201d} cannot be \u{201c}{text}\u{201d}.", field.label());
        let next = format!("Give a number above 0, up to {largest}; {} is in use.", state.measured_with(field));
        state.alert = Some(Alert::new(what, next));
        return;
    };
    match field {
        MeasureField::Radius => state.measurement.radius = number,
        MeasureField::Edge(axis) => state.measurement.edges[axis.min(2)] = number,
        MeasureField::Limit => {
            state.measurement.limit = number;
            again(state);
        }
    }
}

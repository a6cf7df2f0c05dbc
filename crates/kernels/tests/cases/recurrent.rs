//! Cases of the recurrent cells.

use darkroom_kernels::recurrent::{Cell, Recurrent};

/// Every cell, in the middle of a sequence, with steps or instances first.
pub(crate) fn all() -> Vec<Recurrent> {
    let cells = [
        Cell::Lstm { peepholes: false },
        Cell::Lstm { peepholes: true },
        Cell::Gru,
        Cell::GruReset,
        Cell::GruCandidate,
        Cell::Plain,
    ];
    let shape = |cell| {
        let kernel = Recurrent { cell, batch: 3, hidden: 37, rows: 15, first: 6, step: 1 };
        [Recurrent { first: 2, step: 5, ..kernel.clone() }, kernel]
    };
    cells.into_iter().flat_map(shape).collect()
}

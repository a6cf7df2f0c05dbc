//! When the tracer was injected.

use super::ledger::{Ledger, missing};
use super::{Field, Missing, When};
use crate::moment::{DAY, stamp};

/// After so many half-lives a thousandth of the dose is left, which nobody images.
const HALF_LIVES_LEFT: f64 = 10.0;

/// When the tracer was injected, on the axis of `reference`. `half_life` is in seconds.
///
/// # Errors
/// An injection after the scan, or so long before it that nothing of the dose would be left.
pub(super) fn injection(ledger: &mut Ledger<'_>, half_life: f64, reference: f64) -> Result<f64, Missing> {
    let longest = HALF_LIVES_LEFT * half_life;
    let possible = |injected: &f64| (0.0..=longest).contains(&(reference - injected));
    let unfit = |name: &str, tag: &str, injected: f64| unfit((name, tag), injected, reference, half_life);
    if let Some(when) = ledger.entered.injected_at {
        let injected = when.before(reference);
        ledger.mark(Field::InjectedAt, "Radiopharmaceutical Start (0018,1078)", stamp(injected));
        return Some(injected)
            .filter(possible)
            .ok_or_else(|| unfit("the injection entered for", "(0018,1078)", injected));
    }
    ledger.settled(Field::InjectedAt)?;
    let dated = ledger.facts.injected;
    if let Some(injected) = dated.filter(possible) {
        return Ok(injected);
    }
    let clock = ledger.facts.injected_clock.or(dated.map(|injected| injected.rem_euclid(DAY)));
    let Some(clock) = clock else {
        let what = "the time of injection (0018,1072) is missing";
        return Err(missing("(0018,1072)", what, Some(Field::InjectedAt)));
    };
    let injected = When::Clock(clock).before(reference);
    // A nuclide that outlasts days may have been injected on any of them.
    let lasting = longest > DAY;
    if let Some(dated) = dated {
        if lasting || !possible(&injected) {
            return Err(unfit("the injection", "(0018,1078)", dated));
        }
        // A date that anonymisation moved apart from the scan's is worse than none.
        ledger.notes.push(format!(
            "The injection (0018,1078) at {} does not fit the scan at {}; {} is taken.",
            stamp(dated),
            stamp(reference),
            stamp(injected)
        ));
    } else if !possible(&injected) {
        return Err(unfit("the injection", "(0018,1072)", injected));
    } else if lasting {
        ledger.notes.push(format!(
            "The day of injection is not written, and the nuclide outlasts days; {} is taken.",
            stamp(injected)
        ));
    }
    Ok(injected)
}

/// Why an injection is not that of the scan.
fn unfit((name, tag): (&str, &str), injected: f64, reference: f64, half_life: f64) -> Missing {
    let elapsed = reference - injected;
    let why = if elapsed < 0.0 {
        format!("lies after the scan at {}", stamp(reference))
    } else {
        format!(
            "lies {} before the scan at {}, {:.0} half-lives of {half_life:.0} s, when nothing of the dose would be left",
            span(elapsed),
            stamp(reference),
            elapsed / half_life
        )
    };
    missing(tag, format!("{name} {tag}, {}, {why}", stamp(injected)), Some(Field::InjectedAt))
}

/// A time span for people.
fn span(seconds: f64) -> String {
    match seconds {
        days if days >= 2.0 * DAY => format!("{:.1} days", days / DAY),
        hours if hours >= 7200.0 => format!("{:.1} hours", hours / 3600.0),
        minutes => format!("{:.0} minutes", minutes / 60.0),
    }
}

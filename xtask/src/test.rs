//! `cargo xtask test`: every test there is, and one line at the end that adds them up.

mod browser;
mod conformance;
mod libtest;
mod lint;
mod native;
mod node;
mod outcome;
mod tools;

use std::time::Instant;

use crate::arguments::{Part, Selection};
use crate::error::TaskError;
use crate::workspace::Workspace;

use outcome::Outcome;

pub(crate) use browser::screenshot;
pub(crate) use conformance::operators;

/// Runs the selected parts and prints their sum.
///
/// # Errors
/// Something the tests need is missing, or a test failed.
pub(crate) fn run(workspace: &Workspace, selection: &Selection) -> Result<(), TaskError> {
    let mut outcomes = Vec::new();
    if selection.includes(Part::Lint) {
        for check in lint::CHECKS {
            timed(&mut outcomes, check.name, || Ok((check.run)(workspace)))?;
        }
    }
    if selection.includes(Part::Native) {
        timed(&mut outcomes, "native", || native::run(workspace))?;
    }
    if selection.includes(Part::Oracle) {
        timed(&mut outcomes, "oracle", || native::oracle(workspace))?;
    }
    if selection.includes(Part::Conformance) {
        timed(&mut outcomes, "conformance", || conformance::run(workspace, selection.filter.as_deref()))?;
    }
    if selection.includes(Part::Browser) {
        timed(&mut outcomes, "browser", || browser::run(workspace, selection.filter.as_deref()))?;
    }
    summarise(&outcomes)
}

/// One finished stage.
struct Stage {
    name: &'static str,
    seconds: f64,
    outcome: Outcome,
}

fn timed(
    stages: &mut Vec<Stage>,
    name: &'static str,
    stage: impl FnOnce() -> Result<Outcome, TaskError>,
) -> Result<(), TaskError> {
    println!("\n== {name}");
    let start = Instant::now();
    let outcome = stage()?;
    stages.push(Stage { name, seconds: start.elapsed().as_secs_f64(), outcome });
    Ok(())
}

fn summarise(stages: &[Stage]) -> Result<(), TaskError> {
    println!("\n{:<16} {:>7} {:>7} {:>8} {:>8}", "stage", "passed", "failed", "skipped", "seconds");
    let mut sum = Outcome::default();
    for Stage { name, seconds, outcome } in stages {
        let Outcome { passed, failed, skipped, .. } = outcome;
        println!("{name:<16} {passed:>7} {failed:>7} {skipped:>8} {seconds:>8.0}");
        sum.add(outcome);
    }
    for note in &sum.notes {
        println!("{note}");
    }
    println!("\n{} passed, {} failed, {} skipped", sum.passed, sum.failed, sum.skipped);
    if sum.failed == 0 { Ok(()) } else { Err(TaskError::Tests(sum.failed)) }
}

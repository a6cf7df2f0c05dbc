//! `darkroom-conformance CACHE [FILTER]`: runs the node tests of the ONNX project on every executor.
//!
//! CACHE is the folder that keeps the package; FILTER picks cases by a part of their names. The last
//! line says how many passed, failed and were skipped, all executors together.
//! `darkroom-conformance --operators` prints the page `docs/operators.md`.

mod fetch;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use darkroom_conformance::known::Known;
use darkroom_conformance::operators;
use darkroom_conformance::wheel::{self, Case};
use darkroom_conformance::{Burn, ConformanceError, CpuTwins, Executor, Gpu, Model, Report, judge, operator_of};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (cache, filter) = match arguments.as_slice() {
        [word] if word == "--operators" => {
            print!("{}", operators::page());
            return ExitCode::SUCCESS;
        }
        [cache] => (cache, None),
        [cache, filter] => (cache, Some(filter.as_str())),
        _ => {
            eprintln!("usage: darkroom-conformance CACHE [FILTER] | --operators");
            return ExitCode::FAILURE;
        }
    };
    let bytes = match fetch::wheel(Path::new(cache)) {
        Ok(bytes) => bytes,
        Err(reason) => {
            println!("SKIPPED: the node tests of the ONNX project: {reason}\n0 passed, 0 failed, 1 skipped");
            return ExitCode::SUCCESS;
        }
    };
    match run(&bytes, filter) {
        Ok([passed, failed, skipped]) => {
            println!("{passed} passed, {failed} failed, {skipped} skipped");
            if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(wheel: &[u8], filter: Option<&str>) -> Result<[usize; 3], ConformanceError> {
    let cases = wheel::open(wheel)?;
    let suite = Suite {
        models: cases
            .iter()
            .map(|case| Ok((case.name.clone(), Model::read(&case.model)?)))
            .collect::<Result<_, ConformanceError>>()?,
        cases,
        filter,
        known: Known::parse(include_str!("../known.txt"))?,
    };
    // A case that panics is reported by name; the trace of each would bury that.
    std::panic::set_hook(Box::new(|_| {}));
    let mut totals = suite.run(&mut CpuTwins)?;
    let mut add = |more: [usize; 3]| totals.iter_mut().zip(more).for_each(|(total, more)| *total += more);
    add(suite.run(&mut Burn)?);
    match pollster::block_on(Gpu::open("gpu")) {
        Ok(mut gpu) => add(suite.run(&mut gpu)?),
        Err(error) => {
            println!("SKIPPED: the node tests on the GPU: {error}");
            add([0, 0, 1]);
        }
    }
    Ok(totals)
}

struct Suite<'a> {
    cases: Vec<Case>,
    models: BTreeMap<String, Model>,
    filter: Option<&'a str>,
    known: Known,
}

impl Suite<'_> {
    fn run(&self, executor: &mut impl Executor) -> Result<[usize; 3], ConformanceError> {
        let mut report = Report::new(executor.name());
        for case in self.cases.iter().filter(|case| self.filter.is_none_or(|filter| case.name.contains(filter))) {
            let verdict = pollster::block_on(judge(case, executor))?;
            report.add(&case.name, operator_of(&case.name, &self.models), verdict, &self.known);
        }
        if self.filter.is_none() {
            report.close(&self.known);
        }
        println!("{report}");
        Ok(report.totals())
    }
}

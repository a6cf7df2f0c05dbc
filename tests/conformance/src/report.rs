//! Counts of a run, by operator and in all.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::known::Known;
use crate::{Model, Verdict};

/// The operator that a case is about: that of its only node, or for the expansion of an operator's
/// definition, that of the case it expands.
#[must_use]
pub fn operator_of<'a>(case: &str, models: &'a BTreeMap<String, Model>) -> &'a str {
    let whole = case.split_once("_expanded").and_then(|(whole, _)| models.get(whole));
    whole.or_else(|| models.get(case)).and_then(|model| model.only.as_deref()).unwrap_or("(several)")
}

/// Counts of cases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Gave what the case wants.
    passed: usize,
    /// Failed without a listed reason, or passed though listed.
    failed: usize,
    /// Failed with a listed reason.
    known: usize,
    /// Right, but known before the run.
    folded: usize,
}

impl Counts {
    /// Counts the verdict on a case that was run, with the `reason` it is listed for; says why, if it failed.
    fn add(&mut self, verdict: Verdict, reason: Option<&str>) -> Option<String> {
        let (count, failure) = match (verdict, reason) {
            (Verdict::Failed(_), Some(_)) => (&mut self.known, None),
            (Verdict::Failed(why), None) => (&mut self.failed, Some(why)),
            (_, Some(reason)) => {
                (&mut self.failed, Some(format!("it passes, so take it off the list of known failures ({reason})")))
            }
            (Verdict::Folded, None) => (&mut self.folded, None),
            (_, None) => (&mut self.passed, None),
        };
        *count += 1;
        failure
    }
}

/// What a run of the cases on one executor found.
#[derive(Clone, Debug)]
pub struct Report {
    executor: &'static str,
    operators: BTreeMap<String, Counts>,
    /// Operators that are not listed, each with the number of cases that want it.
    unlisted: BTreeMap<String, usize>,
    /// Cases whose inputs or outputs are not tensors of numbers.
    no_tensors: usize,
    failures: Vec<String>,
    run: BTreeSet<String>,
}

impl Report {
    /// A report on `executor` with nothing in it.
    #[must_use]
    pub fn new(executor: &'static str) -> Self {
        Self {
            executor,
            operators: BTreeMap::new(),
            unlisted: BTreeMap::new(),
            no_tensors: 0,
            failures: Vec::new(),
            run: BTreeSet::new(),
        }
    }

    /// Takes in the verdict on `case`, which is about `operator`.
    pub fn add(&mut self, case: &str, operator: &str, verdict: Verdict, known: &Known) {
        match verdict {
            Verdict::Unlisted(op) => *self.unlisted.entry(op).or_default() += 1,
            Verdict::NoTensors(_) => self.no_tensors += 1,
            verdict @ (Verdict::Passed | Verdict::Folded | Verdict::Failed(_)) => {
                self.run.insert(case.to_owned());
                let counts = self.operators.entry(operator.to_owned()).or_default();
                let failure = counts.add(verdict, known.reason(case, self.executor));
                self.failures.extend(failure.map(|why| format!("{case}: {why}")));
            }
        }
    }

    /// Fails for each listed case that was not run: the list holds nothing that says nothing.
    pub fn close(&mut self, known: &Known) {
        for case in known.cases(self.executor).filter(|&case| !self.run.contains(case)) {
            self.failures.push(format!("{case}: it is not run, so take it off the list of known failures"));
        }
    }

    /// How many passed, failed and were skipped.
    #[must_use]
    pub fn totals(&self) -> [usize; 3] {
        let sum = self.sum();
        [sum.passed, self.failures.len(), sum.known + sum.folded + self.not_run()]
    }

    fn not_run(&self) -> usize {
        self.unlisted.values().sum::<usize>() + self.no_tensors
    }

    fn sum(&self) -> Counts {
        self.operators.values().fold(Counts::default(), |sum, counts| Counts {
            passed: sum.passed + counts.passed,
            failed: sum.failed + counts.failed,
            known: sum.known + counts.known,
            folded: sum.folded + counts.folded,
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { executor, operators, unlisted, no_tensors, failures, .. } = self;
        writeln!(f, "{:<28} {:>7} {:>7} {:>7} {:>7}", format!("on {executor}"), "passed", "failed", "known", "folded")?;
        for (operator, Counts { passed, failed, known, folded }) in operators {
            writeln!(f, "{operator:<28} {passed:>7} {failed:>7} {known:>7} {folded:>7}")?;
        }
        if !unlisted.is_empty() {
            let of = |(operator, cases): (&String, &usize)| format!("{operator} {cases}");
            let list: Vec<_> = unlisted.iter().map(of).collect();
            writeln!(f, "operators that are not listed, with the cases that want them: {}", list.join(", "))?;
        }
        for failure in failures {
            writeln!(f, "FAILED: {executor}: {failure}")?;
        }
        let Counts { known, folded, .. } = self.sum();
        let [passed, failed, skipped] = self.totals();
        write!(
            f,
            "{executor}: {passed} passed, {failed} failed, {skipped} skipped ({} with an operator that is not listed, \
             {no_tensors} without tensors of numbers, {folded} known before the run, {known} with a listed reason)",
            self.not_run() - no_tensors,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_verdict_is_counted_where_it_belongs() {
        let known = Known::parse("[too old]\ntest_gone\ntest_old\ntest_young\n").unwrap();
        let mut report = Report::new("cpu");
        let failed = || Verdict::Failed("it is old".to_owned());
        for (case, verdict) in [
            ("test_right", Verdict::Passed),
            ("test_constant", Verdict::Folded),
            ("test_wrong", failed()),
            ("test_old", failed()),
            ("test_young", Verdict::Passed),
            ("test_foreign", Verdict::Unlisted("Foreign".to_owned())),
            ("test_text", Verdict::NoTensors("x holds strings".to_owned())),
        ] {
            report.add(case, "Add", verdict, &known);
        }
        report.close(&known);
        assert_eq!(report.totals(), [1, 3, 4]);
        let text = report.to_string();
        for line in ["test_wrong: it is old", "test_young: it passes", "test_gone: it is not run", "Foreign 1"] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
    }
}

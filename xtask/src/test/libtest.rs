//! Reads what `cargo test -- --show-output` prints: counts, and which tests said that they skipped.

use std::collections::BTreeSet;

use super::outcome::Outcome;

/// How a test begins the line that says why it did not run.
const SKIPPED: &str = "SKIPPED:";

/// Reads the output line by line.
#[derive(Default)]
pub(super) struct Reader {
    outcome: Outcome,
    section: Section,
    /// The test whose output is being read.
    test: String,
    /// The tests of this program that said they skipped.
    skipped: BTreeSet<String>,
}

/// Where in a test program's output a line stands.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Section {
    #[default]
    Progress,
    Successes,
    Failures,
}

impl Reader {
    /// Takes one line and gives it back if a person should see it: the output of tests that passed is left out, except
    /// where they say that they skipped.
    pub(super) fn read<'line>(&mut self, line: &'line str) -> Option<&'line str> {
        if let Some(counts) = line.strip_prefix("test result: ") {
            self.close_program(counts);
            return Some(line);
        }
        match line {
            "successes:" => self.section = Section::Successes,
            "failures:" => self.section = Section::Failures,
            _ => self.read_output(line),
        }
        let hidden = self.section == Section::Successes && !line.starts_with(SKIPPED);
        (!hidden).then_some(line)
    }

    /// The sum of all programs read.
    pub(super) fn finish(self) -> Outcome {
        self.outcome
    }

    fn read_output(&mut self, line: &str) {
        if let Some(name) = line.strip_prefix("---- ").and_then(|rest| rest.strip_suffix(" stdout ----")) {
            name.clone_into(&mut self.test);
        } else if self.section == Section::Successes && line.starts_with(SKIPPED) {
            self.skipped.insert(self.test.clone());
            self.note(line.to_owned());
        } else if let Some(name) = line.strip_prefix("test ").and_then(|rest| rest.strip_suffix(" ... FAILED")) {
            self.note(format!("FAILED: {name}"));
        } else if let (Section::Progress, Some((name, why))) = (self.section, line.split_once(" ... ignored")) {
            self.note(format!("{SKIPPED} {}{why}", name.trim_start_matches("test ")));
        }
    }

    fn note(&mut self, note: String) {
        if !self.outcome.notes.contains(&note) {
            self.outcome.notes.push(note);
        }
    }

    /// Adds `ok. 3 passed; 0 failed; 1 ignored; …`, with the tests that skipped themselves moved to their place.
    fn close_program(&mut self, counts: &str) {
        let count = |word: &str| {
            let words: Vec<&str> = counts.split([' ', ';']).filter(|word| !word.is_empty()).collect();
            words.windows(2).find(|pair| pair[1] == word).and_then(|pair| pair[0].parse().ok()).unwrap_or(0usize)
        };
        self.outcome.passed += count("passed").saturating_sub(self.skipped.len());
        self.outcome.failed += count("failed");
        self.outcome.skipped += count("ignored") + self.skipped.len();
        self.skipped.clear();
        self.section = Section::Progress;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Outcome, Vec<String>) {
        let mut reader = Reader::default();
        let shown = text.lines().filter_map(|line| reader.read(line)).map(str::to_owned).collect();
        (reader.finish(), shown)
    }

    const OUTPUT: &str = "
running 4 tests
test plain ... ok
test needs_data ... ok
test wrong ... FAILED
test slow ... ignored, takes a GPU

successes:

---- needs_data stdout ----
looked in vain
SKIPPED: no data folder
SKIPPED: no data folder

successes:
    needs_data
    plain

failures:

---- wrong stdout ----
assertion failed

failures:
    wrong

test result: FAILED. 2 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s

running 1 test
test other ... ok

test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
";

    #[test]
    fn programs_add_up_and_skips_are_no_passes() {
        let (outcome, _) = read(OUTPUT);
        assert_eq!((outcome.passed, outcome.failed, outcome.skipped), (2, 1, 2));
        assert_eq!(outcome.notes, ["FAILED: wrong", "SKIPPED: slow, takes a GPU", "SKIPPED: no data folder"]);
    }

    #[test]
    fn failures_are_shown_and_passes_are_quiet() {
        let (_, shown) = read(OUTPUT);
        for line in ["assertion failed", "SKIPPED: no data folder", "test other ... ok"] {
            assert!(shown.iter().any(|shown| shown == line), "{line}");
        }
        assert!(!shown.iter().any(|shown| shown == "looked in vain"));
    }
}

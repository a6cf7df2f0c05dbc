//! Reads what Node's test runner prints with its `spec` reporter.

use super::outcome::Outcome;

/// Reads the output line by line.
#[derive(Default)]
pub(super) struct Reader {
    outcome: Outcome,
    /// A failure is printed where it happened and again at the end.
    repeated: bool,
}

impl Reader {
    /// Takes one line.
    pub(super) fn read(&mut self, line: &str) {
        let line = line.trim();
        if let Some(count) = line.strip_prefix("ℹ ") {
            self.count(count);
        } else if line.starts_with("✖ failing tests") {
            self.repeated = true;
        } else if let (false, Some(name)) = (self.repeated, line.strip_prefix("✖ ")) {
            self.outcome.notes.push(format!("FAILED: {}", untimed(name)));
        } else if let Some(name) = line.strip_prefix("﹣ ") {
            self.outcome.notes.push(format!("SKIPPED: {}", name.replace(" # SKIP", "")));
        }
    }

    /// The counts that the runner closed with.
    pub(super) fn finish(self) -> Outcome {
        self.outcome
    }

    fn count(&mut self, line: &str) {
        let Some((word, number)) = line.split_once(' ') else { return };
        let Ok(number) = number.parse::<usize>() else { return };
        match word {
            "pass" => self.outcome.passed += number,
            "fail" | "cancelled" => self.outcome.failed += number,
            "skipped" | "todo" => self.outcome.skipped += number,
            _ => {}
        }
    }
}

/// A test's name without the time it took.
fn untimed(name: &str) -> &str {
    name.rsplit_once(" (").filter(|(_, time)| time.ends_with("ms)")).map_or(name, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_failures_and_skips_are_read() {
        let mut reader = Reader::default();
        let output = "\
▶ sample
  ✔ opens (12.5ms)
  ✖ is quiet (1.5ms)
▶ sample (20ms)
﹣ real series (0.2ms) # SKIP no data folder
ℹ tests 3
ℹ pass 1
ℹ fail 1
ℹ cancelled 0
ℹ skipped 1
ℹ todo 0
ℹ duration_ms 812.3

✖ failing tests:

✖ is quiet (1.5ms)
";
        output.lines().for_each(|line| reader.read(line));
        let outcome = reader.finish();
        assert_eq!((outcome.passed, outcome.failed, outcome.skipped), (1, 1, 1));
        assert_eq!(outcome.notes, ["FAILED: is quiet", "SKIPPED: real series (0.2ms) no data folder"]);
    }
}

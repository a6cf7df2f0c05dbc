//! The checked-in list of cases that do not pass, each with its reason.
//!
//! ```text
//! # A comment.
//! [Why these do not pass, in a sentence]
//! test_case
//! test_other_case gpu
//! ```
//!
//! A case stands under its reason; a word behind it limits the entry to one executor.

use std::collections::BTreeMap;

use crate::ConformanceError;

/// The list, read.
#[derive(Clone, Debug, Default)]
pub struct Known {
    reasons: BTreeMap<(String, Option<String>), String>,
}

impl Known {
    /// Reads the list.
    ///
    /// # Errors
    /// A case without a reason, listed twice, or out of order below its reason.
    pub fn parse(text: &str) -> Result<Self, ConformanceError> {
        let mut known = Self::default();
        let (mut reason, mut last) = (None, "");
        for (line, content) in (1..).zip(text.lines()) {
            let refuse = |reason: &str| ConformanceError::List { line, reason: reason.to_owned() };
            let content = content.trim();
            if content.is_empty() || content.starts_with('#') {
                continue;
            }
            if let Some(heading) = content.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                (reason, last) = (Some(heading), "");
                continue;
            }
            let reason = reason.ok_or_else(|| refuse("a case before the first [reason]"))?;
            if content <= last {
                return Err(refuse("the cases of a reason are not sorted"));
            }
            last = content;
            let (case, executor) = match content.split_once(' ') {
                Some((case, executor)) => (case, Some(executor.trim().to_owned())),
                None => (content, None),
            };
            if known.reasons.insert((case.to_owned(), executor), reason.to_owned()).is_some() {
                return Err(refuse("the case is listed twice"));
            }
        }
        Ok(known)
    }

    /// Takes what is listed for `executor` as listed for `other` too, which runs the same code elsewhere.
    #[must_use]
    pub fn also(mut self, executor: &str, other: &str) -> Self {
        let listed = self.reasons.iter().filter(|((_, of), _)| of.as_deref() == Some(executor));
        let copies: Vec<_> =
            listed.map(|((case, _), reason)| ((case.clone(), Some(other.to_owned())), reason.clone())).collect();
        self.reasons.extend(copies);
        self
    }

    /// Why `case` is known not to pass on `executor`.
    #[must_use]
    pub fn reason(&self, case: &str, executor: &str) -> Option<&str> {
        let of = |executor: Option<&str>| self.reasons.get(&(case.to_owned(), executor.map(str::to_owned)));
        of(Some(executor)).or_else(|| of(None)).map(String::as_str)
    }

    /// The cases listed for `executor`.
    pub fn cases(&self, executor: &str) -> impl Iterator<Item = &str> {
        let listed = move |of: &Option<String>| of.as_deref().is_none_or(|of| of == executor);
        self.reasons.keys().filter(move |(_, of)| listed(of)).map(|(case, _)| case.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_has_the_reason_it_stands_under() {
        let known = Known::parse("# list\n\n[too old]\ntest_a\ntest_b gpu\n[too wide]\ntest_a0\n").unwrap();
        assert_eq!(known.reason("test_a", "cpu"), Some("too old"));
        assert_eq!((known.reason("test_b", "gpu"), known.reason("test_b", "cpu")), (Some("too old"), None));
        assert_eq!(known.reason("test_a0", "gpu"), Some("too wide"));
        assert_eq!((known.cases("gpu").count(), known.cases("cpu").count()), (3, 2));
        assert_eq!(known.also("gpu", "browser").reason("test_b", "browser"), Some("too old"));
    }

    #[test]
    fn disorder_is_refused_with_its_line() {
        for (text, wanted) in [
            ("test_a", "line 1 of"),
            ("[why]\ntest_b\ntest_a", "line 3 of"),
            ("[why]\ntest_a\n[other]\ntest_a", "listed twice"),
        ] {
            let error = Known::parse(text).unwrap_err().to_string();
            assert!(error.contains(wanted), "{error}");
        }
    }
}

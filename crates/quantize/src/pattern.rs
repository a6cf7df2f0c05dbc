//! Names with `*` for anything.

/// Whether `name` fits `pattern`, in which each `*` stands for any text, also none.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or("");
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, name) in [("a", "a"), ("*", ""), ("/down/*", "/down/Conv"), ("*conv*weight", "x.conv.1.weight")] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("a", "ab"), ("", "a"), ("*.bias", "x.weight"), ("a*a", "a"), ("a*b*a", "aa")] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }
}

//! Text in markup.

/// A text with the characters that HTML and XML give a meaning written so that they have none.
#[must_use]
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

use std::fmt;

use perf_core::Fingerprint;

/// A condition, key or other text of a plan that may hold values of the statement.
///
/// It is shown without them: `(status = ?::text)`.
#[derive(Clone, PartialEq, Eq)]
pub struct Expression(Box<str>);

impl Expression {
    pub(crate) fn new(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// As the server wrote it, with its values: to be looked at, never to be shown.
    pub(crate) fn raw(&self) -> &str {
        &self.0
    }

    /// Without values.
    pub fn text(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // JSON of a field that is not known here, whose quotes mean something else than in SQL.
        match self.0.starts_with(['{', '[']) {
            true => f.write_str("…"),
            false => f.write_str(Fingerprint::of(&self.0).text()),
        }
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

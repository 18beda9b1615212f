use std::fmt;

use perf_core::Fingerprint;
use perf_core::sync::Arc;

/// The text of one statement, with its fingerprint.
///
/// Every method that takes SQL takes what this type can be made from: a text that is written in
/// the program, or a `String`.
///
/// # Cost
/// A `&'static str` is found by its address. The fingerprint of a `String` is made anew, about
/// 10 ns for each byte: for a text that is built once and sent often, make the `Sql` once and
/// clone it.
#[derive(Clone)]
pub struct Sql {
    text: Text,
    fingerprint: Fingerprint,
}

#[derive(Clone)]
enum Text {
    Static(&'static str),
    Shared(Arc<str>),
}

impl Sql {
    /// The statement as it is sent.
    pub fn text(&self) -> &str {
        match &self.text {
            Text::Static(text) => text,
            Text::Shared(text) => text,
        }
    }

    /// The statement without its values.
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }
}

impl From<&'static str> for Sql {
    fn from(text: &'static str) -> Self {
        Self { text: Text::Static(text), fingerprint: Fingerprint::of_static(text) }
    }
}

impl From<String> for Sql {
    fn from(text: String) -> Self {
        Self { fingerprint: Fingerprint::of(&text), text: Text::Shared(text.into()) }
    }
}

/// The fingerprint's text: the statement itself may hold literals.
impl fmt::Debug for Sql {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sql").field(&self.fingerprint.text()).finish()
    }
}

use std::fmt;

use serde::Serialize;

/// Something that could not be looked at, and what would make it possible.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct Missing {
    /// What is not known without it: `statements`, `indexes proven by the planner`.
    pub what: &'static str,
    /// Why: one sentence.
    pub why: String,
    /// What to do, as SQL or a setting, where that is known.
    pub remedy: Option<String>,
}

impl Missing {
    pub(crate) fn new(what: &'static str, why: impl Into<String>) -> Self {
        Self { what, why: why.into(), remedy: None }
    }

    pub(crate) fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}

/// In one line.
impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.why)?;
        match &self.remedy {
            Some(remedy) => write!(f, "; {remedy}"),
            None => Ok(()),
        }
    }
}

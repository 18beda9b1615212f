use serde::Serialize;

/// Something that could not be looked at, and what would make it possible.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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

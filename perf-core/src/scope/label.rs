use std::fmt;

use crate::table;

/// The name under which a scope is counted.
///
/// A label is a template, never data: a path with ids in it would make a series of its own for
/// each id until the recorder's bound is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Label<'a> {
    pub(crate) method: Option<&'static str>,
    pub(crate) name: &'a str,
}

impl<'a> Label<'a> {
    /// A request: `GET` and `/orders/{id}`.
    pub const fn request(method: &'static str, route: &'a str) -> Self {
        Self { method: Some(method), name: route }
    }

    pub(crate) fn hash(&self) -> u64 {
        table::hash_pair(self.method.unwrap_or_default(), self.name)
    }

    /// Any other unit of work.
    pub fn job(name: &'a str) -> Self {
        Self { method: None, name }
    }

    /// The request's method; none for a job.
    pub fn method(&self) -> Option<&'static str> {
        self.method
    }

    /// The request's template, or the job's name.
    pub fn name(&self) -> &'a str {
        self.name
    }
}

impl fmt::Display for Label<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.method {
            Some(method) => write!(f, "{method} {}", self.name),
            None => f.write_str(self.name),
        }
    }
}

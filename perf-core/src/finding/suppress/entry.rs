use super::date::Date;

/// One `[[suppress]]` of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// The key of a finding, or what keys begin with and a `*` behind it.
    pub key: String,
    /// Why it stays.
    pub reason: String,
    /// The last day on which it is hidden.
    pub until: Date,
    /// Where the entry begins, from 1.
    pub line: usize,
}

impl Entry {
    /// What keys begin with, where the entry is about more than one.
    pub(super) fn prefix(&self) -> Option<&str> {
        self.key.strip_suffix('*')
    }
}

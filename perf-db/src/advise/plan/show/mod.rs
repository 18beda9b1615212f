//! A plan for people: as text and as a picture, without values of the statement.

mod label;
mod picture;
mod tree;
mod words;

use std::collections::HashMap;

use perf_core::finding::Severity;

pub use self::picture::Picture;
pub use self::tree::Tree;
pub(super) use self::words::count;
use super::NodeId;

/// Which nodes are marked, and how gravely.
#[derive(Clone, Debug, Default)]
struct Flags(HashMap<NodeId, Severity>);

impl Flags {
    /// The gravest mark stays.
    fn raise(&mut self, id: NodeId, severity: Severity) {
        let flag = self.0.entry(id).or_insert(severity);
        *flag = (*flag).max(severity);
    }

    fn of(&self, id: NodeId) -> Option<Severity> {
        self.0.get(&id).copied()
    }
}

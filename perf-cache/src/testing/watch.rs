//! What a checker sees of the store.

use crate::fence::TagId;
use crate::store::{Change, Notice};

/// Something that happened between the nodes and the store.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it, and no docs show them")]
#[non_exhaustive]
pub enum Seen {
    /// The store has done what a node asked for, and told it.
    Done { node: String, what: What },
    /// A node was told.
    Heard { node: String, what: What },
    /// The store has lost versions, or everything. They come back as greater ones.
    Forgot,
}

/// What was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it, and no docs show them")]
#[non_exhaustive]
pub enum What {
    Key(String),
    /// By the number that stands for the text.
    Tag(u64),
    All,
    Matching(String),
}

impl What {
    /// `None` for a beat.
    pub(super) fn of(notice: &Notice) -> Option<Self> {
        match &notice.change {
            Change::Key(key) => Some(Self::Key(key.to_string())),
            Change::Tag(tag, _) => Some(Self::Tag(tag.0)),
            Change::All(_) => Some(Self::All),
            Change::Rule(rule) => Some(Self::Matching(rule.pattern.to_string())),
            Change::Beat(_) => None,
        }
    }

    /// A tag by its text.
    pub fn tag(text: &str) -> Self {
        Self::Tag(TagId::of(text).0)
    }
}

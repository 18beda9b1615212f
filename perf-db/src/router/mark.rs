use std::fmt;
use std::str::FromStr;

use tokio_postgres::types::PgLsn;

use crate::error::{DbError, Reason};

/// How far a write reached in PostgreSQL's log: its LSN. Later writes have greater marks.
///
/// A read with the mark goes only to a server that has replayed the log up to it, so it sees the
/// write. Marks of one database mean nothing to another.
///
/// Its text, as `0/16B3748`, is PostgreSQL's own and can be made up by anyone; a made-up mark costs
/// its maker the replicas and nothing else. [`Db::seal_mark`](crate::Db::seal_mark) makes a text for
/// a cookie that cannot.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WriteMark(u64);

impl WriteMark {
    /// That of a write of which nothing is known but that it was done: no replica has it.
    pub(crate) const UNKNOWN: Self = Self(u64::MAX);

    pub(crate) fn new(position: PgLsn) -> Self {
        Self(position.into())
    }

    pub(crate) fn from_number(number: u64) -> Self {
        Self(number)
    }

    pub(crate) fn to_number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for WriteMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&PgLsn::from(self.0), f)
    }
}

impl fmt::Debug for WriteMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WriteMark({self})")
    }
}

impl FromStr for WriteMark {
    type Err = DbError;

    /// # Errors
    /// When the text is not that of a mark.
    fn from_str(text: &str) -> Result<Self, DbError> {
        let position: PgLsn = text.parse().map_err(|_| Reason::WriteMark)?;
        Ok(Self::new(position))
    }
}

//! A long answer in pages: [`Keyset`] for any depth, [`Offset`] for pages with numbers.

mod condition;
mod count;
mod cursor;
mod key;
mod keyset;
mod offset;
mod value;

pub use self::count::{Count, Total};
pub use self::key::{Key, asc, desc};
pub use self::keyset::{Keyset, Page};
pub use self::offset::{NumberedPage, Offset};
use crate::error::{DbError, Reason};

/// A page is for a person or for one answer of an API; a server that must make more at once runs
/// out of memory before anyone has read it.
const MAX_SIZE: u32 = 1_000;

/// The size that is asked for, which may come straight from a client.
fn checked_size(size: i64, max: u32) -> Result<usize, DbError> {
    match usize::try_from(size) {
        Ok(rows) if (1..=i64::from(max)).contains(&size) => Ok(rows),
        _ => Err(Reason::PageSize { size, max }.into()),
    }
}

/// The user's `select` under the name `page`, which tables of that name inside it do not see.
///
/// Not materialized, so that conditions on `page` reach the indexes below it. The line break ends a
/// comment at its end.
fn named(select: &str) -> String {
    format!("with page as not materialized (\n{select}\n)\n")
}

fn trimmed(select: String) -> String {
    select.trim_end_matches(|end: char| end == ';' || end.is_whitespace()).to_owned()
}

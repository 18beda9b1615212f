//! Fingerprints of the statements that come again and again.

use super::fingerprint::Fingerprint;
use crate::sync::OnceLock;
use crate::table::{self, Table};

const CAPACITY: usize = 4_096;

/// Texts by what tells them apart: their place in the program, or a hash of their bytes, and their
/// length.
type Texts<Id> = Table<(Id, usize), Fingerprint>;

/// The statements that are written in the program, by their address.
pub(super) fn fingerprint(sql: &'static str) -> Fingerprint {
    static TEXTS: OnceLock<Texts<usize>> = OnceLock::new();
    let place = (sql.as_ptr().addr(), sql.len());
    find(TEXTS.get_or_init(|| Table::new(CAPACITY)), place, table::hash(&place), sql)
}

/// Any other statements, by a hash.
pub(super) fn repeated(sql: &str) -> Fingerprint {
    static TEXTS: OnceLock<Texts<u64>> = OnceLock::new();
    let hash = table::hash(sql);
    find(TEXTS.get_or_init(|| Table::new(CAPACITY)), (hash, sql.len()), hash, sql)
}

fn find<Id: Copy + PartialEq>(
    texts: &Texts<Id>,
    sought: (Id, usize),
    hash: u64,
    sql: &str,
) -> Fingerprint {
    let place =
        texts.place(hash, |known| *known == sought, || (sought, Fingerprint::of(sql).leak()));
    let found = place.and_then(|place| texts.at(place));
    found.map_or_else(|| Fingerprint::of(sql), |(_, fingerprint)| fingerprint.clone())
}

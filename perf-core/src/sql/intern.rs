//! Fingerprints of the statements that are written in the program.

use std::hash::BuildHasher;

use super::fingerprint::Fingerprint;
use crate::sync::OnceLock;
use crate::table::Table;

const CAPACITY: usize = 4_096;

static TEXTS: OnceLock<Table<(usize, usize), Fingerprint>> = OnceLock::new();

pub(super) fn fingerprint(sql: &'static str) -> Fingerprint {
    let table = TEXTS.get_or_init(|| Table::new(CAPACITY));
    let place = (sql.as_ptr().addr(), sql.len());
    let hash = foldhash::fast::FixedState::default().hash_one(place);
    table
        .place(hash, |known| *known == place, || (place, Fingerprint::of(sql).leak()))
        .and_then(|found| table.at(found))
        .map_or_else(|| Fingerprint::of(sql), |(_, fingerprint)| fingerprint.clone())
}

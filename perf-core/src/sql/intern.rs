//! Fingerprints of the statements that are written in the program.

use super::fingerprint::Fingerprint;
use crate::sync::OnceLock;
use crate::table::{self, Table};

const CAPACITY: usize = 4_096;

static TEXTS: OnceLock<Table<(usize, usize), Fingerprint>> = OnceLock::new();

pub(super) fn fingerprint(sql: &'static str) -> Fingerprint {
    let texts = TEXTS.get_or_init(|| Table::new(CAPACITY));
    let place = (sql.as_ptr().addr(), sql.len());
    texts
        .place(
            table::hash(&place),
            |known| *known == place,
            || (place, Fingerprint::of(sql).leak()),
        )
        .and_then(|found| texts.at(found))
        .map_or_else(|| Fingerprint::of(sql), |(_, fingerprint)| fingerprint.clone())
}

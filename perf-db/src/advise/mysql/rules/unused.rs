use perf_core::finding::Severity;
use perf_core::{Finding, FindingKind, units};

use crate::advise::mysql::index::{Index, Indexes};
use crate::advise::mysql::scope::quoted;
use crate::advise::mysql::server::{MysqlServer, Vendor};

/// An index on fewer rows costs next to nothing.
const LARGE_TABLE: u64 = 10_000;

/// Indexes that nobody has used since the server started: not primary (MySQL's `sys` schema,
/// `schema_unused_indexes`), nor unique, nor where a foreign key may need them. How often full-text
/// and spatial indexes are read is not counted as it is for others, so they are left out.
pub(super) fn findings(indexes: &Indexes, server: &MysqlServer) -> Vec<Finding> {
    let unused = indexes.list.iter().filter(|index| {
        index.uses == Some(0)
            && !index.is_unique
            && !index.is_primary()
            && ["BTREE", "HASH"].iter().any(|method| index.method.eq_ignore_ascii_case(method))
            && !indexes.is_of_foreign_key(index)
    });
    unused.map(|index| finding(index, indexes.rows_of(index), server)).collect()
}

fn finding(index: &Index, rows: u64, server: &MysqlServer) -> Finding {
    let severity = if rows >= LARGE_TABLE { Severity::Warning } else { Severity::Info };
    let found = Finding::new(FindingKind::UnusedIndex, index.which(), index.subject())
        .severity(severity)
        .evidence("uses", "0")
        .evidence("counted for", format!("{} days", server.uptime.as_secs() / 86_400))
        .evidence("rows of the table, about", units::count(rows));
    if index.is_hidden || !server.is_known() {
        return found
            .advice("nobody uses it and every write keeps it up to date: drop it, unless a replica uses it")
            .code(index.drop());
    }
    let hide = match server.vendor {
        Vendor::MySql => "invisible",
        Vendor::MariaDb => "ignored",
    };
    found
        .advice(
            "nobody uses it and every write keeps it up to date: hide it first, here and where a \
             replica may use it, and drop it when nobody has missed it for a week",
        )
        .code(format!("{}alter index {} {hide};", index.alter(), quoted(&index.name)))
}

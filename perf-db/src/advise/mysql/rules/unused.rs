use perf_core::finding::Severity;
use perf_core::{Finding, FindingKind, units};

use crate::advise::mysql::index::Index;
use crate::advise::mysql::indexes::Indexes;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn unused(version: &str, change: impl FnOnce(&mut Index, &mut Indexes)) -> Vec<Finding> {
        let mut index = Index::of("shop", "orders", "by_date", &["created"]);
        index.uses = Some(0);
        let mut indexes = Indexes::default();
        change(&mut index, &mut indexes);
        indexes.list.push(index);
        findings(&indexes, &MysqlServer::of(version))
    }

    #[test]
    fn each_vendor_hides_an_index_in_its_own_words() {
        let code = |version| unused(version, |_, _| {})[0].remedy.code.clone().unwrap_or_default();
        let alter = "alter table `shop`.`orders` ";
        assert_eq!(code("8.4.0"), format!("{alter}alter index `by_date` invisible;"));
        assert_eq!(code("10.11.14-MariaDB"), format!("{alter}alter index `by_date` ignored;"));
        assert_eq!(code("5.7.44"), format!("{alter}drop index `by_date`;"));
    }

    #[test]
    fn what_is_needed_for_more_than_reads_is_never_told() {
        let key = |index: &Index| [index.schema.clone(), index.table.clone(), "created".to_owned()];
        assert_eq!(unused("8.4.0", |_, _| {}).len(), 1);
        assert!(unused("8.4.0", |index, _| index.is_unique = true).is_empty());
        assert!(unused("8.4.0", |index, _| index.name = "PRIMARY".to_owned()).is_empty());
        assert!(unused("8.4.0", |index, _| index.uses = None).is_empty());
        assert!(unused("8.4.0", |index, _| index.uses = Some(1)).is_empty());
        assert!(unused("8.4.0", |index, _| index.method = "FULLTEXT".to_owned()).is_empty());
        let of_foreign_key = unused("8.4.0", |index, indexes| {
            indexes.of_foreign_keys.insert(key(index));
        });
        assert!(of_foreign_key.is_empty());
    }
}

//! Foreign keys without an index to find the rows that refer.

use std::collections::HashMap;

use perf_core::finding::Severity;
use perf_core::{Finding, FindingKind, units};

use super::covers::supports;
use crate::advise::schema::{ForeignKey, MAX_NAME_BYTES, Schema, Table, TableKind, cut, written};

/// A smaller table is read from end to end as quickly (the size from which pghero suggests an
/// index).
const LEAST_ROWS: f64 = 500.0;

/// From this number of rows on each deletion costs milliseconds (pgReviewer's limit for a
/// sequential scan).
const MANY_ROWS: f64 = 10_000.0;

/// Those whose table is large enough, or not yet known to be small.
///
/// It is a warning where rows were deleted from the table that is referred to: each of them reads
/// the referring table from end to end. Otherwise only joins miss it.
pub(super) fn unindexed(schema: &Schema) -> Vec<Finding> {
    let mut parts: HashMap<u32, Vec<&Table>> = HashMap::new();
    for table in &schema.tables {
        if let Some(whole) = table.partition_of {
            parts.entry(whole).or_default().push(table);
        }
    }
    let mut found = Vec::new();
    for table in &schema.tables {
        let is_small = table.rows.is_some_and(|rows| rows > 0.0 && rows < LEAST_ROWS);
        for key in &table.foreign_keys {
            if !is_small && !is_supported(table, key, &parts, 0) {
                found.push(finding(schema, table, key, &parts));
            }
        }
    }
    found
}

/// By an index of its own, or of each of its parts.
fn is_supported(
    table: &Table,
    key: &ForeignKey,
    parts: &HashMap<u32, Vec<&Table>>,
    depth: usize,
) -> bool {
    if table.indexes.iter().any(|index| supports(index, key, table)) {
        return true;
    }
    let Some(parts_of) = parts.get(&table.oid).filter(|_| depth < 32) else { return false };
    parts_of.iter().all(|part| {
        in_part(table, part, key).is_some_and(|key| is_supported(part, &key, parts, depth + 1))
    })
}

/// The same key in a part, whose columns may have other numbers.
fn in_part(table: &Table, part: &Table, key: &ForeignKey) -> Option<ForeignKey> {
    let number = |column: &i16| Some(part.column_named(&table.column(*column)?.name)?.number);
    Some(ForeignKey {
        columns: key.columns.iter().map(number).collect::<Option<_>>()?,
        ..key.clone()
    })
}

fn finding(
    schema: &Schema,
    table: &Table,
    key: &ForeignKey,
    parts: &HashMap<u32, Vec<&Table>>,
) -> Finding {
    let target = schema.table(key.target);
    let deleted = target.map_or(0, |target| target.activity.deleted);
    let is_large = table.rows.is_some_and(|rows| rows >= MANY_ROWS);
    let severity = match is_large && deleted > 0 {
        true => Severity::Warning,
        false => Severity::Info,
    };
    let columns = table.written_columns(&key.columns);
    let name = table.full_name();
    let mut finding = Finding::new(
        FindingKind::UnindexedForeignKey,
        format_args!("{name}.{}", key.name),
        format!("{name} ({columns})"),
    )
    .severity(severity)
    .evidence("foreign key", key.name.clone());
    if let Some(target) = target {
        finding = finding
            .evidence("refers to", target.full_name())
            .evidence("rows deleted there", units::count(deleted));
    }
    if let Some(rows) = table.rows {
        finding = finding.evidence("rows", units::count(rows as u64));
    }
    if let Some(partial) = partial(table, key) {
        finding = finding.evidence("not enough", format!("{partial} has only some of the rows"));
    }
    finding
        .advice(
            "make an index on these columns: without it each row that is deleted from the table \
             referred to, or whose key changes, reads this table from end to end, and so do joins \
             from there",
        )
        .code(create_statement(table, key, &columns, parts))
}

/// A partial index that would do if it had all rows.
fn partial<'t>(table: &'t Table, key: &ForeignKey) -> Option<&'t str> {
    let would_do = table.indexes.iter().filter(|index| index.is_partial()).find(|index| {
        let mut whole = (*index).clone();
        whole.predicate = None;
        supports(&whole, key, table)
    });
    would_do.map(|index| &*index.name)
}

/// On a partitioned table an index can only be made without a lock on each part by itself.
fn create_statement(
    table: &Table,
    key: &ForeignKey,
    columns: &str,
    parts: &HashMap<u32, Vec<&Table>>,
) -> String {
    let Some(parts_of) = parts.get(&table.oid).filter(|_| table.kind == TableKind::Partitioned)
    else {
        return match table.kind {
            TableKind::Partitioned => format!("create index on {} ({columns})", table.written()),
            _ => format!("create index concurrently on {} ({columns})", table.written()),
        };
    };
    let is_flat = parts_of.iter().all(|part| part.kind == TableKind::Table);
    if !is_flat || parts_of.len() > MOST_PARTS {
        return format!("create index on {} ({columns})", table.written());
    }
    let names = key.columns.iter().filter_map(|number| Some(&*table.column(*number)?.name));
    let of_columns = names.collect::<Vec<_>>().join("_");
    let whole = short(&format!("{}_{of_columns}_idx", table.name));
    let mut sql =
        format!("create index {} on only {} ({columns});\n", written(&whole), table.written());
    for part in parts_of {
        let name = short(&format!("{}_{of_columns}_idx", part.name));
        sql.push_str(&format!(
            "create index concurrently {} on {} ({columns});\nalter index {}.{} attach partition \
             {}.{};\n",
            written(&name),
            part.written(),
            written(&table.schema),
            written(&whole),
            written(&part.schema),
            written(&name),
        ));
    }
    sql.truncate(sql.trim_end().len());
    sql
}

/// More make a script that nobody reads.
const MOST_PARTS: usize = 24;

/// The server cuts names at 63 bytes; two that are cut to the same one would fail, so the end stays.
fn short(name: &str) -> String {
    if name.len() <= MAX_NAME_BYTES {
        return name.to_owned();
    }
    let id = perf_core::Fingerprint::of(name).id();
    format!("{}_{:08x}", cut(name, MAX_NAME_BYTES - 9), id as u32)
}

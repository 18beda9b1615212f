//! The SQL that makes the view.

use super::query::Query;
use crate::advise::schema::{Table, cut, written};
use crate::advise::workload::Statement;

/// PostgreSQL cuts names after 63 bytes; room for what stands behind.
const MAX_TABLE_BYTES: usize = 40;

/// A statement without values is shown as it is. Of one with values the fingerprint is, since no value
/// is ever shown; it cannot be run before they are put in.
pub(super) fn create(statement: &Statement, query: &Query<'_>, tables: &[&Table]) -> String {
    let view = view_name(statement, tables);
    let mut code = String::new();
    if query.has_values() {
        code.push_str("-- with the values in the places of ?\n");
    }
    if !query.list.has_names {
        code.push_str("-- with a name of its own for each column\n");
    }
    let text = match query.has_values() {
        true => statement.fingerprint.text(),
        false => statement
            .plannable()
            .unwrap_or_default()
            .trim_end_matches(|c: char| c == ';' || c.is_whitespace()),
    };
    code.push_str(&format!("create materialized view {view} as\n{text};"));
    if let Some(key) = &query.list.key {
        let columns: Vec<_> = key.iter().map(|column| written(column)).collect();
        // What `refresh materialized view concurrently` asks for.
        code.push_str(&format!("\ncreate unique index on {view} ({});", columns.join(", ")));
    }
    code
}

/// After its first table, and the same in every process.
fn view_name(statement: &Statement, tables: &[&Table]) -> String {
    let table = tables.first().map_or("view", |table| &table.name);
    let table = cut(table, MAX_TABLE_BYTES);
    let name = format!("{table}_summary_{:08x}", statement.fingerprint.id() >> 32);
    written(&name).into_owned()
}

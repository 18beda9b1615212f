use perf_core::FindingKind;
use sqlparser::ast::{Select, SelectItem, SelectItemQualifiedWildcardKind};

use super::super::block::{How, Place, Reading};
use super::super::rewrite::{Change, Part, own, with};
use super::super::scope::parts;
use super::Found;
use crate::advise::schema::{Table, written};

/// Of fewer columns mostly all are wanted. A figure of our own.
const MANY_COLUMNS: usize = 12;

/// PostgreSQL stores the values of wider rows apart, and reads each of them by itself
/// (`TOAST_TUPLE_THRESHOLD`).
const WIDE_BYTES: u32 = 2_000;

const ADVICE: &str = "name the columns that are read: fewer bytes are fetched, sent and decoded, \
                      values that are stored apart are not read, and an index may have them all";

/// All columns of a table that has many or wide ones, asked for by who sent the statement.
pub(crate) fn check(reading: &Reading<'_>, found: &mut Vec<Found>) {
    for (place, block) in reading.blocks.iter().enumerate() {
        let Some(select) = block.select().filter(|_| block.place == Place::Answer) else {
            continue;
        };
        let starred = starred(reading, place, select);
        let large = starred.iter().filter_map(|source| block.table(*source)).filter(|table| {
            table.columns.len() >= MANY_COLUMNS || width_bytes(table) >= WIDE_BYTES
        });
        let Some(table) = large.max_by_key(|table| (width_bytes(table), table.columns.len()))
        else {
            continue;
        };
        let mut new = Found::new(FindingKind::SelectStar, table.full_name(), ADVICE)
            .evidence("columns", table.columns.len().to_string())
            .code(named(reading, place, select));
        if width_bytes(table) > 0 {
            new = new.evidence("bytes of a row", width_bytes(table).to_string());
        }
        found.push(new);
    }
}

/// As far as it is known, on the average.
fn width_bytes(table: &Table) -> u32 {
    let widths = table.columns.iter().filter_map(|column| column.statistics);
    widths.fold(0, |sum, column| sum.saturating_add(column.width_bytes))
}

/// The sources whose columns are all asked for.
fn starred(reading: &Reading<'_>, place: usize, select: &Select) -> Vec<usize> {
    let sources = &reading.blocks[place].sources;
    let mut starred = Vec::new();
    for item in &select.projection {
        match item {
            SelectItem::Wildcard(_) => starred.extend(0..sources.len()),
            SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(of), _) => {
                let Some((schema, name)) = parts(of) else { continue };
                let source = sources.iter().position(|source| source.is(schema.as_deref(), &name));
                starred.extend(source);
            }
            _ => {}
        }
    }
    starred
}

/// The statement with all columns named, from which those that nobody reads can go.
fn named(reading: &Reading<'_>, place: usize, select: &Select) -> Option<String> {
    let block = &reading.blocks[place];
    // `using` and `natural` join make one of two columns.
    let is_plain = block.joins.iter().all(|join| join.how != How::Bound);
    let tables: Option<Vec<&Table>> =
        (0..block.sources.len()).map(|source| block.table(source)).collect();
    let tables = tables.filter(|_| is_plain)?;
    let is_alone = tables.len() == 1;
    let columns = |source: usize| {
        let of = written(&block.sources[source].name);
        tables[source].columns.iter().map(move |column| {
            let column = written(&column.name);
            let text = if is_alone { column.into_owned() } else { format!("{of}.{column}") };
            SelectItem::UnnamedExpr(own(text))
        })
    };
    let mut items: Vec<SelectItem> = Vec::new();
    for item in &select.projection {
        match item {
            SelectItem::Wildcard(_) => items.extend((0..tables.len()).flat_map(columns)),
            SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(of), _) => {
                let (schema, name) = parts(of)?;
                let is_it =
                    |source: &super::super::block::Source<'_>| source.is(schema.as_deref(), &name);
                items.extend(columns(block.sources.iter().position(is_it)?));
            }
            item => items.push(item.clone()),
        }
    }
    let mut change = |select: &mut Select| select.projection = std::mem::take(&mut items);
    let part = Part::Select(select);
    with(reading.statement, part, Change::Select(&mut change), reading.dialect())
}

use perf_core::FindingKind;
use perf_core::sql::Dialect;
use sqlparser::ast::{Expr, ObjectNamePart, Select, TableFactor, TableWithJoins};

use super::super::block::{Block, Reading};
use super::super::conditions::rows;
use super::super::rewrite::{Change, Part, verbatim, with};
use super::super::walk;
use super::{FEW_ROWS, Found};
use crate::advise::schema::{Table, TableKind};

const ADVICE: &str = "do not sort all rows to keep a few: take a sample of the table first, or begin \
                      at a random value of an indexed key";

/// As many rows as this are sampled, of which chance then takes those that are asked for.
const SAMPLED_ROWS: f64 = 10_000.0;

/// Rows of more than a small table sorted by a random number.
pub(crate) fn check(reading: &Reading<'_>, found: &mut Vec<Found>) {
    for (place, block) in reading.blocks.iter().enumerate() {
        let Some(query) = block.query else { continue };
        if !walk::order(query).iter().any(|by| walk::any(&by.expr, &mut is_random)) {
            continue;
        }
        let tables = reading.sources_named(block);
        let mut large = tables.filter(|(source, table)| {
            !reading.is_small(table, FEW_ROWS) && !reading.is_reached(place, *source, None)
        });
        let which = match large.next() {
            Some((_, table)) => table.full_name(),
            None if reading.dialect() == Dialect::MySql => String::new(),
            None => continue,
        };
        let found_here = Found::new(FindingKind::OrderByRandom, which, ADVICE);
        found.push(found_here.code(sampled(reading, block)));
    }
}

fn is_random(expr: &Expr) -> bool {
    let Expr::Function(function) = expr else { return false };
    let name = function.name.0.last().and_then(ObjectNamePart::as_ident);
    name.is_some_and(|name| {
        ["random", "rand", "gen_random_uuid", "uuid_generate_v4"]
            .iter()
            .any(|random| name.value.eq_ignore_ascii_case(random))
    })
}

/// The statement on a sample of its only table.
fn sampled(reading: &Reading<'_>, block: &Block<'_>) -> Option<String> {
    let select = block.select().filter(|select| select.selection.is_none())?;
    let table: &Table = block.table(0).filter(|table| {
        block.sources.len() == 1
            && matches!(table.kind, TableKind::Table | TableKind::MaterializedView)
    })?;
    let share = 100.0 * SAMPLED_ROWS / rows(table)?;
    let percent = (share * 100.0).ceil().clamp(1.0, 10_000.0) / 100.0;
    let mut change = |select: &mut Select| {
        let [TableWithJoins { relation: TableFactor::Table { name, alias, .. }, .. }] =
            &mut *select.from
        else {
            return;
        };
        let sample = format!("tablesample system ({percent})");
        match alias {
            Some(alias) => alias.name = verbatim(format!("{} {sample}", alias.name)),
            None => {
                let sampled = verbatim(format!("{name} {sample}"));
                *name = vec![sampled].into();
            }
        }
    };
    let part = Part::Select(select);
    with(reading.statement, part, Change::Select(&mut change), reading.dialect())
}

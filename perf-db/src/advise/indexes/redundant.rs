//! Indexes that are there twice, and indexes whose work another one can do.

use std::cmp::Reverse;
use std::collections::HashSet;

use perf_core::{FindingKind, units};

use super::covers::{Cover, cover};
use super::droppable::{Droppable, drop_statement};
use super::guard::is_bound;
use super::usage::Usage;
use crate::advise::schema::{Index, Schema, Table};

/// Which index can go for the sake of which other one. One that is read never goes for one of
/// `unused`, which is to go itself.
pub(super) fn redundant(schema: &Schema, usage: &Usage, unused: &HashSet<u32>) -> Vec<Droppable> {
    schema.tables.iter().flat_map(|table| of_table(table, usage, unused)).collect()
}

fn of_table(table: &Table, usage: &Usage, unused: &HashSet<u32>) -> Vec<Droppable> {
    let mut indexes: Vec<&Index> = table.indexes.iter().filter(|index| index.is_valid).collect();
    // What is better kept comes first: what is bound, what keeps keys apart, what has more keys or
    // columns, what is read more; the older of two that are alike.
    indexes.sort_by_key(|index| {
        let width = index.keys.len() + index.included.len();
        let wide = (is_bound(index), index.is_unique, width, usage.scans(index));
        (Reverse(wide), index.oid)
    });
    let mut kept: Vec<&Index> = Vec::new();
    let mut found = Vec::new();
    for index in &indexes {
        let can_stay = |other: &&&Index| {
            other.oid != index.oid && (!unused.contains(&other.oid) || unused.contains(&index.oid))
        };
        // A wide index that is not bound may come after a narrow one that is unique.
        let stays = |other: &&Index| found.iter().all(|gone: &Droppable| gone.index != other.oid);
        let instead = indexes.iter().filter(can_stay).copied().filter(stays).find_map(|other| {
            let cover = cover(index, other)?;
            // Of twins the one that comes first stays.
            let is_before = kept.iter().any(|kept| kept.oid == other.oid);
            (is_before || cover != Cover::Twin).then_some((other, cover))
        });
        match instead {
            Some((other, cover)) if !is_bound(index) => {
                found.push(droppable(table, index, other, cover, usage));
            }
            _ => kept.push(index),
        }
    }
    found
}

fn droppable(
    table: &Table,
    index: &Index,
    other: &Index,
    cover: Cover,
    usage: &Usage,
) -> Droppable {
    let kind = match cover {
        Cover::Twin => FindingKind::DuplicateIndex,
        _ => FindingKind::OverlappingIndex,
    };
    let mut droppable = Droppable::new(kind, table, index, usage);
    droppable.instead = Some(other.oid);
    droppable.with(|finding| {
        let finding = finding
            .evidence("the other index", format!("{}.{}", table.schema, other.name))
            .evidence("why", why(index, other, cover))
            .evidence("size of the other", units::bytes(other.bytes))
            .evidence("scans of the other", usage.scans(other).to_string());
        match usage.missing() {
            None => finding
                .advice(format!("drop it: {} does all that it does", other.name))
                .code(drop_statement(table, index)),
            Some(_) => finding.advice(format!(
                "{} does all that it does: look again, before dropping it, when all servers have \
                 counted for long enough",
                other.name
            )),
        }
    })
}

fn why(index: &Index, other: &Index, cover: Cover) -> String {
    let mut why = match cover {
        Cover::Twin => "the same keys, in the same order".to_owned(),
        Cover::SameKeys if other.is_unique && !index.is_unique => {
            "the same keys, and the other one also admits each once".to_owned()
        }
        Cover::SameKeys => "the same keys, and the other one carries more columns".to_owned(),
        Cover::Prefix => {
            format!(
                "its keys are the first {} of the other's {}",
                index.keys.len(),
                other.keys.len()
            )
        }
        Cover::Backwards => format!(
            "its keys are the first {} of the other's {}, read backwards",
            index.keys.len(),
            other.keys.len()
        ),
    };
    if index.is_partial() {
        why.push_str(", under the same condition");
    }
    if other.is_of_constraint {
        why.push_str("; the other one belongs to a constraint");
    }
    why
}

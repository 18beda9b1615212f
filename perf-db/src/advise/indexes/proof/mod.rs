//! Whether the plans of the recorded statements need an index that could go.
//!
//! Where the extension hypopg can hide an index (from 1.4 on), each statement on its table is
//! planned again without it, and costs are compared. Elsewhere it is told whether any plan reads
//! the index, which says less: values may matter that a plan for all values does not know.

mod hiding;
mod planned;
mod verdict;

use std::collections::{HashMap, HashSet};

use perf_core::Finding;

use self::hiding::Hiding;
use self::planned::RecordedPlans;
use super::Droppable;
use crate::advise::schema::{Index, Schema, Table};
use crate::advise::{Missing, Workload};
use crate::error::DbError;
use crate::transaction::Transaction;

/// What is left of the indexes that could go, each with what the plans say.
///
/// # Errors
/// When the server refuses a statement of ours, or the connection breaks. A recorded statement that
/// cannot be planned is counted, and is no error.
///
/// # Cancel safety
/// Dropping the future ends the transaction. An index that was hidden then stays so for later
/// explains of that connection, and for nothing else.
pub(super) async fn prove(
    look: &Transaction,
    schema: &Schema,
    droppable: Vec<Droppable>,
    workload: &Workload,
) -> Result<(Vec<Finding>, Vec<Missing>), DbError> {
    let mut missing = Vec::new();
    if droppable.is_empty() {
        return Ok((Vec::new(), missing));
    }
    let family = Family::of(schema);
    let (hiding, lacking) = Hiding::find(look).await?;
    missing.extend(lacking);
    if workload.statements.is_empty() {
        missing.push(Missing::new(
            "proof that an index can go",
            "no recorded statements were given whose plans could be looked at",
        ));
    }
    let tables: HashSet<u32> =
        droppable.iter().flat_map(|droppable| family.tables(droppable.table)).collect();
    let mut statements = RecordedPlans::plan(look, schema, &tables, workload).await?;
    let mut findings = Vec::new();
    for droppable in droppable {
        let Some((table, index)) = find(schema, &droppable) else { continue };
        let group = family.group(table, index);
        let verdict = match &hiding {
            Some(hiding) => statements.without(look, hiding, &group, workload).await?,
            None => statements.readers(&group, index),
        };
        findings.extend(verdict.finding(droppable, &statements, workload));
    }
    Ok((findings, missing))
}

fn find<'s>(schema: &'s Schema, droppable: &Droppable) -> Option<(&'s Table, &'s Index)> {
    let table = schema.table(droppable.table)?;
    let index = table.indexes.iter().find(|index| index.oid == droppable.index)?;
    Some((table, index))
}

/// An index with its parts, as they stand in plans.
struct Group {
    numbers: Vec<u32>,
    names: HashSet<String>,
    /// Schema and name of each table.
    tables: HashSet<(String, String)>,
}

/// Which tables and indexes are parts of which.
struct Family<'s> {
    schema: &'s Schema,
    parts: HashMap<u32, Vec<u32>>,
    index_parts: HashMap<u32, Vec<&'s Index>>,
}

impl<'s> Family<'s> {
    fn of(schema: &'s Schema) -> Self {
        let mut parts: HashMap<u32, Vec<u32>> = HashMap::new();
        let mut index_parts: HashMap<u32, Vec<&Index>> = HashMap::new();
        for table in &schema.tables {
            if let Some(whole) = table.partition_of {
                parts.entry(whole).or_default().push(table.oid);
            }
            for index in &table.indexes {
                if let Some(whole) = index.partition_of {
                    index_parts.entry(whole).or_default().push(index);
                }
            }
        }
        Self { schema, parts, index_parts }
    }

    /// The table and all below it. A catalog has no circles, but a list of numbers might.
    fn tables(&self, table: u32) -> HashSet<u32> {
        let mut found = HashSet::from([table]);
        let mut next = vec![table];
        while let Some(table) = next.pop() {
            let parts = self.parts.get(&table).into_iter().flatten();
            next.extend(parts.copied().filter(|part| found.insert(*part)));
        }
        found
    }

    fn group(&self, table: &Table, index: &'s Index) -> Group {
        let mut found = HashMap::from([(index.oid, index)]);
        let mut next = vec![index];
        while let Some(index) = next.pop() {
            for part in self.index_parts.get(&index.oid).into_iter().flatten() {
                if found.insert(part.oid, part).is_none() {
                    next.push(part);
                }
            }
        }
        let tables = self.tables(table.oid).into_iter().filter_map(|oid| self.schema.table(oid));
        Group {
            numbers: found.keys().copied().collect(),
            names: found.values().map(|index| index.name.clone()).collect(),
            tables: tables.map(|table| (table.schema.clone(), table.name.clone())).collect(),
        }
    }
}

//! What the indexes and tables that are there say by themselves: which index can go, which one a
//! foreign key lacks, and what will break.
//!
//! The rules are functions of values; [`Facts`] and [`Schema`] are what is read of the server.
//! Indexes are proposed to be dropped only when the counters of all servers are a week old, and the
//! plans of the recorded statements say that none of them needs it.

mod bloat;
mod covers;
mod droppable;
mod foreign_key;
mod foreign_key_type;
mod guard;
mod invalid;
mod read;
mod redundant;
mod sequence_overflow;
mod sequential_reads;
mod stale_statistics;
mod unused;
mod usage;

use std::collections::HashSet;

use perf_core::Finding;

pub(crate) use self::covers::supports;
pub(crate) use self::droppable::Droppable;
pub(crate) use self::read::Facts;
use self::usage::Usage;
use super::Missing;
use super::schema::Schema;

/// What the rules say.
#[derive(Debug)]
pub(crate) struct Told {
    /// What is so whatever the statements are.
    pub(crate) findings: Vec<Finding>,
    /// Indexes that could go, still to be proven by the plans of the recorded statements.
    pub(crate) droppable: Vec<Droppable>,
    pub(crate) missing: Vec<Missing>,
}

/// Runs all rules. `others` are the same tables on the other servers: the primary and all of its
/// replicas together have to be there before an index is called unused.
pub(crate) fn told(facts: &Facts, schema: &Schema, others: &[Schema]) -> Told {
    let usage = Usage::of(schema, others, facts.followers);
    let unused = unused::unused(schema, &usage);
    let numbers: HashSet<u32> = unused.iter().map(|droppable| droppable.index).collect();
    let mut droppable = redundant::redundant(schema, &usage, &numbers);
    // An index that is there twice is told as that, and one that stays instead of another stays.
    let settled: HashSet<u32> =
        droppable.iter().flat_map(|d| [Some(d.index), d.instead]).flatten().collect();
    droppable.extend(unused.into_iter().filter(|unused| !settled.contains(&unused.index)));

    let findings = [
        invalid::invalid(schema, &facts.builds),
        foreign_key::unindexed(schema),
        foreign_key_type::mismatched(schema, &facts.mismatches),
        sequential_reads::sequential_reads(schema),
        stale_statistics::stale(schema),
        bloat::bloated(schema, &facts.storages),
        sequence_overflow::overflowing(schema, &facts.sequences),
    ];
    let missing = facts.missing.iter().chain(usage.missing()).cloned().collect();
    Told { findings: findings.into_iter().flatten().collect(), droppable, missing }
}

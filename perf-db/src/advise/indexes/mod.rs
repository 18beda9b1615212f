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
mod proof;
mod read;
mod redundant;
mod sequence_overflow;
mod sequential_reads;
mod stale_statistics;
mod unused;
mod usage;

use std::collections::HashSet;

use perf_core::Finding;
use perf_core::finding::rank;
use perf_core::time::Duration;

pub(crate) use self::droppable::Droppable;
pub(crate) use self::read::Facts;
pub(crate) use self::usage::ENOUGH;
use self::usage::Usage;
use super::schema::Schema;
use super::{Advisor, Missing, Workload};
use crate::error::DbError;

impl Advisor {
    /// What the indexes and tables of this server say by themselves, and what was missing to say
    /// more: indexes that nobody reads, that are there twice or that another one covers, that are
    /// broken or that a foreign key lacks; tables read from end to end, with old statistics or
    /// much dead space; sequences near their end.
    ///
    /// `others` are the same tables on the other servers: no index is called unused before the
    /// primary and all of its replicas were looked at, and each has counted for a week. The plans
    /// of the statements of `workload` prove that an index can go.
    ///
    /// # Errors
    /// When no connection becomes free in time, or the server refuses a statement.
    ///
    /// # Cancel safety
    /// Dropping the future cancels the statement at the server.
    ///
    /// # Cost
    /// Five statements, and where an index could go, one `explain` of each recorded statement on its
    /// table, at most 1,000; with hypopg 1.4 or later one more without the index. No statement is
    /// run.
    pub async fn indexes(
        &self,
        schema: &Schema,
        others: &[Schema],
        workload: &Workload,
    ) -> Result<(Vec<Finding>, Vec<Missing>), DbError> {
        self.indexes_counted(schema, others, workload, ENOUGH).await
    }

    /// The same where each server must have counted for this long before an index is proposed to be
    /// dropped.
    pub(crate) async fn indexes_counted(
        &self,
        schema: &Schema,
        others: &[Schema],
        workload: &Workload,
        enough: Duration,
    ) -> Result<(Vec<Finding>, Vec<Missing>), DbError> {
        self.apart(async {
            let look = self.look().await?;
            let facts = Facts::load(&look, schema).await?;
            let Told { mut findings, droppable, mut missing } =
                told(&facts, schema, others, enough);
            let (proven, lacking) = proof::prove(&look, schema, droppable, workload).await?;
            // Awaited, since an index that is made concurrently waits for whoever looks.
            look.rollback().await?;
            findings.extend(proven);
            missing.extend(lacking);
            rank(&mut findings);
            Ok((findings, missing))
        })
        .await
    }
}

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
pub(crate) fn told(facts: &Facts, schema: &Schema, others: &[Schema], enough: Duration) -> Told {
    let usage = Usage::of(schema, others, facts.followers, enough);
    let unused = unused::unused(schema, &usage);
    let numbers: HashSet<u32> = unused.iter().map(|droppable| droppable.index).collect();
    let mut droppable = redundant::redundant(schema, &usage, &numbers);
    // An index that is there twice is told as that, and one that does the work of another one stays
    // also where neither was read: a statement that needs one of them may be due once a month.
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
    let left_out = (schema.tables_left_out > 0).then(|| {
        let (many, left_out) = (schema.tables.len(), schema.tables_left_out);
        let why =
            format!("the {many} largest were looked at, and {left_out} smaller ones left out");
        Missing::new("all tables", why)
    });
    let missing = facts.missing.iter().chain(usage.missing()).cloned().chain(left_out).collect();
    Told { findings: findings.into_iter().flatten().collect(), droppable, missing }
}

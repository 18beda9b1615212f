//! How often indexes are read, on the primary and its replicas, and for how long that was counted.

use std::collections::HashMap;

use perf_core::time::Duration;

use crate::advise::Missing;
use crate::advise::schema::{Index, Schema, Table};

/// Counters that are younger say little: the work of a weekend, or of a weekly job, is not in them
/// (the seven days that the field takes for a sign of life; `stats_reset` is shown with it).
pub(crate) const ENOUGH: Duration = Duration::from_secs(7 * SECONDS_OF_DAY);

const SECONDS_OF_DAY: u64 = 86_400;

/// What the counters of all servers say together.
#[derive(Debug)]
pub(super) struct Usage {
    scans: HashMap<u32, u64>,
    /// That of the server that has counted for the shortest time.
    counted_for: Option<Duration>,
    servers: usize,
    missing: Option<Missing>,
}

impl Usage {
    /// Of this server and others with the same tables; `followers` is how many replicas follow the
    /// primary.
    pub(super) fn of(schema: &Schema, others: &[Schema], followers: u64, enough: Duration) -> Self {
        let mut by_name: HashMap<(&str, &str), u64> = HashMap::new();
        for (table, index) in others.iter().flat_map(indexes) {
            *by_name.entry((&*table.schema, &*index.name)).or_default() += index.scans;
        }
        let scans = indexes(schema).map(|(table, index)| {
            let elsewhere = by_name.get(&(&*table.schema, &*index.name)).copied().unwrap_or(0);
            (index.oid, index.scans.saturating_add(elsewhere))
        });
        let servers = || others.iter().chain([schema]);
        let counted_for = match servers().any(|server| server.counted_for.is_none()) {
            true => None,
            false => servers().filter_map(|server| server.counted_for).min(),
        };
        let given = servers().filter(|server| server.is_replica).count() as u64;
        let has_primary = servers().any(|server| !server.is_replica);
        Self {
            scans: scans.collect(),
            counted_for,
            servers: others.len() + 1,
            missing: missing(counted_for, followers.saturating_sub(given), has_primary, enough),
        }
    }

    pub(super) fn scans(&self, index: &Index) -> u64 {
        self.scans.get(&index.oid).copied().unwrap_or(index.scans)
    }

    /// Why nothing may be proposed to be dropped, if so.
    pub(super) fn missing(&self) -> Option<&Missing> {
        self.missing.as_ref()
    }

    /// The days that were counted, for [`missing`](Self::missing) is none.
    pub(super) fn days(&self) -> f64 {
        self.counted_for.map_or(0.0, days)
    }

    /// `12.3 days`, and on how many servers.
    pub(super) fn age(&self) -> String {
        let age = self.counted_for.map_or_else(
            || "a time that the server does not say".to_owned(),
            |age| format!("{:.1} days", days(age)),
        );
        match self.servers {
            1 => age,
            servers => format!("{age}, on {servers} servers"),
        }
    }
}

fn indexes(schema: &Schema) -> impl Iterator<Item = (&Table, &Index)> {
    schema.tables.iter().flat_map(|table| table.indexes.iter().map(move |index| (table, index)))
}

fn days(age: Duration) -> f64 {
    age.as_secs_f64() / SECONDS_OF_DAY as f64
}

fn missing(
    counted_for: Option<Duration>,
    left_out: u64,
    has_primary: bool,
    enough: Duration,
) -> Option<Missing> {
    let what = "indexes that can go";
    if !has_primary {
        let why = "only replicas were looked at, and each server counts for itself";
        return Some(Missing::new(what, why).remedy("look at the primary, with its replicas"));
    }
    if left_out > 0 {
        let why = format!(
            "{left_out} more replicas follow this server than were looked at, and each server \
             counts for itself"
        );
        return Some(Missing::new(what, why).remedy("look at the replicas too"));
    }
    match counted_for {
        None => Some(Missing::new(what, "the server does not say for how long it has counted")),
        Some(age) if age < enough => Some(Missing::new(
            what,
            format!(
                "the server has counted for {:.1} days; this is told after {:.0}, in {:.1} days",
                days(age),
                days(enough),
                days(enough - age)
            ),
        )),
        Some(_) => None,
    }
}

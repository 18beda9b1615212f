//! The tables and indexes of a real server: what is read of them, and what is found.

mod catalog;
mod clean;
mod drops;
mod foreign_keys;
mod proof;
mod redundant;
mod tables;

use std::time::Duration;

use perf_core::{Finding, FindingKind};
use perf_db::advise::{Advisor, Missing, Schema, Workload};

const DAY: Duration = Duration::from_secs(86_400);

/// What is found on one server whose counters are as old as the test says.
struct Advice {
    findings: Vec<Finding>,
    missing: Vec<Missing>,
}

impl Advice {
    async fn of(database: &testbed::Database) -> Self {
        Self::after(database, 8 * DAY).await
    }

    async fn after(database: &testbed::Database, counted_for: Duration) -> Self {
        Self::at(database.url(), counted_for, &[]).await
    }

    async fn at(url: &str, counted_for: Duration, others: &[Schema]) -> Self {
        let advisor = Advisor::connect(url).await.unwrap();
        let mut schema = advisor.schema().await.unwrap();
        schema.counted_for = Some(counted_for);
        Self::by(&advisor, &schema, others, &Workload::default()).await
    }

    async fn by(
        advisor: &Advisor,
        schema: &Schema,
        others: &[Schema],
        workload: &Workload,
    ) -> Self {
        let (findings, missing) = advisor.indexes(schema, others, workload).await.unwrap();
        Self { findings, missing }
    }

    /// The keys of this kind, without the kind, in order.
    fn keys(&self, kind: FindingKind) -> Vec<&str> {
        let of_kind = self.findings.iter().filter(|finding| finding.kind == kind);
        let mut keys: Vec<&str> =
            of_kind.filter_map(|finding| finding.key.split_once(':')).map(|(_, key)| key).collect();
        keys.sort_unstable();
        keys
    }

    #[track_caller]
    fn find(&self, key: &str) -> &Finding {
        let found = self.findings.iter().find(|finding| finding.key == key);
        found.unwrap_or_else(|| panic!("{key} is not among {:#?}", self.findings))
    }
}

fn evidence<'f>(finding: &'f Finding, label: &str) -> &'f str {
    let found = finding.evidence.iter().find(|evidence| evidence.label == label);
    found.map_or("", |evidence| &evidence.value)
}

/// Many rows of a table with columns of many sorts, 20,000 of them.
const ITEMS: &str = "create table item (
        id bigint primary key, shop int not null, kind text, name text, at timestamptz);
    insert into item
        select i, i % 100, 'k' || i % 10, 'n' || i, timestamptz '2026-01-01' + i * interval '1 min'
        from generate_series(1, 20000) i;";

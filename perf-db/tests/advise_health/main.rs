//! The health of live servers, with planted trouble and without.

mod blocked;
mod connections;
mod replication;
mod sessions;
mod tables;
mod well;
mod wraparound;

use std::time::Duration;

use perf_core::Finding;
use perf_db::Db;
use perf_db::advise::Advisor;
use perf_db::advise::health::{Health, Limits};

/// Nothing may take any time.
fn strict() -> Limits {
    Limits::default()
        .long_transaction(Duration::ZERO)
        .blocked(Duration::ZERO)
        .replica_lag(Duration::from_millis(1))
}

async fn health_at(url: &str) -> Health {
    Health::load(&Advisor::connect(url).await.unwrap()).await.unwrap()
}

fn find<'a>(findings: &'a [Finding], key: &str) -> Option<&'a Finding> {
    findings.iter().find(|finding| finding.key.starts_with(key))
}

fn evidence<'a>(finding: &'a Finding, label: &str) -> &'a str {
    let found = finding.evidence.iter().find(|evidence| evidence.label == label);
    &found.unwrap_or_else(|| panic!("no {label} in {finding:#?}")).value
}

/// Waits until the server shows it, as it counts at leisure.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..600 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{what} is not seen");
}

async fn connect(url: &str) -> Db {
    Db::builder(url).max_size(4).build().await.unwrap()
}

//! Risk: what the advisor says about a MariaDB is not so, or a server that it cannot read ends it.

mod bad_input;
mod clean;
mod gaps;
mod manners;
mod planted;
mod settings;
mod tls;

use std::error::Error;

use perf_core::{Finding, FindingKind};
use perf_db::advise::mysql::{MysqlAdvisor, MysqlReport};
use testbed::MariaDatabase;

type TestResult = Result<(), Box<dyn Error>>;

/// A look that does not wait a week before it calls an index unused.
async fn look(url: &str) -> Result<MysqlReport, Box<dyn Error>> {
    let mut advisor =
        MysqlAdvisor::connect(url).await?.counted_for(perf_core::time::Duration::ZERO);
    let report = advisor.look().await?;
    advisor.close().await;
    Ok(report)
}

/// Runs a statement so often.
fn repeat(database: &MariaDatabase, sql: &str, times: usize) -> TestResult {
    database.sql(&vec![sql; times].join(";"))?;
    Ok(())
}

/// The findings of a kind.
fn of(report: &MysqlReport, kind: FindingKind) -> Vec<&Finding> {
    report.findings.iter().filter(|finding| finding.kind == kind).collect()
}

/// The keys of a kind's findings, without the kind and the name of the database.
fn keys(report: &MysqlReport, kind: FindingKind, database: &MariaDatabase) -> Vec<String> {
    let prefix = format!("{}:{}.", kind.as_str(), database.name());
    let keys = of(report, kind).into_iter().filter_map(|finding| finding.key.strip_prefix(&prefix));
    let mut keys: Vec<String> = keys.map(str::to_owned).collect();
    keys.sort();
    keys
}

/// What is missing, in one text.
fn gaps(report: &MysqlReport) -> String {
    let gaps = report.missing.iter().map(|gap| {
        format!("{}: {}; {}", gap.what, gap.why, gap.remedy.as_deref().unwrap_or("nothing to do"))
    });
    gaps.collect::<Vec<_>>().join("\n")
}

/// An error with its causes, as people and as `{:?}` see them.
fn told(error: &dyn Error) -> String {
    let mut text = format!("{error} {error:?}");
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error} {error:?}"));
        cause = error.source();
    }
    text
}

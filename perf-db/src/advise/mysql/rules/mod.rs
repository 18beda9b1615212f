//! What follows from what the server has counted. Nothing here asks it anything.

mod redundant;
mod settings;
mod statements;
mod unused;

use perf_core::Finding;
use perf_core::finding::rank;
use perf_core::time::Duration;

use super::digest::Digests;
use super::indexes::Indexes;
use super::server::MysqlServer;
use super::settings::Settings;

/// Nothing is proposed for a drop before each sort of day of a week was counted.
pub(super) const COUNTED_FOR: Duration = Duration::from_secs(7 * 24 * 3_600);

/// All of them, dearest first.
pub(super) fn findings(
    server: &MysqlServer,
    digests: &Digests,
    indexes: &Indexes,
    settings: &Settings,
    counted_for: Duration,
) -> Vec<Finding> {
    let mut findings = statements::findings(digests);
    let redundant = redundant::findings(indexes);
    let unused = match server.uptime >= counted_for {
        true => unused::findings(indexes, server),
        false => Vec::new(),
    };
    // What another index can do goes for that reason, whether it is used or not.
    let is_told = |finding: &Finding| redundant.iter().any(|told| which(told) == which(finding));
    // And the one that stays instead has its work to do from then on.
    let is_kept =
        |finding: &Finding| redundant.iter().any(|told| kept(told) == Some(&finding.subject));
    let is_new = |finding: &Finding| !is_told(finding) && !is_kept(finding);
    findings.extend(unused.into_iter().filter(is_new));
    findings.extend(redundant);
    findings.extend(settings::findings(settings, server));
    rank(&mut findings);
    findings
}

/// The subject of the index that stays.
fn kept(finding: &Finding) -> Option<&String> {
    let evidence = finding.evidence.iter().find(|evidence| evidence.label == redundant::STAYS);
    evidence.map(|evidence| &evidence.value)
}

/// A key without its kind.
fn which(finding: &Finding) -> Option<&str> {
    finding.key.split_once(':').map(|(_, which)| which)
}

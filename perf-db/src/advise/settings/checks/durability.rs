use perf_core::Finding;
use perf_core::finding::Severity;

use super::{advised, finding};
use crate::advise::settings::server::ServerSettings;

/// What a crash may take (postgresqltuner, pganalyze).
pub(super) fn findings(server: &ServerSettings) -> Vec<Finding> {
    let off = |name: &str, severity, advice: &str| {
        let found = server.is_off(name).then(|| finding(server, name, severity))?;
        Some(advised(found, server, name, "on", advice))
    };
    let findings = [
        off(
            "fsync",
            Severity::Critical,
            "turn fsync on: after a crash of the machine the whole database may be beyond repair",
        ),
        off(
            "full_page_writes",
            Severity::Critical,
            "turn full_page_writes on: a page that a crash has written in part cannot be repaired, \
             unless the file system writes whole pages",
        ),
        off(
            "synchronous_commit",
            Severity::Info,
            "turn synchronous_commit on, unless the last half second of commits may be lost in a \
             crash; nothing else is at risk",
        ),
    ];
    findings.into_iter().flatten().collect()
}

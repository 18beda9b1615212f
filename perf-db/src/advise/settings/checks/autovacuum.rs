use perf_core::Finding;
use perf_core::finding::Severity;

use super::{advised, finding};
use crate::advise::settings::server::ServerSettings;

pub(super) fn findings(server: &ServerSettings) -> Vec<Finding> {
    let off = |name: &str, advice: &str| {
        let found = server.is_off(name).then(|| finding(server, name, Severity::Critical))?;
        Some(advised(found, server, name, "on", advice))
    };
    let findings = [
        off(
            "autovacuum",
            "turn autovacuum on: dead rows stay, statistics grow old, and in the end the server \
             stops for lack of transaction numbers",
        ),
        off(
            "track_counts",
            "turn track_counts on: without counts autovacuum does not know what to do and does \
             nothing",
        ),
    ];
    findings.into_iter().flatten().collect()
}

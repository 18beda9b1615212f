use perf_core::Finding;
use perf_core::finding::Severity;

use super::{advised, finding};
use crate::advise::settings::server::ServerSettings;

/// What one misses when something goes wrong.
pub(super) fn findings(server: &ServerSettings) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut add = |name: &str, is_wrong: bool, value: &str, advice: &str| {
        if is_wrong {
            let found = finding(server, name, Severity::Info);
            findings.push(advised(found, server, name, value, advice));
        }
    };
    add(
        "track_io_timing",
        server.is_off("track_io_timing"),
        "on",
        "turn track_io_timing on: plans and statistics then tell reading from computing; \
         pg_test_timing shows what it costs on this machine",
    );
    add(
        "log_min_duration_statement",
        is_disabled(server, "log_min_duration_statement")
            && is_disabled(server, "log_min_duration_sample"),
        "1s",
        "log the statements that take longer than a second: statistics have no single slow one",
    );
    add(
        "log_lock_waits",
        server.is_off("log_lock_waits"),
        "on",
        "turn log_lock_waits on: who waited for whom is gone when somebody looks",
    );
    findings
}

fn is_disabled(server: &ServerSettings, name: &str) -> bool {
    server.number(name).is_none_or(|number| number < 0.0)
        && server.bytes(name).is_none()
        && !matches!(
            server.quantity(name),
            Some(crate::advise::settings::quantity::Quantity::Time(_))
        )
}

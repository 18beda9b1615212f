use perf_core::Finding;
use perf_core::finding::Severity;
use perf_core::time::Duration;

use super::{advised, finding};
use crate::advise::settings::quantity::Quantity;
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
        server.get("log_min_duration_statement").is_some()
            && is_disabled(server, "log_min_duration_statement")
            && is_disabled(server, "log_min_duration_sample"),
        "1s",
        "log the statements that take longer than a second: statistics have no single slow one",
    );
    add(
        "log_min_duration_statement",
        server.quantity("log_min_duration_statement") == Some(Quantity::Time(Duration::ZERO)),
        "1s",
        "log only statements that take longer than a second: each statement is logged, with its \
         values, which costs disk and time",
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
    !matches!(server.quantity(name), Some(Quantity::Time(_)))
}

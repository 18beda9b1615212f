use perf_core::Finding;
use perf_core::finding::Severity;

use super::{advised, finding};
use crate::advise::settings::server::ServerSettings;

/// Without a limit one client that hangs stops vacuum and others for ever.
pub(super) fn findings(server: &ServerSettings) -> Vec<Finding> {
    let unlimited = |name: &str| server.get(name).is_some_and(|setting| setting.value == "0");
    let mut findings = Vec::new();
    let idle = "idle_in_transaction_session_timeout";
    if unlimited(idle) {
        let advice = "set idle_in_transaction_session_timeout: a transaction that a client has \
                      forgotten keeps its locks and holds back vacuum for ever";
        let found = finding(server, idle, Severity::Info);
        findings.push(advised(found, server, idle, "60s", advice));
    }
    let statement = "statement_timeout";
    if unlimited(statement) {
        let found = finding(server, statement, Severity::Info).advice(
            "set statement_timeout for the roles of services, not for the server, whose backups would \
             end by it too: a statement that runs away takes its share of the machine until somebody \
             sees it",
        );
        // Whoever may change the server is seldom the role of a service.
        let is_service = server.get(statement).is_some_and(|setting| !setting.can_be_altered);
        let code = "alter role current_user set statement_timeout = '30s';";
        findings.push(if is_service { found.code(code) } else { found });
    }
    findings
}

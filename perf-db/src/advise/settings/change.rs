//! How a setting is changed at this server, by this user.

use perf_core::Finding;
use perf_core::finding::{FindingKind, Severity};

use super::server::{Context, ServerSettings};

/// The finding about a setting that has a value it should not have.
pub(super) fn finding(server: &ServerSettings, name: &str, severity: Severity) -> Finding {
    let finding =
        Finding::new(FindingKind::Setting, name, format!("setting {name}")).severity(severity);
    match server.get(name) {
        Some(setting) => finding.evidence("value", setting.shown()),
        None => finding,
    }
}

/// The words of the advice and the SQL, as far as the user can run it.
///
/// `alter system` and the reload are two statements, to be sent one by one: PostgreSQL refuses it in
/// a transaction, which statements sent together are.
pub(super) fn advised(
    finding: Finding,
    server: &ServerSettings,
    name: &str,
    value: &str,
    advice: &str,
) -> Finding {
    let Some(setting) = server.get(name) else { return finding.advice(advice) };
    let alter = format!("alter system set {name} = '{value}';");
    let place = server.provider.unwrap_or("postgresql.conf, or a superuser");
    match setting.context {
        Context::Internal => finding
            .evidence("can be changed", "no: fixed when the server was built or its data were made")
            .advice(advice),
        Context::Restart if setting.can_be_altered => {
            finding.advice(format!("{advice}; it needs a restart")).code(alter)
        }
        _ if setting.can_be_altered => {
            finding.advice(advice).code(format!("{alter}\nselect pg_reload_conf();"))
        }
        Context::User => finding
            .evidence("can be changed", format!("for this user; for all by {place}"))
            .advice(advice)
            .code(format!("alter role current_user set {name} = '{value}';")),
        Context::Restart => finding
            .evidence("can be changed", format!("by {place}"))
            .advice(format!("{advice}; it needs a restart")),
        _ => finding.evidence("can be changed", format!("by {place}")).advice(advice),
    }
}

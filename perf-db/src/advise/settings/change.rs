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

#[cfg(test)]
mod tests {
    use super::super::server::Setting;
    use super::*;

    fn advice_for(context: Context, can_be_altered: bool) -> Finding {
        let setting = Setting {
            value: "off".to_owned(),
            unit: None,
            default: "off".to_owned(),
            context,
            source: "default".to_owned(),
            words: Vec::new(),
            can_be_altered,
        };
        let mut server = ServerSettings::default();
        server.settings.insert("x".to_owned(), setting);
        advised(finding(&server, "x", Severity::Info), &server, "x", "on", "turn x on")
    }

    #[test]
    fn the_sql_is_what_this_user_can_run() {
        use Context::*;
        let alter = "alter system set x = 'on';";
        let reload = "alter system set x = 'on';\nselect pg_reload_conf();";
        let own = "alter role current_user set x = 'on';";
        for (context, can_be_altered, code) in [
            (Internal, true, None),
            (Restart, true, Some(alter)),
            (Reload, true, Some(reload)),
            (Superuser, true, Some(reload)),
            (User, true, Some(reload)),
            (Internal, false, None),
            (Restart, false, None),
            (Reload, false, None),
            (Superuser, false, None),
            (User, false, Some(own)),
        ] {
            let finding = advice_for(context, can_be_altered);
            assert_eq!(finding.remedy.code.as_deref(), code, "{context:?} {can_be_altered}");
            let says_so =
                finding.evidence.iter().any(|evidence| evidence.label == "can be changed");
            assert_eq!(says_so, context == Internal || !can_be_altered);
            assert_eq!(finding.remedy.advice.contains("restart"), context == Restart);
        }
    }

    #[test]
    fn a_setting_that_this_version_does_not_have_is_advised_in_words() {
        let server = ServerSettings::default();
        let found = advised(finding(&server, "x", Severity::Info), &server, "x", "on", "turn x on");
        assert_eq!((found.remedy.code, found.evidence.len()), (None, 0));
    }
}

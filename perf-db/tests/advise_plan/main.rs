//! Plans: read, computed, shown, and what the rules say of them.

mod time;

use perf_db::advise::plan::Plan;
use testbed::Database;

/// The plan of what was run.
fn analyzed(database: &Database, before: &str, sql: &str) -> Plan {
    explained(database, before, "analyze, verbose, buffers, settings", sql)
}

fn explained(database: &Database, before: &str, options: &str, sql: &str) -> Plan {
    let options = if options.is_empty() {
        "format json".to_owned()
    } else {
        format!("{options}, format json")
    };
    let json = database.sql(&format!("{before}; explain ({options}) {sql}")).unwrap();
    if std::env::var_os("SHOW_PLANS").is_some() {
        eprintln!("{json}");
    }
    Plan::parse(&json).unwrap()
}

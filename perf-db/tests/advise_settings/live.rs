//! Live servers with planted settings, and one in good order.

use perf_core::Finding;
use perf_core::finding::Severity;
use perf_db::advise::Advisor;
use perf_db::advise::settings::{Machine, Purpose, Recommended, ServerSettings, Storage};
use testbed::{Database, Pgbouncer, Postgres, PostgresReplicas};

use crate::{find, worst};

async fn settings_of(database: &Database) -> ServerSettings {
    let advisor = Advisor::connect(database.url()).await.unwrap();
    ServerSettings::load(&advisor).await.unwrap()
}

/// What the testbed turns off for speed, turned on.
const SAFE: [(&str, &str); 3] =
    [("fsync", "on"), ("synchronous_commit", "on"), ("full_page_writes", "on")];

fn start(settings: &[(&str, &str)]) -> (Postgres, Database) {
    let server = Postgres::start_with(&[&SAFE, settings].concat()).unwrap();
    let database = server.database().unwrap();
    (server, database)
}

#[tokio::test]
async fn a_server_in_good_order_gives_no_warning() {
    let (_server, database) = start(&[]);
    let settings = settings_of(&database).await;
    assert_eq!(settings.major(), 15);
    assert!(settings.missing.is_empty(), "{:?}", settings.missing);
    assert!(settings.checkpoints.is_some());
    let findings = settings.findings(None);
    assert_eq!(worst(&findings), Some(Severity::Info), "{findings:#?}");
}

#[tokio::test]
async fn a_server_set_up_by_the_rules_gives_nothing_but_what_is_to_be_logged() {
    let machine = Machine::builder(1 << 30, 2).purpose(Purpose::Web).version(15).build().unwrap();
    let recommended = Recommended::of(&machine);
    let values: Vec<(&str, String)> =
        recommended.settings.iter().map(|s| (s.name, s.value.to_string())).collect();
    let mut settings: Vec<(&str, &str)> =
        values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    settings.extend([
        ("track_io_timing", "on"),
        ("log_lock_waits", "on"),
        ("log_min_duration_statement", "500ms"),
        ("idle_in_transaction_session_timeout", "1min"),
        ("statement_timeout", "1min"),
    ]);
    let (_server, database) = start(&settings);
    let findings = settings_of(&database).await.findings(Some(&machine));
    assert!(findings.is_empty(), "{findings:#?}");
}

#[tokio::test]
async fn each_planted_fault_is_found_with_the_sql_that_mends_it() {
    let planted = [
        ("fsync", "off", Severity::Critical),
        ("full_page_writes", "off", Severity::Critical),
        ("synchronous_commit", "off", Severity::Info),
        ("autovacuum", "off", Severity::Critical),
        ("track_counts", "off", Severity::Critical),
        ("effective_cache_size", "32MB", Severity::Warning),
        ("work_mem", "1GB", Severity::Warning),
        ("enable_hashjoin", "off", Severity::Warning),
        ("random_page_cost", "4", Severity::Info),
        ("jit_above_cost", "10", Severity::Info),
        ("default_statistics_target", "10", Severity::Info),
        ("checkpoint_completion_target", "0.5", Severity::Info),
        ("wal_compression", "off", Severity::Info),
        ("track_io_timing", "off", Severity::Info),
        ("log_min_duration_statement", "-1", Severity::Info),
        ("log_lock_waits", "off", Severity::Info),
        ("idle_in_transaction_session_timeout", "0", Severity::Info),
        ("statement_timeout", "0", Severity::Info),
    ];
    let settings = planted.map(|(name, value, _)| (name, value));
    let server = Postgres::start_with(&settings).unwrap();
    let database = server.database().unwrap();
    let findings = settings_of(&database).await.findings(None);
    for (name, _, severity) in planted {
        let finding = find(&findings, name).unwrap_or_else(|| panic!("{name} is not found"));
        assert_eq!(finding.severity, severity, "{name}");
        assert!(finding.subject.ends_with(name));
        // Not for a superuser, who is no service.
        assert_eq!(finding.remedy.code.is_none(), name == "statement_timeout");
        for line in finding.remedy.code.iter().flat_map(|code| code.lines()) {
            database.sql(line).unwrap();
        }
    }
    assert_eq!(findings.len(), planted.len(), "{findings:#?}");
    assert!(findings.is_sorted_by(|a, b| a.severity >= b.severity));
}

#[tokio::test]
async fn a_database_larger_than_the_default_cache_asks_for_more() {
    let (_server, database) = start(&[("shared_buffers", "1MB")]);
    let findings = settings_of(&database).await.findings(None);
    let finding = find(&findings, "shared_buffers").unwrap();
    assert_eq!(finding.severity, Severity::Warning);
    // How much depends on a machine that nobody has named.
    assert_eq!(finding.remedy.code, None);
}

#[tokio::test]
async fn a_machine_tells_what_would_suit_it() {
    let (_server, database) = start(&[("work_mem", "64MB"), ("random_page_cost", "4")]);
    let settings = settings_of(&database).await;
    let machine = Machine::builder(8 << 30, 8).storage(Storage::Nvme).build().unwrap();
    let findings = settings.findings(Some(&machine));
    let of = |findings: &[Finding], name: &str| {
        find(findings, name).map(|finding| (finding.severity, finding.remedy.code.clone().unwrap()))
    };
    let (severity, code) = of(&findings, "shared_buffers").unwrap();
    assert_eq!(severity, Severity::Warning);
    assert_eq!(code, "alter system set shared_buffers = '2GB';");
    // 200 connections of 64 MB on 8 GB.
    assert_eq!(of(&findings, "work_mem").unwrap().0, Severity::Critical);
    assert_eq!(of(&findings, "random_page_cost").unwrap().0, Severity::Warning);
    assert!(of(&findings, "max_connections").is_none());
    assert!(of(&findings, "jit").is_some());
    assert!(of(&findings, "io_method").is_none(), "15 has no such setting");

    let turning = Machine::builder(8 << 30, 8).storage(Storage::Hdd).build().unwrap();
    assert!(of(&settings.findings(Some(&turning)), "random_page_cost").is_none());
    let reports = Machine::builder(8 << 30, 8).purpose(Purpose::Warehouse).build().unwrap();
    assert!(of(&settings.findings(Some(&reports)), "jit").is_none());
}

#[tokio::test]
async fn checkpoints_that_come_too_early_ask_for_a_larger_log() {
    let settings = [("max_wal_size", "32MB"), ("min_wal_size", "32MB"), ("fsync", "off")];
    let (_server, database) = start(&settings);
    // Asked for by somebody, with next to nothing in between.
    for _ in 0..15 {
        database.sql("checkpoint").unwrap();
    }
    seen(&database, "select checkpoints_req >= 12 from pg_stat_bgwriter").await;
    assert!(find(&settings_of(&database).await.findings(None), "max_wal_size").is_none());

    for view in ["bgwriter", "wal"] {
        database.sql(&format!("select pg_stat_reset_shared('{view}')")).unwrap();
    }
    let write = "select pg_logical_emit_message(false, 'filler', repeat('x', 24000000))";
    for _ in 0..15 {
        database.sql(write).unwrap();
        database.sql("checkpoint").unwrap();
    }
    let counted = "select checkpoints_req >= 12 and wal_bytes > 250000000 \
                   from pg_stat_bgwriter, pg_stat_wal";
    seen(&database, counted).await;
    let findings = settings_of(&database).await.findings(None);
    let finding = find(&findings, "max_wal_size").unwrap();
    assert_eq!(finding.severity, Severity::Warning);
    let code = finding.remedy.code.as_deref().unwrap();
    assert!(code.starts_with("alter system set max_wal_size = '64MB';"), "{code}");
}

/// The server counts at leisure.
async fn seen(database: &Database, question: &str) {
    for _ in 0..600 {
        if database.sql(question).unwrap() == "t" {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("not seen: {question}");
}

#[tokio::test]
async fn a_change_that_waits_for_a_restart_is_told() {
    let (_server, database) = start(&[]);
    assert!(find(&settings_of(&database).await.findings(None), "pending_restart").is_none());
    database.sql("alter system set max_locks_per_transaction = 128").unwrap();
    database.sql("select pg_reload_conf()").unwrap();
    let mut settings = settings_of(&database).await;
    for _ in 0..200 {
        if !settings.pending_restart.is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        settings = settings_of(&database).await;
    }
    let findings = settings.findings(None);
    let finding = find(&findings, "pending_restart").unwrap();
    assert_eq!(finding.evidence[0].value, "max_locks_per_transaction");
}

#[tokio::test]
async fn a_user_without_rights_gets_what_he_can_run_himself() {
    let (_server, database) = start(&[]);
    database.sql("create role \"Some user\" login; create role rds_superuser").unwrap();
    let url = database.url().replace("postgres@", "Some%20user@");
    let advisor = Advisor::connect(&url).await.unwrap();
    let settings = ServerSettings::load(&advisor).await.unwrap();
    assert!(settings.provider.unwrap().contains("parameter group"));
    let findings = settings.findings(None);
    let cost = find(&findings, "random_page_cost").unwrap();
    let code = cost.remedy.code.as_deref().unwrap();
    assert_eq!(code, "alter role current_user set random_page_cost = '1.1';");
    let own = perf_db::Db::connect(&url).await.unwrap();
    perf_db::Executor::execute(&own, code.to_owned(), &[]).await.unwrap();
    let timeout = find(&findings, "statement_timeout").unwrap();
    assert!(timeout.remedy.code.is_some());
    let waits = find(&findings, "log_lock_waits").unwrap();
    assert_eq!(waits.remedy.code, None);
    let place = waits.evidence.iter().find(|evidence| evidence.label == "can be changed").unwrap();
    assert!(place.value.contains("parameter group"), "{}", place.value);

    // From now on his sessions begin with it.
    let advisor = Advisor::connect(&url).await.unwrap();
    let findings = ServerSettings::load(&advisor).await.unwrap().findings(None);
    assert!(find(&findings, "random_page_cost").is_none());
}

#[tokio::test]
async fn a_replica_is_not_asked_for_its_checkpoints() {
    let servers = PostgresReplicas::start(1).unwrap();
    let advisor = Advisor::connect(&servers.replica(0).url()).await.unwrap();
    let settings = ServerSettings::load(&advisor).await.unwrap();
    assert!(settings.is_replica && settings.checkpoints.is_none() && settings.missing.is_empty());
    assert!(find(&settings.findings(None), "fsync").is_some());
}

#[tokio::test]
async fn a_pooler_in_transaction_mode_is_no_hindrance() {
    let server = Postgres::start().unwrap();
    let pooler = Pgbouncer::start(&server, &[("default_pool_size", "2")]).unwrap();
    let advisor = Advisor::connect(&pooler.url()).await.unwrap();
    let direct = Advisor::connect(&server.url()).await.unwrap();
    let keys = async |advisor: &Advisor| {
        let settings = ServerSettings::load(advisor).await.unwrap();
        settings.findings(None).into_iter().map(|finding| finding.key).collect::<Vec<_>>()
    };
    assert_eq!(keys(&advisor).await, keys(&direct).await);
}

#[tokio::test]
async fn a_word_that_the_server_does_not_know_is_replaced() {
    let (_server, database) = start(&[]);
    let mut settings = settings_of(&database).await;
    let machine = Machine::builder(8 << 30, 8).build().unwrap();
    let word = |settings: &ServerSettings| {
        let recommended = Recommended::for_server(&machine, settings);
        assert!(recommended.find("io_method").is_none(), "15 has no such setting");
        recommended.find("wal_compression").unwrap().value.to_string()
    };
    assert_eq!(word(&settings), "lz4");
    // As if it had been built without.
    let compression = settings.settings.get_mut("wal_compression").unwrap();
    compression.words.retain(|word| word != "lz4");
    assert_eq!(word(&settings), "on");
}

#[tokio::test]
async fn what_the_server_refuses_to_show_is_missing_and_the_rest_is_there() {
    let (_server, database) = start(&[]);
    database.sql("create role guest login").unwrap();
    database.sql("revoke select on pg_stat_bgwriter from public").unwrap();
    let url = database.url().replace("postgres@", "guest@");
    let advisor = Advisor::connect(&url).await.unwrap();
    let settings = ServerSettings::load(&advisor).await.unwrap();
    assert_eq!(settings.missing.len(), 1);
    assert_eq!(settings.missing[0].what, "checkpoints");
    assert!(settings.missing[0].why.contains("42501"));
    assert!(find(&settings.findings(None), "random_page_cost").is_some());

    database.sql("revoke select on pg_settings from public").unwrap();
    let settings = ServerSettings::load(&advisor).await.unwrap();
    assert_eq!(settings.missing[0].what, "settings");
    assert!(settings.findings(None).is_empty());
}

//! What is written for a server is taken by a server.

use std::fs::OpenOptions;
use std::io::Write;

use perf_db::advise::settings::{Machine, Purpose, Quantity, Recommended};
use testbed::Postgres;

/// Small enough to run beside other tests: shared memory is taken when it is touched.
fn recommended(purpose: Purpose) -> Recommended {
    let machine = Machine::builder(2 << 30, 4).purpose(purpose).version(15).build().unwrap();
    Recommended::of(&machine)
}

#[test]
fn a_server_starts_with_the_lines_of_postgresql_conf() {
    for purpose in [Purpose::Web, Purpose::Desktop] {
        let mut server = Postgres::start().unwrap();
        server.stop().unwrap();
        let file = server.folder().join("data/postgresql.conf");
        let mut file = OpenOptions::new().append(true).open(file).unwrap();
        let recommended = recommended(purpose);
        file.write_all(recommended.postgresql_conf().as_bytes()).unwrap();
        server.restart().unwrap();
        let database = server.database().unwrap();
        let wrong = "select count(*) from pg_file_settings where error is not null \
                     and name not in ('max_connections')";
        assert_eq!(database.sql(wrong).unwrap(), "0");
        for setting in &recommended.settings {
            // The testbed gives its own on the command line, which wins.
            if setting.name != "max_connections" {
                let shown = database.sql(&format!("show {}", setting.name)).unwrap();
                assert!(is_same(&shown, &setting.value.to_string()), "{}: {shown}", setting.name);
            }
        }
    }
}

/// But for parts of a page: the server holds `wal_buffers` in pages of 8 kB.
fn is_same(shown: &str, given: &str) -> bool {
    match (Quantity::parse(shown, None), Quantity::parse(given, None)) {
        (Some(Quantity::Bytes(shown)), Some(Quantity::Bytes(given))) => {
            shown.abs_diff(given) < 8 << 10
        }
        _ => shown == given,
    }
}

#[test]
fn a_superuser_can_send_each_line_of_alter_system() {
    let mut server = Postgres::start().unwrap();
    let database = server.database().unwrap();
    let recommended = recommended(Purpose::Oltp);
    let sql = recommended.alter_system();
    assert_eq!(sql.lines().count(), recommended.settings.len() + 1);
    for line in sql.lines() {
        database.sql(line).unwrap();
    }
    assert_eq!(database.sql("show work_mem").unwrap(), "4MB");
    let waits = database
        .sql(
            "select string_agg(name, ' ' order by name) from pg_settings \
                              where pending_restart",
        )
        .unwrap();
    let needs = |name: &&str| recommended.find(name).is_some_and(|setting| setting.needs_restart);
    assert!(!waits.is_empty() && waits.split(' ').all(|name| needs(&name)), "{waits}");
    server.restart().unwrap();
    assert_eq!(database.sql("show shared_buffers").unwrap(), "512MB");
}

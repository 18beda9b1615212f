//! Risk: tests that share a server see each other, or leave something behind.

use std::collections::HashSet;
use std::error::Error;
use std::thread;

use testbed::{Postgres, Redis};

type TestResult = Result<(), Box<dyn Error>>;

#[test]
fn a_database_is_gone_after_its_test_even_while_somebody_is_connected() -> TestResult {
    let postgres = Postgres::start()?;
    let looker = postgres.database()?;
    let database = postgres.database()?;
    let count = format!("select count(*) from pg_database where datname = '{}'", database.name());
    assert_eq!(looker.sql(&count)?, "1");

    let sleeps = format!(
        "select count(*) from pg_stat_activity where datname = '{}' and wait_event = 'PgSleep'",
        database.name()
    );
    thread::scope(|scope| -> TestResult {
        let busy = database.url().to_owned();
        let busy = scope.spawn(move || psql(&busy, "select pg_sleep(60)"));
        while looker.sql(&sleeps)? == "0" {
            thread::yield_now();
        }
        drop(database);
        let ended = busy.join().map_err(|_| "psql ran")?;
        assert!(!ended, "the busy connection was ended");
        Ok(())
    })?;

    assert_eq!(looker.sql(&count)?, "0");
    Ok(())
}

#[test]
fn each_database_is_empty_and_has_pg_stat_statements() -> TestResult {
    let (one, other) = (testbed::database(), testbed::database());
    assert_ne!(one.url(), other.url());
    one.sql("create table mine (id int)")?;
    assert_eq!(other.sql("select to_regclass('mine')")?, "");
    assert_eq!(other.sql("show pg_stat_statements.track")?, "all");
    assert_eq!(other.sql("select count(*) > 0 from pg_stat_statements")?, "t");
    Ok(())
}

#[test]
fn a_space_deletes_its_own_keys_and_no_others() -> TestResult {
    let (kept, emptied) = (testbed::redis(), testbed::redis());
    assert_ne!(kept.prefix(), emptied.prefix());
    let mine = format!("{}key", kept.prefix());
    kept.command(&["SET", &mine, "1"])?;
    let others: Vec<String> = (0..2500).map(|n| format!("{}{n}", emptied.prefix())).collect();
    for chunk in others.chunks(500) {
        let mut command = vec!["MSET"];
        command.extend(chunk.iter().flat_map(|key| [key.as_str(), "1"]));
        emptied.command(&command)?;
    }
    let mut exists = vec!["EXISTS"];
    exists.extend(others.iter().map(String::as_str));
    assert_eq!(kept.command(&exists)?, "2500");

    drop(emptied);

    assert_eq!(kept.command(&exists)?, "0");
    assert_eq!(kept.command(&["EXISTS", &mine])?, "1");
    Ok(())
}

#[test]
fn servers_started_at_once_take_different_ports() -> TestResult {
    let servers: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(Redis::start)).collect();
        threads.into_iter().map(|thread| thread.join()).collect()
    });
    let mut ports = HashSet::new();
    for server in &servers {
        let server = server.as_ref().map_err(|_| "a start panicked")?.as_ref();
        ports.insert(server.map_err(|error| error.to_string())?.port());
    }
    assert_eq!(ports.len(), servers.len());
    Ok(())
}

/// Whether `psql` ran the statement to its end.
fn psql(url: &str, sql: &str) -> bool {
    let program = testbed::locate::postgres().map(|bin| bin.join("psql"));
    program.is_ok_and(|program| {
        let mut command = std::process::Command::new(program);
        let output = command.args(["--dbname", url, "--command", sql]).output();
        output.is_ok_and(|output| output.status.success())
    })
}

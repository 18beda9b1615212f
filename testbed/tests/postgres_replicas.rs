//! Risk: a replica that does not follow, a failover that did not happen, a server that is left.

mod psql;

use std::error::Error;
use std::net::TcpStream;
use std::process::Command;
use std::thread;
use std::time::Duration;

use testbed::{PostgresNode, PostgresReplicas};

use self::psql::Psql;

type TestResult = Result<(), Box<dyn Error>>;

/// Long enough for an answer that must not come.
const SILENCE: Duration = Duration::from_millis(500);

const ROLE: &str = "select pg_is_in_recovery()";

#[test]
fn replicas_have_the_databases_of_the_primary_serve_reads_and_refuse_writes() -> TestResult {
    let servers = PostgresReplicas::start_with(2, &[("max_standby_streaming_delay", "7s")])?;
    let database = servers.primary().database()?;
    database.sql("create table kept (id int); insert into kept values (7)")?;
    servers.caught_up()?;
    for index in 0..servers.replicas() {
        let replica = servers.replica(index);
        assert_eq!(replica.sql(ROLE)?, "t");
        assert_eq!(replica.sql("show max_standby_streaming_delay")?, "7s");
        assert_eq!(replica.sql_in(database.name(), "select id from kept")?, "7");
        let refused = replica.sql_in(database.name(), "delete from kept").err().ok_or("a write")?;
        assert!(refused.to_string().contains("read-only transaction"), "{refused}");
        let view = "select count(*) >= 0 from pg_stat_statements";
        assert_eq!(replica.sql_in(database.name(), view)?, "t");
    }
    let names = "select string_agg(application_name, ' ' order by application_name) \
                 from pg_stat_replication";
    assert_eq!(servers.primary().sql(names)?, "replica_0 replica_1");
    Ok(())
}

#[test]
fn a_paused_replica_serves_what_it_had_until_it_goes_on() -> TestResult {
    let servers = PostgresReplicas::start(1)?;
    let (primary, replica) = (servers.primary(), servers.replica(0));
    primary.sql("create table kept (id int)")?;
    servers.caught_up()?;

    servers.pause_replay(0)?;
    primary.sql("insert into kept values (7)")?;
    let written = primary.sql("select pg_current_wal_lsn()")?;
    let received = format!("select pg_last_wal_receive_lsn() >= '{written}'");
    while replica.sql(&received)? != "t" {}
    assert_eq!(replica.sql("select count(*) from kept")?, "0");

    servers.resume_replay(0)?;
    servers.caught_up()?;
    assert_eq!(replica.sql("select count(*) from kept")?, "1");
    Ok(())
}

#[test]
fn a_killed_replica_catches_up_with_what_it_missed() -> TestResult {
    let mut servers = PostgresReplicas::start(2)?;
    servers.primary().sql("create table kept (id int)")?;
    servers.kill(1)?;
    assert!(!listens(servers.replica(1).port()));
    servers.primary().sql("insert into kept select generate_series(1, 1000)")?;
    servers.caught_up()?;
    assert_eq!(servers.replica(0).sql("select count(*) from kept")?, "1000");

    servers.restart(1)?;
    servers.caught_up()?;
    assert_eq!(servers.replica(1).sql("select count(*) from kept")?, "1000");
    Ok(())
}

#[test]
fn a_promoted_replica_takes_writes_and_the_old_primary_comes_back_as_another() -> TestResult {
    let mut servers = PostgresReplicas::start(2)?;
    servers.primary().sql("create table kept (id int); insert into kept values (1)")?;
    servers.caught_up()?;

    servers.kill_primary()?;
    assert!(!listens(servers.primary().port()));
    servers.promote(0)?;
    servers.replica(0).sql("insert into kept values (2)")?;
    assert_eq!(servers.replica(1).sql("select count(*) from kept")?, "1");
    servers.follow(1, 0)?;
    servers.caught_up()?;
    assert_eq!(servers.replica(1).sql("select count(*) from kept")?, "2");

    servers.restart_primary()?;
    assert_eq!(servers.primary().sql(ROLE)?, "f");
    servers.primary().sql("insert into kept values (3)")?;
    assert_eq!(servers.replica(0).sql("select sum(id) from kept")?, "3");

    servers.rejoin_primary(0)?;
    servers.replica(0).sql("insert into kept values (4)")?;
    servers.caught_up()?;
    assert_eq!(servers.primary().sql(ROLE)?, "t");
    assert_eq!(servers.primary().sql("select sum(id) from kept")?, "7");
    Ok(())
}

#[test]
fn a_replica_has_all_of_a_primary_that_was_stopped_and_is_promoted_even_while_paused() -> TestResult
{
    let mut servers = PostgresReplicas::start(1)?;
    servers.primary().sql("create table kept (id int)")?;
    servers.caught_up()?;
    servers.pause_replay(0)?;
    servers.primary().sql("insert into kept values (7)")?;
    servers.stop_primary()?;
    servers.promote(0)?;
    assert_eq!(servers.replica(0).sql("select id from kept")?, "7");

    servers.restart(0)?;
    assert_eq!(servers.replica(0).sql(ROLE)?, "f");
    Ok(())
}

#[test]
fn what_is_paused_has_not_caught_up() -> TestResult {
    let servers = PostgresReplicas::start(2)?;
    servers.pause_replay(1)?;
    servers.primary().sql("create table kept (id int)")?;
    thread::scope(|scope| -> TestResult {
        let caught_up = scope.spawn(|| servers.caught_up().map_err(|error| error.to_string()));
        thread::sleep(SILENCE);
        assert!(!caught_up.is_finished());
        servers.resume_replay(1)?;
        Ok(caught_up.join().map_err(|_| "it panicked")??)
    })?;
    assert_eq!(servers.replica(1).sql("select count(*) from kept")?, "0");
    Ok(())
}

#[test]
fn a_frozen_server_is_silent_to_old_and_new_connections_until_it_is_thawed() -> TestResult {
    let mut servers = PostgresReplicas::start(1)?;
    let url = servers.replica(0).url();
    let mut old = Psql::connect(&url)?;
    assert_eq!(old.ask("select pg_is_in_recovery();")?, "t");
    servers.freeze(0)?;
    servers.caught_up()?;
    assert!(listens(servers.replica(0).port()));
    let ask = |mut psql: Psql| psql.ask("select 7;").map_err(|error| error.to_string());
    let old = thread::spawn(move || ask(old));
    let new = thread::spawn(move || Psql::connect(&url).map_err(|it| it.to_string()).and_then(ask));
    thread::sleep(SILENCE);
    assert!(!old.is_finished() && !new.is_finished());

    servers.thaw(0)?;
    for client in [old, new] {
        assert_eq!(client.join().map_err(|_| "it panicked")??, "7");
    }
    servers.freeze_primary()?;
    assert_eq!(servers.replica(0).sql(ROLE)?, "t");
    servers.thaw_primary()?;
    assert_eq!(servers.primary().sql(ROLE)?, "f");
    Ok(())
}

#[test]
fn dropped_servers_leave_nothing_even_when_killed_and_frozen() -> TestResult {
    let mut servers = PostgresReplicas::start(2)?;
    let nodes = [servers.primary(), servers.replica(0), servers.replica(1)];
    let folders = nodes.map(|node| node.folder().to_owned());
    let ports = nodes.map(PostgresNode::port);
    let families = nodes.map(|node| family(node.pid().unwrap_or_default()));
    assert!(families.iter().all(|family| family.len() > 3), "{families:?}");
    servers.kill(0)?;
    assert_eq!(alive(&families[1]), 0);
    servers.freeze(1)?;
    servers.freeze_primary()?;

    drop(servers);

    assert_eq!(families.map(|family| alive(&family)), [0, 0, 0]);
    assert!(folders.iter().all(|folder| !folder.exists()));
    assert!(!ports.iter().any(|port| listens(*port)));
    Ok(())
}

/// The process and its children.
fn family(pid: u32) -> Vec<u32> {
    let related = |&(child, parent, _): &(u32, u32, bool)| child == pid || parent == pid;
    processes().into_iter().filter(related).map(|(child, ..)| child).collect()
}

/// How many of these processes are more than zombies.
fn alive(pids: &[u32]) -> usize {
    let all = processes().into_iter();
    all.filter(|(pid, _, is_zombie)| !is_zombie && pids.contains(pid)).count()
}

/// Each process with its parent, and whether it is a zombie.
fn processes() -> Vec<(u32, u32, bool)> {
    let mut ps = Command::new("ps");
    let output = ps.args(["-A", "-o", "pid=", "-o", "ppid=", "-o", "stat="]).output();
    let text = output.map(|it| String::from_utf8_lossy(&it.stdout).into_owned());
    let line = |line: &str| {
        let mut words = line.split_whitespace();
        let mut number = || words.next()?.parse().ok();
        Some((number()?, number()?, words.next()?.starts_with('Z')))
    };
    text.unwrap_or_default().lines().filter_map(line).collect()
}

fn listens(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

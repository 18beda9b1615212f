//! Risk: a server or its folder outlives the test.

use std::error::Error;
use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use testbed::{Browser, Postgres, Redis};

type TestResult = Result<(), Box<dyn Error>>;

#[test]
fn a_dropped_postgres_leaves_no_process_and_no_folder() -> TestResult {
    let postgres = Postgres::start()?;
    let (pid, folder) = (postgres.pid().ok_or("it runs")?, postgres.folder().to_owned());
    assert!(runs(pid));
    assert!(folder.join("data/PG_VERSION").exists());

    drop(postgres);

    assert!(!runs(pid));
    assert!(!folder.exists());
    Ok(())
}

#[test]
fn a_dropped_redis_leaves_no_process_and_no_folder_even_when_frozen() -> TestResult {
    let mut redis = Redis::start()?;
    let (pid, folder) = (redis.pid().ok_or("it runs")?, redis.folder().to_owned());
    assert!(runs(pid));
    redis.freeze()?;

    drop(redis);

    assert!(!runs(pid));
    assert!(!folder.exists());
    Ok(())
}

#[test]
fn the_servers_of_a_killed_process_end_too() -> TestResult {
    let temporary = tempfile::tempdir()?;
    // Servers of root run as another account, which must be able to enter the folder.
    open_to_all(temporary.path())?;
    let mut owner = Command::new(env!("CARGO_BIN_EXE_testbed"))
        .env("TMPDIR", temporary.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let output = BufReader::new(owner.stdout.take().ok_or("a pipe")?);
    let mut ports = Vec::new();
    for line in output.lines().take(3) {
        let line = line?;
        let port = line.split(':').nth(2).and_then(|rest| rest.split('/').next());
        ports.push(port.ok_or("a port")?.parse::<u16>()?);
    }
    assert!(ports.iter().all(|port| listens(*port)));

    owner.kill()?;
    owner.wait()?;

    eventually("all ports are closed", || !ports.iter().any(|port| listens(*port)));
    eventually("the folders are gone", || is_empty(temporary.path()));
    Ok(())
}

#[test]
fn a_stopped_server_comes_back_on_its_port_with_its_data() -> TestResult {
    let mut postgres = Postgres::start()?;
    let database = postgres.database()?;
    database.sql("create table kept (id int); insert into kept values (7)")?;
    let (port, first) = (postgres.port(), postgres.pid());

    postgres.stop()?;
    assert_eq!(postgres.pid(), None);
    assert!(!listens(port));

    postgres.restart()?;
    assert_ne!(postgres.pid(), first);
    assert_eq!(postgres.port(), port);
    assert_eq!(database.sql("select id from kept")?, "7");
    Ok(())
}

#[test]
fn a_frozen_redis_accepts_connections_and_does_not_answer_until_thawed() -> TestResult {
    let mut redis = Redis::start()?;
    redis.freeze()?;
    assert!(listens(redis.port()));
    let mut connection = TcpStream::connect(("127.0.0.1", redis.port()))?;
    connection.set_read_timeout(Some(Duration::from_millis(300)))?;
    connection.write_all(b"PING\r\n")?;
    let silence = connection.read(&mut [0; 16]);
    assert!(matches!(silence, Err(error) if error.kind() == ErrorKind::WouldBlock));

    redis.thaw()?;
    let mut answer = [0; 7];
    connection.read_exact(&mut answer)?;
    assert_eq!(&answer, b"+PONG\r\n");
    Ok(())
}

#[test]
fn a_stopped_redis_refuses_connections_until_it_is_restarted() -> TestResult {
    let mut redis = Redis::start()?;
    assert_eq!(redis.command(&["PING"])?, "PONG");
    redis.stop()?;
    assert!(!listens(redis.port()));
    redis.restart()?;
    assert_eq!(redis.command(&["PING"])?, "PONG");
    Ok(())
}

#[test]
fn a_browser_that_a_panic_dropped_leaves_no_process_and_no_folder() -> TestResult {
    let browser = Browser::start()?;
    let (group, folder) = (group_of(browser.pid()), browser.folder().to_owned());
    assert!(members(&group, &folder) > 3);

    let panicked = catch_unwind(AssertUnwindSafe(move || {
        let _browser = browser;
        panic!("a test failed");
    }));

    assert!(panicked.is_err());
    assert!(!folder.exists());
    eventually("every process is gone", || members(&group, &folder) == 0);
    Ok(())
}

/// Plays two parts: started by itself with the variable, it is the owner that gets killed.
#[test]
fn the_browser_of_a_killed_process_ends_too() -> TestResult {
    const OWNER: &str = "PERF_TESTBED_OWNER";
    if std::env::var_os(OWNER).is_some() {
        let browser = Browser::start()?;
        println!("browser {} {}", browser.pid(), browser.folder().display());
        std::io::stdin().read_to_end(&mut Vec::new())?;
        return Ok(());
    }
    let mut owner = Command::new(std::env::current_exe()?)
        .args(["--exact", "the_browser_of_a_killed_process_ends_too", "--nocapture"])
        .env(OWNER, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let output = BufReader::new(owner.stdout.take().ok_or("a pipe")?);
    let mut lines = output.lines().map_while(Result::ok);
    let line = lines.find(|line| line.contains("browser ")).ok_or("a browser")?;
    let words: Vec<&str> = line.rsplitn(3, ' ').collect();
    let (folder, group) = (Path::new(words[0]).to_owned(), group_of(words[1].parse()?));
    assert!(members(&group, &folder) > 3);

    owner.kill()?;
    owner.wait()?;

    eventually("every process is gone", || members(&group, &folder) == 0);
    eventually("the folder is gone", || !folder.exists());
    Ok(())
}

fn group_of(pid: u32) -> String {
    let output = Command::new("ps").args(["-o", "pgid=", "-p", &pid.to_string()]).output();
    output.map_or_else(|_| String::new(), |it| String::from_utf8_lossy(&it.stdout).trim().into())
}

/// How many processes are in the group or, as Chromium's crash handlers, name the folder.
fn members(group: &str, folder: &Path) -> usize {
    let folder = folder.display().to_string();
    let mut ps = Command::new("ps");
    let output = ps.args(["-A", "-o", "pgid=", "-o", "stat=", "-o", "args="]).output();
    let all = output.map(|it| String::from_utf8_lossy(&it.stdout).into_owned());
    let belongs = |line: &&str| {
        let mut words = line.split_whitespace();
        let in_group = words.next() == Some(group);
        let is_zombie = words.next().is_some_and(|state| state.starts_with('Z'));
        !is_zombie && (in_group || line.contains(&folder))
    };
    all.map_or(usize::MAX, |all| all.lines().filter(belongs).count())
}

/// A zombie counts as gone: nothing of it is left but its entry with the parent.
fn runs(pid: u32) -> bool {
    let output = Command::new("ps").args(["-o", "stat=", "-p", &pid.to_string()]).output();
    output.is_ok_and(|output| output.stdout.first().is_some_and(|state| *state != b'Z'))
}

fn listens(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none())
}

fn open_to_all(folder: &Path) -> std::io::Result<()> {
    fs::set_permissions(folder, Permissions::from_mode(0o1777))
}

#[track_caller]
fn eventually(what: &str, holds: impl Fn() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < Duration::from_secs(20), "within 20 s {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

//! Risk: a failover that did not happen, or that the test did not wait for.

use std::error::Error;
use std::net::TcpStream;

use testbed::RedisSentinel;

type TestResult = Result<(), Box<dyn Error>>;

#[test]
fn the_replica_takes_over_with_its_data_and_the_dead_primary_becomes_its_replica() -> TestResult {
    let mut sentinel = RedisSentinel::start()?;
    for round in ["one", "two"] {
        sentinel.command_on_primary(&["SET", "key", round])?;
        sentinel.await_replicated()?;
        let old = sentinel.primary_port();

        sentinel.kill_primary()?;
        assert!(TcpStream::connect(("127.0.0.1", old)).is_err());
        sentinel.await_failover()?;
        assert_ne!(sentinel.primary_port(), old);
        assert_eq!(sentinel.command_on_primary(&["GET", "key"])?.text(), Some(round));
        sentinel.command_on_primary(&["SET", "written after", "the failover"])?;

        sentinel.restart_replica()?;
    }
    Ok(())
}

#[test]
fn a_sentinel_of_the_address_names_the_primary_and_none_is_left_open() -> TestResult {
    let sentinel = RedisSentinel::start()?;
    let (url, primary) = (sentinel.url(), sentinel.primary_port());
    let seeds =
        url.strip_prefix("redis+sentinel://").and_then(|rest| rest.strip_suffix("/mymaster"));
    let seeds: Vec<&str> = seeds.ok_or("a Sentinel address")?.split(',').collect();
    assert_eq!(seeds.len(), 3);
    for seed in &seeds {
        assert!(names(seed, primary)?, "{seed}");
    }

    drop(sentinel);

    assert!(seeds.iter().all(|seed| TcpStream::connect(seed).is_err()));
    assert!(TcpStream::connect(("127.0.0.1", primary)).is_err());
    Ok(())
}

/// Whether a sentinel names that primary to a client.
fn names(sentinel: &str, primary: u16) -> std::io::Result<bool> {
    use std::io::{BufRead, BufReader, Write};
    let mut stream = TcpStream::connect(sentinel)?;
    stream.write_all(b"SENTINEL GET-MASTER-ADDR-BY-NAME mymaster\r\n")?;
    let lines: Vec<String> = BufReader::new(stream).lines().take(5).collect::<Result<_, _>>()?;
    Ok(lines[2] == "127.0.0.1" && lines[4] == primary.to_string())
}

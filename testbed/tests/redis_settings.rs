//! Risk: a test believes in a setting that its server does not have.

use std::error::Error;
use std::io::{Read, Write};
use std::net::TcpStream;

use testbed::{Redis, Reply};

type TestResult = Result<(), Box<dyn Error>>;

#[test]
fn a_setting_holds_and_holds_after_a_restart() -> TestResult {
    let settings = [("maxmemory", "3mb"), ("maxmemory-policy", "allkeys-lru")];
    let mut redis = Redis::start_with(&settings)?;
    for _ in 0..2 {
        let policy = redis.query(&["CONFIG", "GET", "maxmemory"])?;
        assert_eq!(policy.elements()[1].integer(), Some(3 << 20));
        redis.restart()?;
    }
    Ok(())
}

#[test]
fn a_server_with_a_password_refuses_others_and_never_shows_it() -> TestResult {
    let redis = Redis::start_with(&[("requirepass", "hush-hush")])?;
    assert_eq!(redis.command(&["PING"])?, "PONG");
    assert!(!format!("{redis:?} {}", redis.url()).contains("hush"));

    let mut stranger = TcpStream::connect(("127.0.0.1", redis.port()))?;
    stranger.write_all(b"PING\r\n")?;
    let mut answer = [0; 7];
    stranger.read_exact(&mut answer)?;
    assert_eq!(&answer, b"-NOAUTH");
    Ok(())
}

#[test]
fn a_setting_that_redis_does_not_know_is_told_in_its_words() -> TestResult {
    let refused = Redis::start_with(&[("maxmemorry", "1mb")]).err().ok_or("a typing error")?;
    assert!(refused.to_string().contains("maxmemorry"), "{refused}");
    Ok(())
}

#[test]
fn the_slow_log_is_read_as_an_array() -> TestResult {
    let redis = Redis::start_with(&[("slowlog-log-slower-than", "0")])?;
    redis.command(&["SET", "slow", "1"])?;
    let log = redis.query(&["SLOWLOG", "GET", "-1"])?;
    let commands = log.elements().iter().map(|entry| entry.elements()[3].elements());
    let named = |command: &[Reply]| {
        command.iter().filter_map(Reply::text).collect::<Vec<_>>() == ["SET", "slow", "1"]
    };
    assert_eq!(commands.filter(|command| named(command)).count(), 1);
    assert_eq!(redis.query(&["GET", "absent"])?, Reply::Nil);
    Ok(())
}

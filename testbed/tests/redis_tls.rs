//! Risk: a test believes that its Redis speaks TLS, and it does not.

use std::error::Error;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::fs::PermissionsExt;

use testbed::{Authority, Redis};

type TestResult = Result<(), Box<dyn Error>>;

#[test]
fn a_server_with_tls_is_controlled_as_any_other() -> TestResult {
    let authority = Authority::new()?;
    let mut redis = Redis::start_tls(&authority, &[("requirepass", "hush-hush")])?;
    assert_eq!(redis.url(), format!("rediss://127.0.0.1:{}/", redis.port()));
    for _ in 0..2 {
        assert_eq!(redis.command(&["SET", "tea", "green"])?, "OK");
        redis.restart()?;
        assert!(redis.command(&["GET", "tea"]).is_err(), "it is empty again");
    }
    assert!(!format!("{redis:?} {}", redis.url()).contains("hush"));
    Ok(())
}

#[test]
fn its_port_answers_nobody_without_tls() -> TestResult {
    let redis = Redis::start_tls(&Authority::new()?, &[])?;
    let mut stream = TcpStream::connect(("127.0.0.1", redis.port()))?;
    stream.write_all(b"PING\r\n")?;
    stream.shutdown(Shutdown::Write)?;
    let mut answer = Vec::new();
    // A reset is as good as an end.
    _ = stream.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"+PONG"), "{answer:?}");
    Ok(())
}

#[test]
fn nobody_else_can_read_its_key() -> TestResult {
    let redis = Redis::start_tls(&Authority::new()?, &[])?;
    let key = redis.folder().join("server.key");
    assert!(std::fs::read_to_string(&key)?.contains("PRIVATE KEY"));
    assert_eq!(std::fs::metadata(key)?.permissions().mode() & 0o777, 0o600);
    Ok(())
}

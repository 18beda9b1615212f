//! Risk: a fault that is not the one that was asked for, so a test of an outage proves nothing.

use std::error::Error;
use std::io::{BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use testbed::{FaultProxy, Redis};

type TestResult = Result<(), Box<dyn Error>>;

/// Long enough to hear an answer on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long silence is listened to.
const SILENCE: Duration = Duration::from_millis(200);

struct Client(BufReader<TcpStream>);

impl Client {
    fn of(proxy: &FaultProxy) -> std::io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", proxy.port()))?;
        Ok(Self(BufReader::new(stream)))
    }

    fn send(&mut self, command: &str) -> std::io::Result<()> {
        self.0.get_mut().write_all(format!("{command}\r\n").as_bytes())
    }

    /// The next line, `None` at the end of the connection.
    fn receive(&mut self, patience: Duration) -> std::io::Result<Option<String>> {
        self.0.get_ref().set_read_timeout(Some(patience))?;
        let (mut line, mut byte) = (Vec::new(), [0]);
        while !line.ends_with(b"\r\n") {
            match self.0.read(&mut byte) {
                Ok(1) => line.extend(byte),
                Ok(_) => return Ok(None),
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        Ok(Some(String::from_utf8_lossy(&line).trim_end().to_owned()))
    }

    fn ask(&mut self, command: &str) -> std::io::Result<Option<String>> {
        self.send(command)?;
        self.receive(PATIENCE)
    }

    fn hears_nothing(&mut self) -> bool {
        self.receive(SILENCE).is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
    }
}

#[test]
fn a_healthy_proxy_carries_large_values_both_ways() -> TestResult {
    let redis = Redis::start()?;
    let proxy = FaultProxy::start(redis.port())?;
    let mut client = Client::of(&proxy)?;
    let value = "v".repeat(5 << 20);
    client.send(&format!("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n${}\r\n{value}", value.len()))?;
    assert_eq!(client.receive(PATIENCE)?.as_deref(), Some("+OK"));
    assert_eq!(client.ask("GET k")?, Some(format!("${}", value.len())));
    assert_eq!(client.receive(PATIENCE)?.as_deref(), Some(value.as_str()));
    Ok(())
}

#[test]
fn latency_delays_each_answer_by_itself() -> TestResult {
    let redis = Redis::start()?;
    let proxy = FaultProxy::start(redis.port())?;
    let mut client = Client::of(&proxy)?;
    let latency = Duration::from_millis(400);
    proxy.latency(latency);

    let first = Instant::now();
    client.send("PING one")?;
    std::thread::sleep(latency / 2);
    let second = Instant::now();
    client.send("PING two")?;
    for (asked, answer) in [(first, "$3"), (first, "one"), (second, "$3"), (second, "two")] {
        assert_eq!(client.receive(PATIENCE)?.as_deref(), Some(answer));
        assert!(asked.elapsed() >= latency, "{answer} came after {:?}", asked.elapsed());
    }

    proxy.heal()?;
    assert_eq!(client.ask("PING")?.as_deref(), Some("+PONG"));
    Ok(())
}

#[test]
fn a_latency_of_an_hour_does_not_hold_up_the_end() -> TestResult {
    let redis = Redis::start()?;
    let proxy = FaultProxy::start(redis.port())?;
    let mut client = Client::of(&proxy)?;
    proxy.latency(Duration::from_secs(3600));
    client.send("PING")?;
    assert!(client.hears_nothing());
    drop(proxy);
    assert_eq!(client.receive(PATIENCE)?, None);
    Ok(())
}

#[test]
fn in_a_blackhole_nothing_arrives_until_it_heals() -> TestResult {
    let redis = Redis::start()?;
    let proxy = FaultProxy::start(redis.port())?;
    let mut client = Client::of(&proxy)?;
    assert_eq!(client.ask("PING")?.as_deref(), Some("+PONG"));
    proxy.blackhole();

    client.send("SET k v")?;
    assert!(client.hears_nothing());
    let mut newcomer = Client::of(&proxy)?;
    newcomer.send("PING")?;
    assert!(newcomer.hears_nothing());
    assert_eq!(redis.command(&["EXISTS", "k"])?, "0");

    proxy.heal()?;
    assert_eq!(client.receive(PATIENCE)?.as_deref(), Some("+OK"));
    assert_eq!(newcomer.receive(PATIENCE)?.as_deref(), Some("+PONG"));
    assert_eq!(redis.command(&["GET", "k"])?, "v");
    Ok(())
}

#[test]
fn commands_arrive_while_their_answers_are_lost() -> TestResult {
    let redis = Redis::start()?;
    let proxy = FaultProxy::start(redis.port())?;
    let (mut victim, mut idle) = (Client::of(&proxy)?, Client::of(&proxy)?);
    assert_eq!(idle.ask("PING")?.as_deref(), Some("+PONG"));
    proxy.lose_replies();

    victim.send("SET k v")?;
    let started = Instant::now();
    while redis.command(&["EXISTS", "k"])? == "0" {
        assert!(started.elapsed() < PATIENCE, "the command arrives");
    }
    assert!(victim.hears_nothing());

    proxy.heal()?;
    assert_eq!(victim.receive(PATIENCE)?, None, "what lost an answer is closed");
    assert_eq!(idle.ask("PING")?.as_deref(), Some("+PONG"), "what lost nothing goes on");
    Ok(())
}

#[test]
fn a_reset_closes_what_is_open_and_refuses_until_it_heals() -> TestResult {
    let redis = Redis::start()?;
    let proxy = FaultProxy::start(redis.port())?;
    let mut client = Client::of(&proxy)?;
    assert_eq!(client.ask("PING")?.as_deref(), Some("+PONG"));

    proxy.reset();
    assert_eq!(client.receive(PATIENCE)?, None);
    for _ in 0..3 {
        let refused = Client::of(&proxy).err().map(|error| error.kind());
        assert_eq!(refused, Some(ErrorKind::ConnectionRefused));
    }

    proxy.heal()?;
    assert_eq!(Client::of(&proxy)?.ask("PING")?.as_deref(), Some("+PONG"));
    Ok(())
}

#[test]
fn a_closed_client_is_closed_to_the_server_too() -> TestResult {
    let redis = Redis::start()?;
    let proxy = FaultProxy::start(redis.port())?;
    let mut client = Client::of(&proxy)?;
    client.ask("CLIENT SETNAME guest")?;
    let connected = || -> Result<bool, testbed::Error> {
        Ok(redis.command(&["CLIENT", "LIST"])?.contains("name=guest"))
    };
    assert!(connected()?);

    drop(client);

    let started = Instant::now();
    while connected()? {
        assert!(started.elapsed() < PATIENCE, "the server sees the end");
    }
    Ok(())
}

#[test]
fn a_server_that_is_gone_disconnects_and_a_dropped_proxy_refuses() -> TestResult {
    let mut redis = Redis::start()?;
    let proxy = FaultProxy::start(redis.port())?;
    redis.stop()?;
    assert_eq!(Client::of(&proxy)?.receive(PATIENCE)?, None);
    redis.restart()?;
    let mut client = Client::of(&proxy)?;
    assert_eq!(client.ask("PING")?.as_deref(), Some("+PONG"));

    let port = proxy.port();
    drop(proxy);
    assert_eq!(client.receive(PATIENCE)?, None);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    Ok(())
}

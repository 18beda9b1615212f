//! Risk: a failover that did not happen, or that the test did not wait for.

use std::collections::HashSet;
use std::error::Error;
use std::net::TcpStream;
use std::time::Duration;

use testbed::RedisCluster;

type TestResult = Result<(), Box<dyn Error>>;

#[test]
fn a_new_cluster_has_three_primaries_that_serve_and_three_linked_replicas() -> TestResult {
    let cluster = RedisCluster::start()?;
    let ports = cluster.ports();
    assert_eq!(ports.iter().collect::<HashSet<_>>().len(), 6);
    let [p1, p2, p3] = [ports[0], ports[1], ports[2]];
    assert_eq!(
        cluster.url(),
        format!("redis+cluster://127.0.0.1:{p1},127.0.0.1:{p2},127.0.0.1:{p3}")
    );

    let mut owners = HashSet::new();
    for key in ["a", "b", "c", "{a}:other"] {
        let owner = cluster.primary_of(key)?;
        cluster.command_on(owner, &["SET", key, "value"])?;
        cluster.await_replicated(key)?;
        for other in (0..3).filter(|other| *other != owner) {
            let moved = cluster.command_on(other, &["GET", key]).err().ok_or("a redirection")?;
            let moved = moved.source().ok_or("its words")?.to_string();
            assert!(moved.starts_with("-MOVED") && moved.contains(&ports[owner].to_string()));
        }
        owners.insert(owner);
    }
    assert_eq!(owners, HashSet::from([0, 1, 2]));
    assert_eq!(cluster.primary_of("a")?, cluster.primary_of("{a}:other")?);
    Ok(())
}

#[test]
fn a_killed_primary_is_replaced_with_its_data_and_comes_back_as_a_replica() -> TestResult {
    let mut cluster = RedisCluster::start()?;
    let old = cluster.primary_of("key")?;
    cluster.command_on(old, &["SET", "key", "kept"])?;
    cluster.await_replicated("key")?;

    cluster.kill(old)?;
    assert!(TcpStream::connect(("127.0.0.1", cluster.ports()[old])).is_err());
    let new = cluster.await_new_primary("key")?;
    assert_eq!(new, old + 3);
    assert_eq!(cluster.primary_of("key")?, new);
    assert_eq!(cluster.command_on(new, &["GET", "key"])?.text(), Some("kept"));

    cluster.restart(old)?;
    cluster.await_complete()?;
    assert_eq!(cluster.primary_of("key")?, new);
    let role = cluster.command_on(old, &["ROLE"])?;
    assert_eq!(role.elements()[0].text(), Some("slave"));
    Ok(())
}

#[test]
fn a_frozen_primary_is_replaced_and_yields_when_thawed() -> TestResult {
    let mut cluster = RedisCluster::start()?;
    let old = cluster.primary_of("key")?;
    cluster.freeze(old)?;
    // Connections are accepted by the system, and nobody answers.
    let address = ([127, 0, 0, 1], cluster.ports()[old]).into();
    assert!(TcpStream::connect_timeout(&address, Duration::from_secs(20)).is_ok());
    let new = cluster.await_new_primary("key")?;
    assert_ne!(new, old);
    cluster.command_on(new, &["SET", "key", "new"])?;

    cluster.thaw(old)?;
    cluster.await_complete()?;
    assert_eq!(cluster.primary_of("key")?, new);
    assert_eq!(cluster.await_new_primary("key")?, new);
    Ok(())
}

#[test]
fn a_dropped_cluster_leaves_no_port_open_even_with_a_frozen_node() -> TestResult {
    let mut cluster = RedisCluster::start()?;
    let ports = cluster.ports();
    assert!(ports.iter().all(|port| TcpStream::connect(("127.0.0.1", *port)).is_ok()));
    cluster.freeze(4)?;
    drop(cluster);
    assert!(ports.iter().all(|port| TcpStream::connect(("127.0.0.1", *port)).is_err()));
    Ok(())
}

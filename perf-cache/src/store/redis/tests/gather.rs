//! What reads of one key that meet owe to each other.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use futures_util::future::join_all;
use tokio::runtime::Handle;

use super::*;
use crate::store::{Found, Store as _};

const READERS: usize = 200;

/// Calls of GET and MGET that the server has seen.
fn reads(server: &Redis) -> u64 {
    let stats = server.command(&["INFO", "commandstats"]).expect("statistics");
    let calls = |name: &str| {
        let line =
            stats.lines().find_map(|line| line.split_once(&format!("cmdstat_{name}:calls=")));
        line.and_then(|(_, rest)| rest.split(',').next()?.parse::<u64>().ok()).unwrap_or(0)
    };
    calls("get") + calls("mget")
}

async fn poll_once(future: Pin<&mut (impl Future + ?Sized)>) {
    let mut future = future;
    poll_fn(|context| {
        assert!(future.as_mut().poll(context).is_pending());
        Poll::Ready(())
    })
    .await;
}

#[tokio::test]
async fn readers_that_meet_are_few_commands_and_each_has_its_own_answer() {
    let server = server();
    let store = store(&server).await;
    for n in (0..READERS).step_by(2) {
        server.command(&["SET", &format!("shop:{n}"), &n.to_string()]).expect("a value");
    }
    server.command(&["LPUSH", "shop:1", "no text"]).expect("a list");
    let before = reads(&server);
    let keys: Vec<String> = (0..READERS).map(|n| n.to_string()).collect();
    let all = join_all(keys.iter().map(async |key| store.read(&[key]).await.expect("a read")));
    for (n, found) in all.await.into_iter().enumerate() {
        let there = n % 2 == 0;
        let right = if there { Found::Value(n.to_string().into()) } else { Found::Nothing };
        assert_eq!(found, [right]);
    }
    assert_eq!(reads(&server) - before, 1 + (READERS as u64 - 1).div_ceil(64));
}

#[tokio::test]
async fn a_reader_alone_sends_what_it_did_before() {
    let server = server();
    let store = store(&server).await;
    for n in 0..3 {
        assert_eq!(store.read(&[&n.to_string()]).await.expect("a read"), [Found::Nothing]);
    }
    let stats = server.command(&["INFO", "commandstats"]).expect("statistics");
    assert!(stats.contains("cmdstat_get:calls=3,") && !stats.contains("cmdstat_mget"), "{stats}");
}

#[tokio::test]
async fn a_reader_that_is_polled_once_and_held_keeps_no_other_from_its_answer() {
    let server = server();
    let store = store(&server).await;
    server.command(&["SET", "shop:tea", "green"]).expect("a value");
    let (mut first, mut second) = (store.read(&["tea"]), store.read(&["tea"]));
    poll_once(first.as_mut()).await;
    poll_once(second.as_mut()).await;
    let third = tokio::time::timeout(PATIENCE, store.read(&["tea"])).await;
    let green = [Found::Value(b"green".into())];
    assert_eq!(third.expect("nobody is waited for").expect("a read"), green);
    assert_eq!(second.await.expect("a read"), green);
    drop(first);
    assert_eq!(store.read(&["tea"]).await.expect("a read"), green);
}

#[tokio::test]
async fn readers_that_all_leave_leave_nothing_behind() {
    let mut server = server();
    let store = store(&server).await;
    store.read(&["tea"]).await.expect("a read");
    let before = Handle::current().metrics().num_alive_tasks();
    server.freeze().expect("frozen");
    let mut readers: Vec<_> = (0..READERS).map(|_| store.read(&["tea"])).collect();
    for reader in &mut readers {
        poll_once(reader.as_mut()).await;
    }
    until(async || Handle::current().metrics().num_alive_tasks() > before).await;
    drop(readers);
    until(async || Handle::current().metrics().num_alive_tasks() <= before).await;
    server.thaw().expect("thawed");
    assert_eq!(store.read(&["tea"]).await.expect("a read"), [Found::Nothing]);
}

#[tokio::test]
async fn readers_that_meet_on_a_connection_that_breaks_are_all_told() {
    let mut server = server();
    let store = store(&server).await;
    server.stop().expect("stopped");
    let all = join_all((0..READERS).map(|_| store.read(&["tea"])));
    let all = tokio::time::timeout(PATIENCE, all).await.expect("nobody waits for ever");
    assert!(all.iter().all(Result::is_err));
    server.restart().expect("started");
    until(async || store.read(&["tea"]).await.is_ok()).await;
    let all = join_all((0..READERS).map(|_| store.read(&["tea"]))).await;
    assert!(all.iter().all(|found| *found.as_deref().expect("a read") == [Found::Nothing]));
}

//! Whether everything that changes is heard by everybody, and nothing else is.

use redis::AsyncCommands as _;

use super::*;
use crate::fence::{Rule, TagId};
use crate::store::{Change, Generation, Notice, Store as _};

fn ticket(number: u64) -> Ticket {
    Ticket { publisher: u64::MAX - 3, number }
}

fn notice(number: u64, change: Change) -> Heard {
    Heard::Notice(Notice { ticket: ticket(number), change })
}

#[tokio::test]
async fn every_change_is_heard_by_all_in_order_with_the_servers_version() {
    let server = server();
    let (one, two) = (store(&server).await, store(&server).await);
    let mut listeners = [listening(&one).await, listening(&two).await];
    let tag = TagId::of("products");
    one.remove("a\0b\n", ticket(1)).await.expect("a removal");
    one.reopen("ä", Generation::new(), LONG, ticket(2)).await.expect("opened");
    let of_tag = one.invalidate_tag(tag, LONG, ticket(3)).await.expect("a version");
    let of_rule = one.invalidate_matching("a:*:b", ticket(4)).await.expect("a version");
    let of_all = one.invalidate_all(ticket(5)).await.expect("a version");
    one.beat(ticket(5), 77).await.expect("a beat");
    let rule = Rule { version: of_rule, pattern: "a:*:b".into() };
    for receiver in &mut listeners {
        assert_eq!(heard(receiver).await, notice(1, Change::Key("a\0b\n".into())));
        assert_eq!(heard(receiver).await, notice(2, Change::Key("ä".into())));
        assert_eq!(heard(receiver).await, notice(3, Change::Tag(tag, of_tag)));
        assert_eq!(heard(receiver).await, notice(4, Change::Rule(rule.clone())));
        assert_eq!(heard(receiver).await, notice(5, Change::All(of_all)));
        assert_eq!(heard(receiver).await, notice(5, Change::Beat(77)));
    }
}

#[tokio::test]
async fn a_fill_is_not_told() {
    let server = server();
    let store = store(&server).await;
    let mut receiver = listening(&store).await;
    let lease = store.lease("tea", LONG).await.expect("a lease");
    let crate::store::Lease::Load { generation, .. } = lease else {
        panic!("there is a value");
    };
    let base = crate::store::Base::Placeholder(generation);
    assert!(store.publish("tea", &base, b"green", LONG).await.expect("a publish"));
    store.beat(ticket(0), 1).await.expect("a beat");
    assert_eq!(heard(&mut receiver).await, notice(0, Change::Beat(1)));
}

#[tokio::test]
async fn a_listener_whose_connection_is_killed_hears_again() {
    let server = server();
    let store = store(&server).await;
    let mut receiver = listening(&store).await;
    server.command(&["CLIENT", "KILL", "TYPE", "pubsub"]).expect("killed");
    assert_eq!(heard(&mut receiver).await, Heard::Broken);
    assert_eq!(heard(&mut receiver).await, Heard::Opened);
    store.remove("tea", ticket(1)).await.expect("a removal");
    assert_eq!(heard(&mut receiver).await, notice(1, Change::Key("tea".into())));
}

#[tokio::test]
async fn a_server_that_was_away_is_heard_again() {
    let mut server = server();
    let store = store(&server).await;
    let mut receiver = listening(&store).await;
    server.stop().expect("stopped");
    assert_eq!(heard(&mut receiver).await, Heard::Broken);
    store.remove("tea", ticket(1)).await.expect_err("nobody is there");
    server.restart().expect("restarted");
    assert_eq!(heard(&mut receiver).await, Heard::Opened);
    until(async || store.remove("tea", ticket(2)).await.is_ok()).await;
    assert_eq!(heard(&mut receiver).await, notice(2, Change::Key("tea".into())));
}

#[tokio::test]
async fn a_replaced_connection_is_heard_again() {
    let server = server();
    let store = store(&server).await;
    let mut receiver = listening(&store).await;
    store.reconnect();
    assert_eq!(heard(&mut receiver).await, Heard::Broken);
    assert_eq!(heard(&mut receiver).await, Heard::Opened);
    store.remove("tea", ticket(1)).await.expect("a removal");
    assert_eq!(heard(&mut receiver).await, notice(1, Change::Key("tea".into())));
}

#[tokio::test]
async fn a_server_that_was_frozen_is_heard_after_a_reconnection() {
    let mut server = server();
    let store = store(&server).await;
    let mut receiver = listening(&store).await;
    server.freeze().expect("frozen");
    let limit = Duration::from_millis(100);
    tokio::time::timeout(limit, store.remove("tea", ticket(1))).await.expect_err("nobody answers");
    store.reconnect();
    assert_eq!(heard(&mut receiver).await, Heard::Broken);
    server.thaw().expect("thawed");
    assert_eq!(heard(&mut receiver).await, Heard::Opened);
    until(async || store.remove("tea", ticket(2)).await.is_ok()).await;
    // The server has read what was sent to it before it froze, or dropped it with the connection.
    let last = notice(2, Change::Key("tea".into()));
    while heard(&mut receiver).await != last {}
}

#[tokio::test]
async fn nobody_listens_for_a_receiver_that_is_gone() {
    let server = server();
    let store = store(&server).await;
    let mut other = other(&server).await;
    let receiver = listening(&store).await;
    drop(receiver);
    until(async || deaf(&mut other).await).await;
}

#[tokio::test]
async fn a_receiver_that_does_not_keep_up_is_told_that_it_has_lost_something() {
    let server = server();
    let store = store(&server).await;
    let mut other = other(&server).await;
    let mut receiver = listening(&store).await;
    let beat = crate::store::redis::wire::beat(ticket(1), 1);
    let mut flood = redis::pipe();
    for _ in 0..1500 {
        flood.publish("@shop:notices:0", &beat).ignore();
    }
    let () = flood.query_async(&mut other).await.expect("a flood");
    let mut beats = 0;
    // Nothing is received before the listener has given up.
    until(async || receiver.len() == receiver.max_capacity() && deaf(&mut other).await).await;
    loop {
        match heard(&mut receiver).await {
            Heard::Notice(_) => beats += 1,
            what => {
                assert_eq!(what, Heard::Broken);
                break;
            }
        }
    }
    assert!(beats < 1500, "{beats} of 1500 were heard");
    assert_eq!(heard(&mut receiver).await, Heard::Opened);
}

async fn deaf(other: &mut MultiplexedConnection) -> bool {
    let mut listeners = redis::cmd("PUBSUB");
    listeners.arg("NUMSUB").arg("@shop:notices:0");
    let (_, listeners): (String, u64) = listeners.query_async(other).await.expect("a number");
    listeners == 0
}

#[tokio::test]
async fn hostile_payloads_are_ignored() {
    let server = server();
    let store = store(&server).await;
    let mut receiver = listening(&store).await;
    let mut other = other(&server).await;
    let mut payloads: Vec<Vec<u8>> =
        vec![vec![], b"1".to_vec(), b"hello".to_vec(), vec![0; 70_000]];
    let whole = crate::store::redis::wire::beat(ticket(1), 1);
    payloads.push([b"2", &whole[1..]].concat());
    payloads.extend((0..whole.len()).map(|length| whole[..length].to_vec()));
    for what in *b"ktarbpz\0\xff" {
        let head = [&[b'1', what][..], &[1; 16]].concat();
        for rest in [
            &b""[..],
            b"\xff\xfe",
            b"12345678-1",
            b"12345678",
            b"123456789999999999999999999999999999",
            b"::",
            b":*",
            b"1:\xff",
            b"99999999999999999999999:*",
            b"12345678+5",
        ] {
            let payload = [&head[..], rest].concat();
            // Every text is a key; the digits behind a tag and all others are versions.
            let well_formed = match what {
                b'k' => str::from_utf8(rest).is_ok(),
                b'a' => rest == b"12345678",
                b'b' => rest.len() == 8,
                _ => false,
            };
            if !well_formed {
                payloads.push(payload);
            }
        }
    }
    for payload in &payloads {
        let () = other.publish("@shop:notices:0", payload).await.expect("published");
    }
    store.beat(ticket(9), 9).await.expect("a beat");
    assert_eq!(heard(&mut receiver).await, notice(9, Change::Beat(9)));
}

#[tokio::test]
async fn another_database_and_another_prefix_have_another_channel() {
    let server = server();
    let store = store(&server).await;
    let mut receiver = listening(&store).await;
    let settings =
        RedisSettings { prefix: "other".to_owned(), tracking: false, ..RedisSettings::default() };
    let neighbour = store_with(&server, settings).await;
    let settings =
        RedisSettings { prefix: PREFIX.to_owned(), tracking: false, ..RedisSettings::default() };
    let url = format!("{}3", server.url());
    let upstairs = RedisStore::connect(&url, settings).await.expect("a store");
    neighbour.remove("tea", ticket(1)).await.expect("a removal");
    upstairs.remove("tea", ticket(2)).await.expect("a removal");
    store.remove("tea", ticket(3)).await.expect("a removal");
    assert_eq!(heard(&mut receiver).await, notice(3, Change::Key("tea".into())));
}

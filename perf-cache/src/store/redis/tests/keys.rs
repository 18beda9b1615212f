//! Whether any key is a key, and anything may lie under it.

use redis::AsyncCommands as _;

use super::*;
use crate::store::{Base, Change, Found, Generation, Lease, Store as _};

fn strange_keys() -> Vec<String> {
    let mut keys: Vec<String> =
        ["", " ", "a b", "a\nb\r\n", "\0", "*", "?[a-z]\\", "@shop:world", ":", "ä𝄞"]
            .map(str::to_owned)
            .into();
    keys.push("k".repeat(64 * 1024));
    keys
}

#[tokio::test]
async fn every_text_is_a_key_of_its_own() {
    let server = server();
    let store = store(&server).await;
    let mut receiver = listening(&store).await;
    let keys = strange_keys();
    for key in &keys {
        let lease = store.lease(key, LONG).await.expect("a lease");
        let Lease::Load { generation, first: true, .. } = lease else {
            panic!("{key:?} is there: {lease:?}");
        };
        let base = Base::Placeholder(generation);
        assert!(store.publish(key, &base, key.as_bytes(), LONG).await.expect("a publish"));
    }
    let names: Vec<&str> = keys.iter().map(String::as_str).collect();
    let found = store.read(&names).await.expect("a read");
    for (key, found) in keys.iter().zip(found) {
        assert_eq!(found, Found::Value(key.clone().into_bytes()));
        assert_eq!(store.read(&[key]).await.expect("a read"), [found]);
        store.remove(key, TICKET).await.expect("a removal");
        assert_eq!(store.read(&[key]).await.expect("a read"), [Found::Nothing]);
        let Heard::Notice(notice) = heard(&mut receiver).await else {
            panic!("the channel broke");
        };
        assert_eq!(notice.change, Change::Key(key.as_str().into()));
    }
}

#[tokio::test]
async fn the_head_of_a_value_is_its_first_bytes() {
    let server = server();
    let store = store(&server).await;
    let mut other = other(&server).await;
    let () = other.set("shop:tea", "green tea").await.expect("a value");
    let head = async |key, length| store.read_head(key, length).await.expect("a head");
    assert_eq!(head("tea", 5).await.as_deref(), Some(&b"green"[..]));
    assert_eq!(head("tea", 64).await.as_deref(), Some(&b"green tea"[..]));
    assert_eq!(head("coffee", 64).await, None);
    assert_eq!(store.read(&[]).await.expect("a read"), []);
}

#[tokio::test]
async fn bytes_of_others_are_a_value_and_may_be_replaced() {
    let server = server();
    let store = store(&server).await;
    let mut other = other(&server).await;
    let all: [&[u8]; 5] =
        [b"", b"PL1", b"PL1 and a lot more than a number", b"\xff\0", &[7; 100_000]];
    for bytes in all {
        let () = other.set("shop:tea", bytes).await.expect("a value");
        let value = Found::Value(bytes.to_vec());
        assert_eq!(store.read(&["tea"]).await.expect("a read"), [value]);
        assert_eq!(store.lease("tea", LONG).await.expect("a lease"), Lease::Value(bytes.to_vec()));
        let base = Base::of_value(bytes);
        assert!(store.publish("tea", &base, b"green", LONG).await.expect("a publish"));
    }
}

#[tokio::test]
async fn what_is_no_text_is_nothing_and_gives_way() {
    let server = server();
    let store = store(&server).await;
    let mut other = other(&server).await;
    let () = other.rpush("shop:tea", "a list").await.expect("a list");
    let () = other.hset("shop:coffee", "a", "hash").await.expect("a hash");
    let found = store.read(&["tea", "coffee"]).await.expect("a read");
    assert_eq!(found, [Found::Nothing, Found::Nothing]);
    assert_eq!(store.read(&["tea"]).await.expect("a read"), [Found::Nothing]);
    assert_eq!(store.read_head("tea", 64).await.expect("a head"), None);
    let base = Base::Placeholder(Generation::new());
    assert!(!store.publish("tea", &base, b"green", LONG).await.expect("a publish"));
    let empty = Base::Value(Vec::new());
    assert!(!store.publish("tea", &empty, b"green", LONG).await.expect("a publish"));
    let lease = store.lease("tea", LONG).await.expect("a lease");
    assert!(matches!(lease, Lease::Load { first: true, .. }), "{lease:?}");
    store.reopen("coffee", Generation::new(), LONG, TICKET).await.expect("opened");
    let () = other.rpush("shop:milk", "a list").await.expect("a list");
    store.remove("milk", TICKET).await.expect("a removal");
    assert!(!other.exists::<_, bool>("shop:milk").await.expect("an answer"));
}

#[tokio::test]
async fn a_life_may_be_as_short_or_long_as_there_is() {
    let server = server();
    let store = store(&server).await;
    let tag = crate::fence::TagId::of("products");
    for keep in [Duration::ZERO, Duration::from_nanos(1), Duration::MAX] {
        store.lease("tea", keep).await.expect("a lease");
        let generation = Generation::new();
        store.reopen("coffee", generation, keep, TICKET).await.expect("opened");
        let base = Base::Placeholder(generation);
        store.publish("coffee", &base, b"black", keep).await.expect("a publish");
        store.tags(&[tag], keep).await.expect("a tag");
        store.invalidate_tag(tag, keep, TICKET).await.expect("a version");
    }
}

#[tokio::test]
async fn a_server_that_has_forgotten_the_scripts_is_sent_them_again() {
    let server = server();
    let store = store(&server).await;
    let tag = crate::fence::TagId::of("products");
    let flush = || server.command(&["SCRIPT", "FLUSH"]).expect("flushed");
    flush();
    let lease = store.lease("tea", LONG).await.expect("a lease");
    let Lease::Load { generation, .. } = lease else {
        panic!("there is a value");
    };
    flush();
    let base = Base::Placeholder(generation);
    assert!(store.publish("tea", &base, b"green", LONG).await.expect("a publish"));
    flush();
    store.reopen("tea", generation, LONG, TICKET).await.expect("opened");
    flush();
    store.remove("tea", TICKET).await.expect("a removal");
    flush();
    store.tags(&[tag], LONG).await.expect("a tag");
    flush();
    store.invalidate_tag(tag, LONG, TICKET).await.expect("a version");
    flush();
    store.invalidate_matching("*", TICKET).await.expect("a version");
    flush();
    store.invalidate_all(TICKET).await.expect("a version");
    flush();
    store.world().await.expect("a world");
}

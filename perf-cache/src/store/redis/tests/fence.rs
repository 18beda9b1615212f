//! Whether what began before an invalidation can still be stored.

use redis::AsyncCommands as _;

use super::*;
use crate::store::{Base, Found, Generation, Lease, Store as _};

async fn lease(store: &RedisStore, key: &str) -> Base {
    match store.lease(key, LONG).await.expect("a lease") {
        Lease::Load { generation, .. } => Base::Placeholder(generation),
        Lease::Value(value) => panic!("there is a value of {} bytes already", value.len()),
    }
}

async fn found(store: &RedisStore, key: &str) -> Found {
    store.read(&[key]).await.expect("a read").remove(0)
}

#[tokio::test]
async fn a_load_that_nothing_disturbs_is_stored() {
    let server = server();
    let store = store(&server).await;
    let base = lease(&store, "tea").await;
    assert!(store.publish("tea", &base, b"green", LONG).await.expect("a publish"));
    assert_eq!(found(&store, "tea").await, Found::Value(b"green".to_vec()));
    assert_eq!(store.lease("tea", LONG).await.expect("a lease"), Lease::Value(b"green".to_vec()));
    let left: u64 = other(&server).await.pttl("shop:tea").await.expect("a life");
    assert!(left > 30_000 && left <= 60_000, "{left} ms");
}

#[tokio::test]
async fn a_load_that_began_before_a_removal_is_not_stored() {
    let server = server();
    let store = store(&server).await;
    let base = lease(&store, "tea").await;
    store.remove("tea", TICKET).await.expect("a removal");
    assert!(!store.publish("tea", &base, b"old", LONG).await.expect("a publish"));
    assert_eq!(found(&store, "tea").await, Found::Nothing);
}

#[tokio::test]
async fn a_load_that_began_before_another_one_was_opened_is_not_stored() {
    let server = server();
    let store = store(&server).await;
    let base = lease(&store, "tea").await;
    let newer = Generation::new();
    store.reopen("tea", newer, LONG, TICKET).await.expect("opened");
    assert!(!store.publish("tea", &base, b"old", LONG).await.expect("a publish"));
    assert_eq!(found(&store, "tea").await, Found::Placeholder(newer));
    assert!(
        store.publish("tea", &Base::Placeholder(newer), b"new", LONG).await.expect("a publish")
    );
    assert_eq!(found(&store, "tea").await, Found::Value(b"new".to_vec()));
}

#[tokio::test]
async fn a_load_that_outlives_its_placeholder_is_not_stored() {
    let server = server();
    let store = store(&server).await;
    let short = Duration::from_millis(20);
    let Lease::Load { generation, .. } = store.lease("tea", short).await.expect("a lease") else {
        panic!("there is a value");
    };
    until(async || found(&store, "tea").await == Found::Nothing).await;
    let late = store.publish("tea", &Base::Placeholder(generation), b"old", LONG).await;
    assert!(!late.expect("a publish"));
    assert_eq!(found(&store, "tea").await, Found::Nothing);
}

#[tokio::test]
async fn two_loads_share_a_placeholder_and_the_first_to_end_is_stored() {
    let server = server();
    let (one, two) = (store(&server).await, store(&server).await);
    let first = one.lease("tea", LONG).await.expect("a lease");
    let second = two.lease("tea", LONG).await.expect("a lease");
    let (
        Lease::Load { generation, first: true, now },
        Lease::Load { generation: shared, first: false, now: later },
    ) = (first, second)
    else {
        panic!("the first puts the placeholder there, the second finds it");
    };
    assert_eq!(generation, shared);
    assert!(later >= now && now.0 > 1_500_000_000_000_000, "{now:?}, {later:?}");
    let base = Base::Placeholder(generation);
    assert!(two.publish("tea", &base, b"two", LONG).await.expect("a publish"));
    assert!(!one.publish("tea", &base, b"one", LONG).await.expect("a publish"));
    assert_eq!(found(&one, "tea").await, Found::Value(b"two".to_vec()));
}

#[tokio::test]
async fn a_value_is_replaced_only_while_it_is_there() {
    let server = server();
    let store = store(&server).await;
    // Longer than the bytes that are compared, or shorter.
    for length in [0, 1, 40, 63, 64, 65, 5000] {
        let key = format!("of {length} bytes");
        let old = vec![b'o'; length];
        let base = lease(&store, &key).await;
        assert!(store.publish(&key, &base, &old, LONG).await.expect("a publish"));
        let base = Base::of_value(&old);
        assert!(store.publish(&key, &base, b"newer", LONG).await.expect("a publish"), "{key}");
        assert_eq!(found(&store, &key).await, Found::Value(b"newer".to_vec()), "{key}");
        assert!(!store.publish(&key, &base, b"third", LONG).await.expect("a publish"), "{key}");
        store.remove(&key, TICKET).await.expect("a removal");
        assert!(!store.publish(&key, &base, b"third", LONG).await.expect("a publish"), "{key}");
        assert_eq!(found(&store, &key).await, Found::Nothing, "{key}");
    }
}

#[tokio::test]
async fn a_short_value_is_not_taken_for_a_longer_one_that_begins_like_it() {
    let server = server();
    let store = store(&server).await;
    for length in [0, 1, 31, 32, 63] {
        let key = format!("of {length} bytes");
        let base = lease(&store, &key).await;
        let longer = vec![b'o'; length + 1];
        assert!(store.publish(&key, &base, &longer, LONG).await.expect("a publish"));
        let base = Base::of_value(&longer[..length]);
        assert!(!store.publish(&key, &base, b"newer", LONG).await.expect("a publish"), "{key}");
    }
}

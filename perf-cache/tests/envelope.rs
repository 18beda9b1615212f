//! What stands in Redis is not always what this cache wrote.

use std::cell::RefCell;
use std::time::Duration;

use perf_cache::{Cache, Policy};
use perf_core::{Label, Recorder};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use redis::Commands;
use serde::{Deserialize, Serialize};
use testbed::RedisSpace;
use tokio::runtime::Runtime;

const MINUTE: Duration = Duration::from_secs(60);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Product {
    id: i64,
    name: String,
    tags: Vec<String>,
    price: Option<f64>,
}

fn tea() -> Product {
    Product {
        id: 7,
        name: "tea".to_owned(),
        tags: vec!["hot".to_owned(), "green".to_owned()],
        price: Some(2.5),
    }
}

async fn cache(space: &RedisSpace) -> Cache {
    let cache = Cache::builder().redis(space.url()).prefix(space.prefix());
    cache.build().await.expect("Redis answers")
}

fn connection(space: &RedisSpace) -> redis::Connection {
    let client = redis::Client::open(space.url()).expect("the URL is valid");
    client.get_connection().expect("Redis answers")
}

fn key(space: &RedisSpace) -> String {
    format!("{}:tea", space.prefix())
}

/// The bytes that stand in Redis for a product.
async fn written(space: &RedisSpace) -> Vec<u8> {
    cache(space).await.insert("tea", tea(), MINUTE).await;
    connection(space).get(key(space)).expect("it is written")
}

#[tokio::test]
async fn a_value_comes_back_as_it_was() {
    let space = testbed::redis();
    written(&space).await;
    let found = cache(&space).await.get::<Product>("tea").await;
    assert_eq!(found.as_deref(), Some(&tea()));
}

#[test]
fn arbitrary_bytes_are_a_miss() {
    let (space, runtime) = (testbed::redis(), Runtime::new().expect("a runtime"));
    let (cache, connection) = (runtime.block_on(cache(&space)), RefCell::new(connection(&space)));
    let recorder = Recorder::builder().build();
    let cases = 512;
    let mut runner =
        TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&proptest::collection::vec(any::<u8>(), 0..200), |bytes| {
        let () = connection.borrow_mut().set(key(&space), bytes).expect("Redis answers");
        let look_up = recorder.scope(Label::job("read")).run(cache.get::<Product>("tea"));
        prop_assert_eq!(runtime.block_on(look_up).0, None);
        Ok(())
    });
    outcome.expect("every case is a miss");
    let remote = recorder.snapshot().caches[0].remote;
    assert_eq!((remote.misses, remote.errors), (u64::from(cases), 0));
}

#[test]
fn a_damaged_envelope_is_a_miss() {
    let (space, runtime) = (testbed::redis(), Runtime::new().expect("a runtime"));
    let good = runtime.block_on(written(&space));
    let connection = RefCell::new(connection(&space));
    let mut runner =
        TestRunner::new(Config { cases: 512, failure_persistence: None, ..Config::default() });
    let damage = (0..good.len(), any::<u8>(), prop_oneof![Just(good.len()), 0..good.len()]);
    let reader = runtime.block_on(cache(&space));
    let outcome = runner.run(&damage, |(place, byte, length)| {
        let mut bytes = good.clone();
        bytes[place] = byte;
        bytes.truncate(length);
        let () = connection.borrow_mut().set(key(&space), &bytes).expect("Redis answers");
        let found = runtime.block_on(reader.get::<Product>("tea"));
        runtime.block_on(reader.invalidate("tea"));
        prop_assert!(bytes.len() == good.len() || found.is_none(), "{} bytes", bytes.len());
        Ok(())
    });
    outcome.expect("every damage is noticed");
}

#[tokio::test]
async fn a_value_of_another_type_is_a_miss_and_is_replaced() {
    let space = testbed::redis();
    written(&space).await;
    let cache = cache(&space).await;
    assert_eq!(cache.get::<String>("tea").await, None);
    let text = cache.get_or_load("tea", MINUTE, || async { "text".to_owned() }).await;
    assert_eq!(*text.expect("it loads"), "text");
}

#[tokio::test]
async fn the_local_tier_never_outlives_the_envelope() {
    let space = testbed::redis();
    let policy = Policy::ttl(Duration::from_millis(300)).jitter(0.0);
    cache(&space).await.insert("tea", tea(), policy).await;
    let () = connection(&space).persist(key(&space)).expect("Redis answers");

    let cache = cache(&space).await;
    assert!(cache.get::<Product>("tea").await.is_some());
    assert!(cache.get_local::<Product>("tea").is_some());
    tokio::time::sleep(Duration::from_millis(350)).await;
    assert_eq!(cache.get_local::<Product>("tea"), None);
    assert_eq!(cache.get::<Product>("tea").await, None, "Redis itself would keep it for ever");
}

#[tokio::test]
async fn ttls_of_zero_and_of_ten_thousand_years_are_taken() {
    let space = testbed::redis();
    let cache = cache(&space).await;
    cache.insert("tea", 1_u32, MINUTE).await;
    cache.insert("tea", 2_u32, Duration::ZERO).await;
    assert_eq!(
        cache.get::<u32>("tea").await,
        None,
        "a value that is not kept replaces the old one"
    );

    let ages = Duration::from_secs(10_000 * 365 * 24 * 60 * 60);
    cache.insert("tea", 3_u32, Policy::ttl(ages).jitter(f64::NAN)).await;
    assert_eq!(cache.get_local::<u32>("tea").as_deref(), Some(&3));
    cache.insert("tea", 4_u32, Policy::ttl(Duration::MAX).jitter(f64::INFINITY)).await;
}

#[tokio::test]
async fn a_value_above_the_limit_stays_in_this_process() {
    let space = testbed::redis();
    let small = Cache::builder().redis(space.url()).prefix(space.prefix()).max_value_bytes(1_000);
    let small = small.build().await.expect("Redis answers");
    small.insert("tea", "x".repeat(2_000), MINUTE).await;
    assert!(small.get_local::<String>("tea").is_some());
    assert_eq!(cache(&space).await.get::<String>("tea").await, None);

    cache(&space).await.insert("tea", "x".repeat(2_000), MINUTE).await;
    let fresh = Cache::builder().redis(space.url()).prefix(space.prefix()).max_value_bytes(1_000);
    let fresh = fresh.build().await.expect("Redis answers");
    assert_eq!(fresh.get::<String>("tea").await, None);
}

#[tokio::test]
async fn every_text_is_a_key() {
    let space = testbed::redis();
    let (writer, reader) = (cache(&space).await, cache(&space).await);
    let long = "k".repeat(64 * 1024);
    for (number, key) in ["", " ", "a*b?[c]", "a\r\nb", "\0", "ключ", &long].into_iter().enumerate()
    {
        writer.insert(key, number, MINUTE).await;
        assert_eq!(reader.get::<usize>(key).await.as_deref(), Some(&number), "{key:.20?}");
    }
}

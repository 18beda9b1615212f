//! `#[cached]` on functions as people write them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use futures_util::future::join_all;
use perf_cache::{Cache, cached};
use serde::{Deserialize, Serialize};
use tokio::task::yield_now;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Product {
    id: i64,
}

/// A database that counts its calls.
#[derive(Default)]
struct Db {
    calls: AtomicUsize,
}

#[derive(Debug, PartialEq)]
struct Refused(i64);

impl Db {
    async fn product(&self, id: i64) -> Result<Product, Refused> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        yield_now().await;
        if id < 0 { Err(Refused(id)) } else { Ok(Product { id }) }
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    #[cached(ttl = "1m", key = "Db::doubled:{id}")]
    async fn doubled(&self, id: i64) -> i64 {
        let product = self.product(id).await;
        product.map_or(0, |product| product.id * 2)
    }
}

/// Keeps its documentation.
#[cached(ttl = "10m", key = "load_product:{id}")]
#[must_use]
pub async fn load_product(db: &Db, id: i64) -> Result<Product, Refused> {
    let product = db.product(id).await?;
    Ok(product)
}

#[tokio::test]
async fn a_function_that_borrows_its_database_runs_once_for_many_callers() {
    let db = Db::default();
    let products = join_all((0..10).map(|_| load_product(&db, 1))).await;
    assert!(products.iter().all(|product| *product == Ok(Product { id: 1 })));
    assert_eq!(load_product(&db, 1).await, Ok(Product { id: 1 }));
    assert_eq!(db.calls(), 1);
    assert_eq!(load_product(&db, 2).await, Ok(Product { id: 2 }));
    assert_eq!(db.calls(), 2);
}

#[tokio::test]
async fn an_err_is_returned_and_not_kept() {
    let db = Db::default();
    assert_eq!(load_product(&db, -1).await, Err(Refused(-1)));
    assert_eq!(load_product(&db, -1).await, Err(Refused(-1)));
    assert_eq!(db.calls(), 2);
}

#[tokio::test]
async fn a_cached_future_can_be_spawned_and_a_method_can_be_cached() {
    let db = std::sync::Arc::new(Db::default());
    let task = {
        let db = db.clone();
        tokio::spawn(async move { db.doubled(4).await })
    };
    assert_eq!(task.await.expect("no panic"), 8);
    assert_eq!(db.doubled(4).await, 8);
    assert_eq!(db.calls(), 1);
}

#[tokio::test]
async fn a_cancelled_caller_leaves_the_body_to_another() {
    let db = std::sync::Arc::new(Db::default());
    let ask = || {
        let db = db.clone();
        tokio::spawn(async move { load_product(&db, 30).await })
    };
    let (first, second) = (ask(), ask());
    yield_now().await;
    first.abort();
    assert_eq!(second.await.expect("no panic"), Ok(Product { id: 30 }));
    assert_eq!(db.calls(), 2);
}

type Answer<T> = Result<T, Refused>;

#[cached(ttl = "10m", key = "by_alias:{id}")]
async fn by_alias(db: &Db, id: i64) -> Answer<Product> {
    db.product(id).await
}

#[tokio::test]
async fn a_result_behind_an_alias_is_still_a_result() {
    let db = Db::default();
    assert_eq!(by_alias(&db, -1).await, Err(Refused(-1)));
    assert_eq!(by_alias(&db, -1).await, Err(Refused(-1)));
    assert_eq!(db.calls(), 2);
}

#[cached(ttl = "10m", key = "find:{name}:{id:04}")]
async fn find(db: &Db, name: &str, id: i64) -> Option<String> {
    let product = db.product(id).await.ok()?;
    Some(format!("{name} {}", product.id))
}

#[tokio::test]
async fn none_is_shared_by_those_who_wait_and_not_kept() {
    let db = Db::default();
    let nothing = join_all((0..10).map(|_| find(&db, "tea", -1))).await;
    assert!(nothing.iter().all(Option::is_none));
    assert_eq!(db.calls(), 1);
    assert_eq!(find(&db, "tea", -1).await, None);
    assert_eq!(db.calls(), 2);
    assert_eq!(find(&db, "tea", 3).await.as_deref(), Some("tea 3"));
    assert_eq!(find(&db, "tea", 3).await.as_deref(), Some("tea 3"));
    assert_eq!(db.calls(), 3);
}

#[cached(ttl = "10m", key = "chosen:{id}", cache = cache)]
async fn chosen(cache: &Cache, db: &Db, id: i64) -> Result<Product, Refused> {
    db.product(id).await
}

#[tokio::test]
async fn a_function_may_name_its_cache() {
    let build = || Cache::builder().build();
    let (one, other) = (build().await.expect("valid"), build().await.expect("valid"));
    let db = Db::default();
    for cache in [&one, &other, &one] {
        assert_eq!(chosen(cache, &db, 5).await, Ok(Product { id: 5 }));
    }
    assert_eq!(db.calls(), 2);
    one.invalidate("chosen:5").await;
    assert_eq!(chosen(&one, &db, 5).await, Ok(Product { id: 5 }));
    assert_eq!(db.calls(), 3);
}

static SQUARES: AtomicUsize = AtomicUsize::new(0);

#[cached(ttl = "10m", key = "square:{number}")]
fn square(number: u64) -> u64 {
    SQUARES.fetch_add(1, Ordering::Relaxed);
    thread::sleep(Duration::from_millis(50));
    number * number
}

#[test]
fn threads_that_call_a_blocking_function_wait_for_one_of_them() {
    thread::scope(|threads| {
        let callers: Vec<_> = (0..8).map(|_| threads.spawn(|| square(12))).collect();
        for caller in callers {
            assert_eq!(caller.join().expect("no panic"), 144);
        }
    });
    assert_eq!(square(12), 144);
    assert_eq!(SQUARES.load(Ordering::Relaxed), 1);
}

#[cached(ttl = "10m", key = "mixed")]
fn mixed_blocking() -> u32 {
    1
}

#[cached(ttl = "10m", key = "mixed")]
async fn mixed_async() -> u32 {
    // On this runtime's only thread: a wait for the async caller would never end.
    mixed_blocking() + 1
}

#[tokio::test]
async fn a_blocking_function_never_waits_for_an_async_one() {
    assert_eq!(mixed_async().await, 2);
}

#[cached(ttl = "10m", key = "fragile:{id}")]
fn fragile(id: u32, works: bool) -> u32 {
    assert!(works, "broken");
    id
}

#[test]
fn a_body_that_panics_does_so_for_its_caller_alone() {
    assert!(thread::spawn(|| fragile(1, false)).join().is_err());
    assert_eq!(fragile(1, true), 1);
}

#[test]
fn a_literal_key_serves_a_function_without_arguments() {
    #[cached(ttl = "1h 30m", key = "{{settings}}")]
    fn settings() -> Vec<String> {
        vec!["a".to_owned()]
    }
    assert_eq!(settings(), settings());
    assert!(Cache::installed().get_local::<Vec<String>>("{settings}").is_some());
}

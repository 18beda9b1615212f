//! The cache that `#[cached]` uses: one per process, hence one test in this file.

use perf_cache::{Cache, cached};

#[cached(ttl = "10m", key = "answer")]
fn answer() -> u32 {
    42
}

#[tokio::test]
async fn the_first_cache_installed_is_the_one_that_functions_use() {
    let build = || Cache::builder().name("mine").build();
    let (cache, other) = (build().await.expect("valid"), build().await.expect("valid"));
    assert_eq!(Cache::installed().name(), "default");
    assert!(cache.install());
    assert!(!other.install());
    assert_eq!(Cache::installed().name(), "mine");
    assert_eq!(answer(), 42);
    assert_eq!(cache.get_local::<u32>("answer").as_deref(), Some(&42));
    assert_eq!(other.get_local::<u32>("answer"), None);
}

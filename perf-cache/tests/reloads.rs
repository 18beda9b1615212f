//! What a cache tells of its loads: whether they replaced what had expired, and brought the same again.

use std::convert::Infallible;
use std::time::Duration;

use perf_cache::{Cache, Claim, Loaded, Policy};
use perf_core::recorder::Reloads;
use perf_core::time::testing::{Following, follow};
use perf_core::{FindingKind, Label, Recorder};
use tokio::time::{Instant, advance, sleep};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// A cache in process, whose clock is that of the paused runtime.
async fn paused() -> (Cache, Following) {
    let started = Instant::now();
    let following = follow(move || started.elapsed());
    (Cache::builder().build().await.expect("defaults are valid"), following)
}

fn minute() -> Policy {
    Policy::ttl(MINUTE).jitter(0.0)
}

/// What the cache tells after this work.
async fn told(work: impl Future<Output = ()>) -> Reloads {
    let recorder = Recorder::builder().build();
    recorder.scope(Label::job("ask")).run(work).await;
    recorder.snapshot().caches.remove(0).state.expect("it has loaded").reloads
}

async fn load(cache: &Cache, policy: Policy, value: u64) {
    cache.get_or_load("key", policy, move || async move { value }).await.expect("loaded");
}

#[tokio::test(start_paused = true)]
async fn a_value_that_expired_is_compared_with_the_one_that_takes_its_place() {
    let (cache, _following) = paused().await;
    let told = told(async {
        for value in [1, 1, 1, 2, 2] {
            load(&cache, minute(), value).await;
            advance(MINUTE).await;
        }
    });
    assert_eq!(told.await, Reloads::new(5, 4, 3));
}

#[tokio::test(start_paused = true)]
async fn what_was_invalidated_or_is_new_has_not_expired() {
    let (cache, _following) = paused().await;
    let told = told(async {
        let policy = || minute().tag("products");
        load(&cache, policy(), 1).await;
        advance(MINUTE).await;
        cache.invalidate("key").await;
        load(&cache, policy(), 1).await;
        advance(MINUTE).await;
        cache.invalidate_tag("products").await;
        load(&cache, policy(), 1).await;
        advance(MINUTE).await;
        cache.invalidate_all().await;
        load(&cache, policy(), 1).await;
        advance(MINUTE).await;
        let other = cache.clone();
        let changes = || async move {
            other.invalidate_tag("products").await;
            1_u64
        };
        cache.get_or_load("key", policy(), changes).await.expect("loaded");
    });
    assert_eq!(told.await, Reloads::new(5, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_refresh_in_the_background_and_a_claim_are_reloads_too() {
    let (cache, _following) = paused().await;
    let told = told(async {
        let policy = || minute().refresh_at(0.5).stale_while_revalidate(MINUTE);
        load(&cache, policy(), 1).await;
        for wait in [40 * SECOND, 70 * SECOND] {
            advance(wait).await;
            // Is served, and loaded anew meanwhile.
            load(&cache, policy(), 1).await;
            sleep(SECOND / 10).await;
        }
        advance(10 * MINUTE).await;
        let Claim::Load(loading) = cache.claim::<u64>("key").await else { panic!("expired") };
        loading.finish(1, minute());
    });
    assert_eq!(told.await, Reloads::new(4, 3, 3));
}

#[tokio::test(start_paused = true)]
async fn a_loader_that_says_that_nothing_changed_is_believed() {
    /// Is never the same as another, for those who look.
    #[derive(serde::Serialize, serde::Deserialize)]
    struct Odd(f64);

    let (cache, _following) = paused().await;
    let told = told(async {
        for _ in 0..3 {
            let load = cache.load_with("key", minute().stale_if_error(MINUTE), |previous| async {
                Ok::<_, Infallible>(match previous {
                    Some(previous) => previous.not_modified(),
                    None => Loaded::value(Odd(0.5)),
                })
            });
            load.await.expect("loaded");
            advance(MINUTE).await;
        }
    });
    assert_eq!(told.await, Reloads::new(3, 2, 2));
}

#[tokio::test(start_paused = true)]
async fn loads_that_crowd_are_a_sample() {
    let (cache, _following) = paused().await;
    let told = told(async {
        for number in 0..1_000 {
            let key = format!("{number}");
            cache.get_or_load(&key, minute(), || async { 1_u8 }).await.expect("loaded");
            advance(SECOND / 1_000).await;
        }
    });
    assert_eq!(told.await, Reloads::new(20, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_cache_whose_values_expire_unchanged_is_told_that_its_ttl_is_too_short() {
    let (cache, _following) = paused().await;
    let recorder = Recorder::builder().build();
    let work = async {
        for _ in 0..120 {
            let load = || async {
                sleep(SECOND).await;
                "the same".to_owned()
            };
            cache.get_or_load("key", minute(), load).await.expect("loaded");
            advance(MINUTE).await;
        }
    };
    recorder.scope(Label::job("ask")).run(work).await;
    let findings = recorder.snapshot().findings;
    let kinds: Vec<FindingKind> = findings.iter().map(|finding| finding.kind).collect();
    assert_eq!(kinds, [FindingKind::TtlTooShort]);
    assert_eq!(findings[0].evidence[0].value, "99 %");
}

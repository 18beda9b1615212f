//! Hits whose loader is run all the same: what counts as stale, and what an audit must never do.

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use perf_cache::{Cache, CacheBuilder, Loaded, Policy, testing};
use perf_core::recorder::Audits;
use perf_core::time::testing::{Following, follow};
use perf_core::{CacheEvent, CacheOutcome, CacheTier, FindingKind, Label, Name, Recorder};
use tokio::time::{Instant, advance, sleep};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// A cache in process all of whose keys are audited, on the clock of the paused runtime, and what it loads
/// from.
struct Audited {
    cache: Cache,
    recorder: Recorder,
    source: Arc<AtomicU64>,
    loads: Arc<AtomicU64>,
    _following: Following,
}

impl Audited {
    async fn of(builder: CacheBuilder) -> Self {
        let started = Instant::now();
        let following = follow(move || started.elapsed());
        let audited = Self {
            cache: builder.build().await.expect("valid"),
            recorder: Recorder::builder().build(),
            source: Arc::default(),
            loads: Arc::default(),
            _following: following,
        };
        audited.ask().await;
        audited
    }

    async fn new() -> Self {
        Self::of(Cache::builder().audit(1.0)).await
    }

    fn change(&self) {
        self.source.fetch_add(1, Ordering::Relaxed);
    }

    fn loads(&self) -> u64 {
        self.loads.load(Ordering::Relaxed)
    }

    async fn ask(&self) -> u64 {
        let (source, loads) = (self.source.clone(), self.loads.clone());
        let load = || async move {
            loads.fetch_add(1, Ordering::Relaxed);
            source.load(Ordering::Relaxed)
        };
        let policy = Policy::ttl(100 * SECOND).jitter(0.0).tag("numbers");
        let ask = self.cache.get_or_load("key", policy, load);
        *self.recorder.scope(Label::job("ask")).run(ask).await.0.expect("loaded")
    }

    /// Asks once, and waits until an audit of that must have ended.
    async fn ask_and_wait(&self) -> u64 {
        let value = self.ask().await;
        sleep(2 * SECOND).await;
        value
    }

    fn seen(&self) -> Audits {
        let mut caches = self.recorder.snapshot().caches;
        caches.remove(0).state.expect("it has loaded").audits.expect("hits are audited")
    }
}

#[tokio::test(start_paused = true)]
async fn a_hit_that_served_what_has_changed_is_stale_and_goes_on_to_be_served() {
    let audited = Audited::new().await;
    assert_eq!(audited.ask_and_wait().await, 0);
    assert_eq!(audited.seen(), Audits::new((1, 0), (0, 0), 0));
    audited.change();
    assert_eq!(audited.ask_and_wait().await, 0);
    assert_eq!(audited.ask().await, 0, "what an audit has loaded is dropped");
    assert_eq!(audited.seen(), Audits::new((2, 1), (0, 0), 0));
}

#[tokio::test(start_paused = true)]
async fn hits_in_the_second_half_of_the_ttl_are_counted_apart() {
    let audited = Audited::new().await;
    advance(48 * SECOND).await;
    audited.ask_and_wait().await;
    audited.change();
    audited.ask_and_wait().await;
    assert_eq!(audited.seen(), Audits::new((1, 0), (1, 1), 0));
}

#[tokio::test(start_paused = true)]
async fn a_value_that_is_invalidated_soon_after_its_source_has_changed_was_not_stale() {
    let audited = Audited::new().await;
    for way in 0..3 {
        audited.change();
        audited.ask().await;
        sleep(SECOND / 2).await;
        match way {
            0 => audited.cache.invalidate("key").await,
            1 => audited.cache.invalidate_tag("numbers").await,
            _ => audited.cache.invalidate_all().await,
        }
        sleep(2 * SECOND).await;
        // Comes anew, and is no hit.
        audited.ask().await;
    }
    assert_eq!(audited.loads(), 4 + 3, "each was audited");
    assert_eq!(audited.seen(), Audits::default());
}

#[tokio::test(start_paused = true)]
async fn without_an_audit_a_hit_runs_no_loader_and_tells_no_audits() {
    let audited = Audited::of(Cache::builder()).await;
    for _ in 0..10 {
        audited.ask_and_wait().await;
    }
    assert_eq!(audited.loads(), 1);
    let state = audited.recorder.snapshot().caches.remove(0).state.expect("it has loaded");
    assert_eq!(state.audits, None);
}

#[tokio::test(start_paused = true)]
async fn a_hundred_thousand_hits_in_a_second_are_ten_audits() {
    let audited = Audited::new().await;
    for _ in 0..1_000 {
        for _ in 0..100 {
            audited.ask().await;
        }
        sleep(SECOND / 1_000).await;
    }
    let audits = audited.loads() - 1;
    assert!((9..=11).contains(&audits), "{audits}");
}

#[tokio::test(start_paused = true)]
async fn a_share_of_the_keys_is_audited() {
    let loads: Arc<AtomicU64> = Arc::default();
    let Audited { cache, recorder, .. } = &Audited::of(Cache::builder().audit(0.25)).await;
    let ask = async {
        for _ in 0..2 {
            for number in 0..400 {
                let (key, loads) = (format!("{number}"), loads.clone());
                let load = || async move { loads.fetch_add(1, Ordering::Relaxed) };
                cache.get_or_load(&key, 60 * MINUTE, load).await.expect("loaded");
                sleep(SECOND).await;
            }
        }
    };
    recorder.scope(Label::job("ask")).run(ask).await;
    let audits = loads.load(Ordering::Relaxed) - 400;
    assert!((60..140).contains(&audits), "{audits}");
}

/// A cache with one value, and what its audits came to when this loader was run for a hit on it.
async fn audit_of<L>(policy: Policy, load: impl FnOnce() -> L + Send + 'static) -> Audits
where
    L: Future<Output = Result<Loaded<u64>, &'static str>> + Send + 'static,
{
    let Audited { cache, recorder, .. } = &Audited::new().await;
    let ask = async {
        cache.insert("other", 7_u64, policy.clone()).await;
        let served = cache.load_with("other", policy, |_| load()).await;
        assert_eq!(served.ok().flatten().as_deref(), Some(&7), "whatever the loader does");
        sleep(MINUTE).await;
    };
    recorder.scope(Label::job("ask")).run(ask).await;
    let mut caches = recorder.snapshot().caches;
    caches.remove(0).state.expect("it has loaded").audits.expect("hits are audited")
}

fn hour() -> Policy {
    Policy::ttl(60 * MINUTE)
}

#[tokio::test(start_paused = true)]
async fn a_loader_that_fails_panics_or_hangs_is_a_failed_audit_and_hurts_no_hit() {
    let failed = Audits::new((0, 0), (0, 0), 1);
    assert_eq!(audit_of(hour(), || async { Err("closed") }).await, failed);
    assert_eq!(audit_of(hour(), || async { panic!("no leaves") }).await, failed);
    assert_eq!(audit_of(hour(), pending).await, failed, "it is given 30 s");
    let limited = hour().hard_timeout(SECOND);
    assert_eq!(audit_of(limited, pending).await, failed);
}

#[tokio::test(start_paused = true)]
async fn a_value_that_is_no_longer_there_was_served_stale() {
    let stale = Audits::new((1, 1), (0, 0), 0);
    assert_eq!(audit_of(hour(), || async { Ok(Loaded::absent()) }).await, stale);
    assert_eq!(audit_of(hour(), || async { Ok(Loaded::value(8)) }).await, stale);
    let same = Audits::new((1, 0), (0, 0), 0);
    assert_eq!(audit_of(hour(), || async { Ok(Loaded::value(7)) }).await, same);
}

#[tokio::test(start_paused = true)]
async fn while_one_audit_runs_no_other_begins() {
    let Audited { cache, .. } = &Audited::new().await;
    cache.insert("slow", 1_u8, hour()).await;
    let begun: Arc<AtomicU64> = Arc::default();
    for _ in 0..20 {
        let begun = begun.clone();
        let load = |_| async move {
            begun.fetch_add(1, Ordering::Relaxed);
            sleep(10 * SECOND).await;
            Ok::<_, Infallible>(Loaded::value(1_u8))
        };
        cache.load_with("slow", hour(), load).await.expect("a hit");
        sleep(SECOND).await;
    }
    assert_eq!(begun.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn what_an_audit_does_is_no_part_of_the_scope_whose_hit_it_audits() {
    let Audited { cache, recorder, .. } = &Audited::new().await;
    let name = Name::new("asked by the loader");
    let event = name.clone();
    let work = async {
        cache.insert("other", 7_u64, hour()).await;
        let load = || async move {
            CacheEvent::new(&event, CacheTier::Local, CacheOutcome::Hit).record();
            7_u64
        };
        cache.get_or_load("other", hour(), load).await.expect("a hit");
        sleep(SECOND).await;
    };
    recorder.scope(Label::job("ask")).run(work).await;
    let caches = recorder.snapshot().caches;
    assert!(caches.iter().all(|cache| cache.cache != name.as_str()), "{caches:?}");
    let loads: u64 = caches.iter().map(|cache| cache.loader.hits).sum();
    assert_eq!(loads, 1, "an audit is no load");
}

#[test]
fn a_hit_outside_a_runtime_is_served_and_not_audited() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let cache = runtime.block_on(Cache::builder().audit(1.0).build()).expect("valid");
    runtime.block_on(cache.insert("key", 1_u8, hour()));
    let ask = cache.get_or_load("key", hour(), || async { 2_u8 });
    let mut ask = std::pin::pin!(ask);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(value) = ask.as_mut().poll(&mut context) else {
        panic!("a hit waits for nothing")
    };
    assert_eq!(*value.expect("a hit"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_source_that_changes_and_is_not_invalidated_becomes_a_finding() {
    let audited = Audited::new().await;
    for _ in 0..10 {
        // A quarter into the ttl of 100 s it changes.
        for asked in 0..24 {
            if asked == 6 {
                audited.change();
            }
            sleep(2 * SECOND).await;
            audited.ask_and_wait().await;
        }
        sleep(10 * SECOND).await;
        audited.ask().await;
    }
    let findings = audited.recorder.snapshot().findings;
    let kinds: Vec<FindingKind> = findings.iter().map(|finding| finding.kind).collect();
    assert_eq!(kinds, [FindingKind::TtlTooLong], "{findings:?}");
}

#[test]
fn values_that_came_from_another_process_are_audited_and_its_invalidations_are_heard() {
    testing::run(7, |world| async move {
        let nodes = [world.node("shop").audit(1.0), world.node("office")];
        let [shop, office] = nodes.map(CacheBuilder::build);
        let (shop, office) = (shop.await.expect("valid"), office.await.expect("valid"));
        let recorder = Recorder::builder().build();
        let ask = async {
            for key in ["kept", "invalidated"] {
                office.insert(key, 1_u8, hour()).await;
                for _ in 0..2 {
                    // Comes from the store, and is a hit after that.
                    let asked = shop.get_or_load(key, hour(), || async { 2_u8 }).await;
                    assert_eq!(asked.as_deref().ok(), Some(&1));
                }
                sleep(SECOND / 2).await;
                if key == "invalidated" {
                    office.invalidate(key).await;
                }
                sleep(2 * SECOND).await;
            }
            // A load, so that the recorder knows the cache.
            shop.insert("other", 1_u8, hour()).await;
        };
        recorder.scope(Label::job("ask")).run(ask).await;
        let caches = recorder.snapshot().caches;
        let seen = caches.iter().find_map(|cache| cache.state.as_ref()?.audits);
        assert_eq!(seen, Some(Audits::new((1, 1), (0, 0), 0)), "{caches:?}");
    });
}

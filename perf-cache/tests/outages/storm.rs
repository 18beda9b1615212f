use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use perf_cache::{Cache, Policy};
use tokio::task::JoinSet;

const KEYS: usize = 16;
const BOUND: Duration = Duration::from_secs(1);
/// Many times what the limits allow: a busy machine is no failure.
const HANGS: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(40);

/// What the database says, and what somebody was promised not to be told any more.
#[derive(Default)]
struct Truth {
    now: [AtomicU64; KEYS],
    promised: [AtomicU64; KEYS],
    calls: AtomicU64,
    is_over: AtomicBool,
}

pub(crate) struct Storm {
    invalidating: Cache,
    other: Cache,
    truth: Arc<Truth>,
    running: JoinSet<()>,
}

impl Storm {
    /// Begins. The two addresses lead to the same Redis.
    pub(crate) async fn over(url: &str, other: &str) -> Self {
        let build = async |url: &str| {
            let cache = Cache::builder().name("storm").redis(url).staleness_bound(BOUND);
            cache.build().await.expect("Redis answers")
        };
        let (invalidating, other) = (build(url).await, build(other).await);
        let truth = Arc::new(Truth::default());
        let mut running = JoinSet::new();
        running.spawn(write(invalidating.clone(), truth.clone()));
        for _ in 0..3 {
            running.spawn(read(invalidating.clone(), truth.clone(), true));
            running.spawn(read(other.clone(), truth.clone(), false));
        }
        Self { invalidating, other, truth, running }
    }

    /// Lets it blow for a while.
    pub(crate) async fn blow(&self, milliseconds: u64) {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }

    /// All is well again: stops, and sees that both processes come to read the newest values.
    pub(crate) async fn calm_down(mut self) {
        self.truth.is_over.store(true, Ordering::SeqCst);
        while let Some(ended) = self.running.join_next().await {
            ended.expect("no promise was broken");
        }
        let calm = Instant::now();
        for (name, cache) in [("invalidating", &self.invalidating), ("other", &self.other)] {
            for key in 0..KEYS {
                let newest = self.truth.now[key].load(Ordering::SeqCst);
                while ask(cache, &self.truth, key).await != newest {
                    assert!(
                        calm.elapsed() < PATIENCE,
                        "the {name} process still reads an old value"
                    );
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
        }
        // Redis is used again: what one process inserts the other one finds there.
        let mut attempt = 0;
        loop {
            attempt += 1;
            let key = format!("after {attempt}");
            self.invalidating.insert(&key, 7_u64, Duration::from_secs(60)).await;
            if self.other.get::<u64>(&key).await.is_some() {
                break;
            }
            assert!(calm.elapsed() < PATIENCE, "Redis is not used again");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let calls = self.truth.calls.load(Ordering::SeqCst);
        println!("{calls} calls, calm after {:?}", calm.elapsed());
    }
}

async fn write(cache: Cache, truth: Arc<Truth>) {
    for round in 0_usize.. {
        if truth.is_over.load(Ordering::SeqCst) {
            return;
        }
        let key = round % KEYS;
        let number = truth.now[key].fetch_add(1, Ordering::SeqCst) + 1;
        let started = Instant::now();
        match round % 5 {
            0 => cache.invalidate_tag(&format!("tag {key}")).await,
            1 => cache.invalidate_matching(format!("key:{key}:*").as_str()).await,
            _ => cache.invalidate(&format!("key:{key}:x")).await,
        }
        assert!(started.elapsed() < HANGS, "an invalidation took {:?}", started.elapsed());
        truth.promised[key].fetch_max(number, Ordering::SeqCst);
        truth.calls.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

async fn read(cache: Cache, truth: Arc<Truth>, is_promised: bool) {
    for round in 0_usize.. {
        if truth.is_over.load(Ordering::SeqCst) {
            return;
        }
        let key = (round * 7) % KEYS;
        let oldest = truth.promised[key].load(Ordering::SeqCst);
        let started = Instant::now();
        let value = ask(&cache, &truth, key).await;
        assert!(started.elapsed() < HANGS, "a look-up took {:?}", started.elapsed());
        assert!(!is_promised || value >= oldest, "{value} was served after {oldest} was promised");
        truth.calls.fetch_add(1, Ordering::SeqCst);
        tokio::task::yield_now().await;
        if round % 64 == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

async fn ask(cache: &Cache, truth: &Arc<Truth>, key: usize) -> u64 {
    let policy = Policy::ttl(Duration::from_secs(60)).tag(format!("tag {key}"));
    let source = truth.clone();
    let load = move || async move {
        let value = source.now[key].load(Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(1)).await;
        value
    };
    let loaded = cache.get_or_load(&format!("key:{key}:x"), policy, load).await;
    *loaded.expect("an outage is no error")
}

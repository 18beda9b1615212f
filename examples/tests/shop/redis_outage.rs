//! Redis is killed while the shop is busy: no request fails, nobody is told an old price, and the
//! cache is worth its memory again afterwards.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use testbed::Redis;

use crate::service::{Shop, Tried};

const PRODUCTS: usize = 40;

/// How often a product was asked for, and how often the database had to be.
fn look_ups_and_loads(shop: &Shop) -> Tried<(u64, u64)> {
    let page = shop.get("/metrics")?;
    let sum = |tier: &str, results: &[&str]| {
        let of_tier = |line: &&str| {
            line.starts_with("perf_cache_requests_total{")
                && line.contains(&format!("cache_tier=\"{tier}\""))
                && results.iter().any(|result| line.contains(&format!("result=\"{result}\"")))
        };
        let values = page.lines().filter(of_tier).filter_map(|line| line.split(' ').nth(1));
        values.filter_map(|value| value.parse::<f64>().ok()).sum::<f64>() as u64
    };
    Ok((sum("local", &["hit", "miss"]), sum("loader", &["hit"])))
}

/// The share of look-ups in half a second that needed no load.
fn hit_rate(shop: &Shop) -> Tried<f64> {
    let (asked, loaded) = look_ups_and_loads(shop)?;
    sleep(Duration::from_millis(500));
    let (asked_then, loaded_then) = look_ups_and_loads(shop)?;
    let (asked, loaded) = (asked_then - asked, loaded_then - loaded);
    Ok(1.0 - loaded as f64 / asked.max(1) as f64)
}

/// The prices that nobody may be told less than, and what went wrong.
struct Watch {
    prices: Vec<AtomicU64>,
    requests: AtomicU64,
    failed: AtomicU64,
    stale: AtomicU64,
    is_over: AtomicBool,
}

impl Watch {
    fn new() -> Self {
        Self {
            prices: (0..PRODUCTS).map(|_| AtomicU64::new(0)).collect(),
            requests: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            stale: AtomicU64::new(0),
            is_over: AtomicBool::new(false),
        }
    }

    fn goes_on(&self) -> bool {
        !self.is_over.load(Ordering::SeqCst)
    }

    fn read(&self, agent: &ureq::Agent, address: &str, product: usize) {
        let price = &self.prices[product - 1];
        let oldest = price.load(Ordering::SeqCst);
        self.requests.fetch_add(1, Ordering::SeqCst);
        let told = || -> Tried<u64> {
            let mut answer = agent.get(format!("{address}/products/{product}")).call()?;
            let page: serde_json::Value =
                serde_json::from_str(&answer.body_mut().read_to_string()?)?;
            page["price_cents"].as_u64().ok_or_else(|| "no price".into())
        };
        match told() {
            Ok(price) if price >= oldest => {}
            Ok(_) => _ = self.stale.fetch_add(1, Ordering::SeqCst),
            Err(_) => _ = self.failed.fetch_add(1, Ordering::SeqCst),
        }
    }

    /// Prices only rise, so that an old one is known by being lower.
    fn write(&self, agent: &ureq::Agent, address: &str, product: usize, price: u64) {
        self.requests.fetch_add(1, Ordering::SeqCst);
        let url = format!("{address}/products/{product}/price/{price}");
        match agent.put(url).send_empty() {
            Ok(_) => self.prices[product - 1].store(price, Ordering::SeqCst),
            Err(_) => _ = self.failed.fetch_add(1, Ordering::SeqCst),
        }
    }
}

#[test]
fn a_redis_that_is_killed_under_load_fails_no_request_and_brings_no_old_price_back() -> Tried {
    let database = testbed::database();
    let mut redis = Redis::start()?;
    let shop = Shop::open(database.url(), &[], &redis.url())?;
    let watch = Watch::new();
    thread::scope(|threads| {
        for reader in 0..3 {
            let (watch, address) = (&watch, shop.address());
            threads.spawn(move || {
                let agent = ureq::Agent::new_with_defaults();
                let mut next = reader;
                while watch.goes_on() {
                    next = (next * 31 + 7) % 1_009;
                    watch.read(&agent, address, 1 + next % PRODUCTS);
                }
            });
        }
        let (watch, address) = (&watch, shop.address());
        threads.spawn(move || {
            let agent = ureq::Agent::new_with_defaults();
            for price in 1_000_000.. {
                if !watch.goes_on() {
                    return;
                }
                watch.write(&agent, address, 1 + price as usize % PRODUCTS, price);
                sleep(Duration::from_millis(20));
            }
        });
        let mut outage = || -> Tried {
            sleep(Duration::from_secs(1));
            let before = hit_rate(&shop)?;
            redis.stop()?;
            let during = hit_rate(&shop)?;
            sleep(Duration::from_secs(1));
            redis.restart()?;
            let since = Instant::now();
            let after = loop {
                let now = hit_rate(&shop)?;
                if now >= 0.95 * before && since.elapsed() > Duration::from_secs(3) {
                    break now;
                }
                assert!(since.elapsed() < Duration::from_secs(30), "{now} instead of {before}");
            };
            println!(
                "hit rate {before:.3} before, {during:.3} without Redis, {after:.3} again; \
                 {} requests, {} failed, {} stale",
                watch.requests.load(Ordering::SeqCst),
                watch.failed.load(Ordering::SeqCst),
                watch.stale.load(Ordering::SeqCst),
            );
            Ok(())
        };
        let told = outage().map_err(|error| error.to_string());
        watch.is_over.store(true, Ordering::SeqCst);
        told
    })?;
    assert_eq!(watch.failed.load(Ordering::SeqCst), 0, "no request fails");
    assert_eq!(watch.stale.load(Ordering::SeqCst), 0, "nobody is told an old price");
    // The shop writes to Redis again.
    assert_ne!(redis.command(&["DBSIZE"])?, "0");
    Ok(())
}

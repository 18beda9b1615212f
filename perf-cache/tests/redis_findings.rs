//! What a Redis tells of its policy and its memory becomes a finding.

use std::time::{Duration, Instant};

use perf_cache::Cache;
use perf_core::finding::Severity;
use perf_core::recorder::RedisNode;
use perf_core::{Finding, Label, Recorder};
use testbed::Redis;

const MINUTE: Duration = Duration::from_secs(60);

/// A cache that the recorder knows.
async fn cache(url: &str, recorder: &Recorder) -> Cache {
    let limit = Duration::from_secs(10);
    let builder = Cache::builder().name("shop").redis(url).redis_time_limit(limit);
    let cache = builder.build().await.expect("Redis answers");
    recorder.scope(Label::job("ask")).run(cache.get::<u8>("secret key")).await;
    cache
}

fn nodes(recorder: &Recorder) -> Vec<RedisNode> {
    recorder.snapshot().caches.remove(0).state.expect("the cache has told it").redis
}

/// Waits until Redis has told what it is asked in the background.
async fn until_told(recorder: &Recorder, is_so: impl Fn(&[RedisNode]) -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !is_so(&nodes(recorder)) {
        assert!(Instant::now() < deadline, "{:?}", nodes(recorder));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn finding(recorder: &Recorder, key: &str) -> Finding {
    let findings = recorder.snapshot().findings;
    let found = findings.iter().find(|finding| finding.key == key);
    found.unwrap_or_else(|| panic!("{key}: {findings:?}")).clone()
}

#[tokio::test]
async fn a_redis_that_will_refuse_writes_is_a_warning_and_critical_when_it_is_nearly_full() {
    let settings = [("maxmemory", "16mb"), ("maxmemory-policy", "noeviction")];
    let redis = Redis::start_with(&settings).expect("redis-server is installed");
    let key = "redis_eviction_policy:shop";

    let recorder = Recorder::builder().build();
    let _cache = cache(&redis.url(), &recorder).await;
    until_told(&recorder, |nodes| nodes.len() == 1).await;
    assert_eq!(finding(&recorder, key).severity, Severity::Warning);

    // 64 KiB each, with what Redis has beside it.
    let value = "x".repeat(60 << 10);
    for number in 0..230 {
        redis.command(&["SET", &format!("other {number}"), &value]).expect("there is room");
    }
    let recorder = Recorder::builder().build();
    let _cache = cache(&redis.url(), &recorder).await;
    until_told(&recorder, |nodes| nodes.len() == 1).await;
    let found = finding(&recorder, key);
    assert_eq!(found.severity, Severity::Critical, "{found}");
    let report = recorder.snapshot().to_string();
    assert!(report.contains("noeviction") && !report.contains("secret"), "{report}");
}

#[tokio::test]
async fn a_redis_that_evicts_is_found_with_how_much_it_evicts_in_a_minute() {
    let settings = [("maxmemory", "8mb"), ("maxmemory-policy", "allkeys-lru")];
    let redis = Redis::start_with(&settings).expect("redis-server is installed");
    let recorder = Recorder::builder().build();
    let _cache = cache(&redis.url(), &recorder).await;
    until_told(&recorder, |nodes| nodes.len() == 1).await;
    let before = finding(&recorder, "redis_eviction_policy:shop");
    assert_eq!(before.severity, Severity::Info, "nothing is evicted yet: {before}");

    let value = "x".repeat(16 << 10);
    for number in 0..2_000 {
        redis.command(&["SET", &format!("other {number}"), &value]).expect("it evicts");
    }
    // A channel that is opened again has the cache ask again, before the minute is over.
    redis.command(&["CLIENT", "KILL", "TYPE", "pubsub"]).expect("killed");
    until_told(&recorder, |nodes| {
        nodes.iter().any(|node| node.evicted_per_minute.is_some_and(|rate| rate >= 60.0))
    })
    .await;
    assert_eq!(finding(&recorder, "redis_eviction_policy:shop").severity, Severity::Warning);
    let evictions = finding(&recorder, "redis_memory:evictions:shop");
    assert!(evictions.remedy.advice.contains("more memory"), "{evictions}");
}

#[tokio::test]
async fn a_redis_that_keeps_it_to_itself_is_no_trouble_and_has_no_finding() {
    let redis = Redis::start().expect("redis-server is installed");
    let rights = ["ACL", "SETUSER", "me", "on", ">secret", "~*", "&*", "+@all", "-info"];
    redis.command(&rights).expect("a user");
    let recorder = Recorder::builder().build();
    let url = redis.url().replace("redis://", "redis://me:secret@");
    let cache = cache(&url, &recorder).await;
    cache.insert("a", 1_u8, MINUTE).await;
    assert_eq!(cache.get::<u8>("a").await.as_deref(), Some(&1));
    let asked = || redis.command(&["INFO", "commandstats"]).expect("it answers");
    let deadline = Instant::now() + Duration::from_secs(30);
    while !asked().contains("cmdstat_info:calls=") || !asked().contains("rejected_calls=1") {
        assert!(Instant::now() < deadline, "{}", asked());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(nodes(&recorder), []);
    assert_eq!(recorder.snapshot().findings.len(), 0);
}

#[cfg(feature = "cluster")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_cluster_the_node_is_told_that_is_worst() {
    let cluster = testbed::RedisCluster::start().expect("redis-server is installed");
    for (node, limit) in [(0, "1gb"), (1, "8mb"), (2, "2gb")] {
        cluster.command_on(node, &["CONFIG", "SET", "maxmemory", limit]).expect("a limit");
    }
    let recorder = Recorder::builder().build();
    let _cache = cache(&cluster.url(), &recorder).await;
    until_told(&recorder, |nodes| nodes.len() == 3).await;
    let found = finding(&recorder, "redis_eviction_policy:shop");
    assert_eq!(found.evidence[0].label, "server");
    let address = format!("127.0.0.1:{}", cluster.ports()[1]);
    assert_eq!(found.evidence[0].value, address, "{found}");
}

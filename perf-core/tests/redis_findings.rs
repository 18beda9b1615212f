//! What is wrong with the Redis behind a cache is told, of the node for which it is worst.

use std::sync::{Arc, Weak};
use std::time::Duration;

use perf_core::finding::Severity;
use perf_core::recorder::{CacheState, RedisNode, TellState, register_cache};
use perf_core::{CacheEvent, CacheOutcome, CacheTier, Finding, FindingKind, Label, Name, Recorder};

const MIB: u64 = 1 << 20;

struct Nodes(Vec<RedisNode>);

impl TellState for Nodes {
    fn state(&self) -> CacheState {
        CacheState::new(0, 0, MIB).redis(self.0.clone())
    }
}

/// One with nothing to find.
fn node() -> RedisNode {
    let mut node = RedisNode::default();
    (node.used_bytes, node.max_bytes, node.resident_bytes) = (100 * MIB, 200 * MIB, 110 * MIB);
    node.system_bytes = 1_000 * MIB;
    node.eviction_policy = "volatile-lru".to_owned();
    node.evicted_per_minute = Some(0.0);
    node
}

fn with(change: impl FnOnce(&mut RedisNode)) -> RedisNode {
    let mut node = node();
    change(&mut node);
    node
}

fn found_after(nodes: Vec<RedisNode>, work: impl FnOnce()) -> Vec<Finding> {
    let recorder = Recorder::builder().build();
    let nodes = Arc::new(Nodes(nodes));
    let told: Weak<Nodes> = Arc::downgrade(&nodes);
    recorder.scope(Label::job("ask")).run_sync(|| {
        register_cache(&Name::new("prices"), told);
        work();
    });
    recorder.snapshot().findings
}

fn found(nodes: Vec<RedisNode>) -> Vec<Finding> {
    found_after(nodes, || ())
}

fn the_only(nodes: Vec<RedisNode>) -> Finding {
    let mut findings = found(nodes);
    assert_eq!(findings.len(), 1, "{findings:?}");
    findings.remove(0)
}

fn values(finding: &Finding) -> Vec<&str> {
    finding.evidence.iter().map(|seen| &*seen.value).collect()
}

#[test]
fn a_redis_that_is_as_it_should_be_and_one_that_tells_nothing_have_no_finding() {
    assert_eq!(found(vec![node()]).len(), 0);
    assert_eq!(found(vec![with(|node| node.eviction_policy = "volatile-lfu".to_owned())]).len(), 0);
    assert_eq!(found(vec![with(|node| node.eviction_policy = "of tomorrow".to_owned())]).len(), 0);
    assert_eq!(found(Vec::new()).len(), 0);
}

#[test]
fn a_policy_weighs_more_the_nearer_it_is_to_doing_harm() {
    let used = |share: u64| move |node: &mut RedisNode| node.used_bytes = 2 * share * MIB;
    for (policy, share, rate, severity) in [
        ("noeviction", 10, 0.0, Severity::Warning),
        ("noeviction", 90, 0.0, Severity::Critical),
        ("allkeys-lru", 89, 0.0, Severity::Info),
        ("allkeys-lfu", 90, 0.0, Severity::Warning),
        ("allkeys-random", 50, 1.0, Severity::Warning),
        ("volatile-ttl", 10, 0.0, Severity::Info),
        ("volatile-random", 95, 0.0, Severity::Warning),
    ] {
        let finding = the_only(vec![with(|node| {
            used(share)(node);
            node.resident_bytes = node.used_bytes;
            node.eviction_policy = policy.to_owned();
            node.evicted_per_minute = Some(rate);
        })]);
        assert_eq!(finding.kind, FindingKind::RedisEvictionPolicy);
        assert_eq!(finding.key, "redis_eviction_policy:prices");
        assert_eq!(finding.severity, severity, "{policy} {share} {rate}");
        assert!(finding.remedy.advice.contains("volatile-lru"), "{finding}");
        let used = perf_core::units::bytes(2 * share * MIB);
        let used = format!("{used}, {share} % of maxmemory (200.0 MiB)");
        assert_eq!(values(&finding), [policy, &used, &format!("{rate:.0}")]);
    }
}

#[test]
fn a_redis_without_a_limit_is_told_whatever_its_policy_and_is_critical_when_its_machine_is_full() {
    for (used, severity) in [(100, Severity::Info), (900, Severity::Critical)] {
        let finding = the_only(vec![with(|node| {
            (node.max_bytes, node.used_bytes, node.resident_bytes) = (0, used * MIB, used * MIB);
            node.eviction_policy = "noeviction".to_owned();
        })]);
        assert_eq!((finding.kind, finding.severity), (FindingKind::RedisMemory, severity));
        assert_eq!(finding.key, "redis_memory:no limit:prices");
        let share = format!("{used}.0 MiB, {} % of its machine (1000.0 MiB)", used / 10);
        assert_eq!(values(&finding), [share]);
    }
    let unknown = the_only(vec![with(|node| (node.max_bytes, node.system_bytes) = (0, 0))]);
    assert_eq!((unknown.severity, values(&unknown)), (Severity::Info, vec!["100.0 MiB"]));
}

#[test]
fn many_evictions_of_a_full_redis_cost_the_loads_of_what_was_missed() {
    let evicting = |rate, used| {
        with(move |node| {
            (node.evicted_per_minute, node.used_bytes) = (Some(rate), used * MIB);
            node.resident_bytes = node.used_bytes;
            (node.keyspace_hits, node.keyspace_misses) = (3, 1);
        })
    };
    assert_eq!(found(vec![evicting(59.0, 200), evicting(1e6, 179)]).len(), 0);
    let ten = Duration::from_millis(10);
    let findings = found_after(vec![evicting(1e9, 200)], || {
        let name = Name::new("prices");
        for _ in 0..50 {
            CacheEvent::new(&name, CacheTier::Remote, CacheOutcome::Miss).duration(ten).record();
            CacheEvent::new(&name, CacheTier::Loader, CacheOutcome::Hit).duration(ten).record();
        }
    });
    let [finding] = &findings[..] else { panic!("{findings:?}") };
    assert_eq!(finding.key, "redis_memory:evictions:prices");
    assert_eq!(
        values(finding),
        ["200.0 MiB, 100 % of maxmemory (200.0 MiB)", "1000000000", "3 of 4"]
    );
    // 50 loads of 10 ms in far less than a minute.
    assert!(finding.impact.per_minute >= Duration::from_millis(500), "{finding}");
}

#[test]
fn memory_in_pieces_and_memory_that_is_swapped_out_are_told_when_they_are_more_than_a_trifle() {
    let resident = |used, resident| {
        with(move |node| {
            (node.used_bytes, node.resident_bytes) = (used * MIB, resident * MIB);
        })
    };
    let fine = [(20, 30), (100, 140), (40, 31), (100, 80), (100, 0)];
    for (used, there) in fine {
        assert_eq!(found(vec![resident(used, there)]).len(), 0, "{used} {there}");
    }
    let pieces = the_only(vec![resident(100, 141)]);
    assert_eq!(
        (&*pieces.key, pieces.severity),
        ("redis_memory:fragmentation:prices", Severity::Info)
    );
    let resident_evidence = "141.0 MiB, 1.41 x used";
    assert_eq!(values(&pieces), ["100.0 MiB, 50 % of maxmemory (200.0 MiB)", resident_evidence]);
    let swapped = the_only(vec![resident(100, 79)]);
    assert_eq!(
        (&*swapped.key, swapped.severity),
        ("redis_memory:swapped out:prices", Severity::Warning)
    );
    assert_eq!(values(&swapped)[1], "79.0 MiB, 0.79 x used");
}

#[test]
fn of_a_cluster_the_worst_node_is_told_by_its_address() {
    let at = |port: u16, used| {
        with(move |node| {
            node.address = Some(format!("10.0.0.1:{port}"));
            node.eviction_policy = "noeviction".to_owned();
            (node.used_bytes, node.resident_bytes) = (used * MIB, used * MIB);
        })
    };
    let finding = the_only(vec![at(1, 20), at(2, 190), at(3, 40)]);
    assert_eq!((values(&finding)[0], finding.severity), ("10.0.0.1:2", Severity::Critical));
    assert!(finding.to_string().contains("costs no time so far"), "{finding}");
}

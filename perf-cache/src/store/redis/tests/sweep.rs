//! Whether a sweep removes all that match, and nothing else.

use std::collections::BTreeSet;

use redis::AsyncCommands as _;

use super::*;
use crate::store::{Store as _, Sweep};

async fn fill(server: &Redis, prefix: &str, keys: u32) {
    let mut fill = redis::cmd("EVAL");
    fill.arg("for i = 1, tonumber(ARGV[2]) do redis.call('SET', ARGV[1] .. i .. ':name', 'x') end");
    fill.arg(0).arg(prefix).arg(keys);
    fill.exec_async(&mut other(server).await).await.expect("keys");
}

async fn keys(server: &Redis, glob: &str) -> BTreeSet<Vec<u8>> {
    other(server).await.keys(glob).await.expect("all keys")
}

async fn sweep_all(store: &RedisStore, pattern: &str, limit: usize) -> (u64, usize) {
    let (mut sweep, mut steps) = (Sweep::default(), 0);
    for _ in 0..1000 {
        sweep = store.sweep(pattern, sweep, limit).await.expect("a step");
        steps += 1;
        assert!(sweep.begun);
        if sweep.cursors.is_empty() {
            return (sweep.removed, steps);
        }
    }
    panic!("a sweep that does not end: {sweep:?}");
}

#[tokio::test]
async fn fifty_thousand_keys_are_swept_in_steps_of_those_that_match() {
    let server = server();
    let store = store(&server).await;
    fill(&server, "shop:user:", 50_000).await;
    fill(&server, "shop:cart:", 5_000).await;
    fill(&server, "@shop:user:", 100).await;
    fill(&server, "shopping:user:", 100).await;
    fill(&server, "user:", 100).await;
    let all = keys(&server, "*").await;
    let matching = keys(&server, "shop:user:*[02468]:n?me").await;
    assert_eq!(matching.len(), 25_000);
    let (removed, steps) = sweep_all(&store, "user:*[02468]:n?me", 2_000).await;
    assert_eq!(removed, 25_000);
    assert!(steps > 10, "{steps} steps of 2000 keys");
    let left = keys(&server, "*").await;
    assert!(left == all.difference(&matching).cloned().collect(), "others were removed as well");
}

#[tokio::test]
async fn a_sweep_of_everything_leaves_other_prefixes_and_the_caches_own_keys() {
    let server = server();
    let prefixes =
        ["*", "a*", "a?", "[ab]", "a\\", "^", "a-z", "a", "[", "]", "\\", "", "a b", "ä"];
    for prefix in prefixes {
        fill(&server, &format!("{prefix}:"), 20).await;
    }
    for prefix in prefixes {
        let settings = RedisSettings {
            prefix: prefix.to_owned(),
            tracking: false,
            ..RedisSettings::default()
        };
        let store = store_with(&server, settings).await;
        store.invalidate_matching("*", TICKET).await.expect("a rule");
        store.tags(&[crate::fence::TagId(1)], LONG).await.expect("a tag");
        let () = other(&server).await.del(store.names.probe()).await.expect("a deletion");
        let all = keys(&server, "*").await;
        let (removed, _) = sweep_all(&store, "*", 1000).await;
        let left = keys(&server, "*").await;
        let gone: BTreeSet<_> = all.difference(&left).cloned().collect();
        let expected: BTreeSet<_> =
            (1..=20).map(|key| format!("{prefix}:{key}:name").into_bytes()).collect();
        assert_eq!(gone, expected, "prefix {prefix:?}");
        assert_eq!(removed, 20, "prefix {prefix:?}");
    }
}

#[tokio::test]
async fn a_pattern_means_the_same_to_the_sweep_and_in_process() {
    let server = server();
    let store = store(&server).await;
    let mut other = other(&server).await;
    let names =
        ["", "a", "b", "ab", "a*", "[a]", "a-b", "^a", "\\", "a\\b", "]", "ä", "a\nb", "-", "z"];
    let patterns = [
        "*", "?", "", "a*", "*b", "[ab]", "[^ab]", "[a-c]", "[c-a]", "\\*", "a\\*", "[\\]]", "[",
        "[a", "\\", "a\\", "[]", "[^]", "[a-]", "??", "*\\\\*", "[^", "a[", "**", "-",
    ];
    for pattern in patterns {
        for name in names {
            let () = other.set(format!("shop:{name}"), "x").await.expect("a value");
        }
        sweep_all(&store, pattern, 100).await;
        for name in names {
            let left: bool = other.exists(format!("shop:{name}")).await.expect("an answer");
            let matches = crate::Pattern::new(pattern).matches(name);
            assert_eq!(left, !matches, "pattern {pattern:?}, key {name:?}");
        }
    }
}

#[tokio::test]
async fn a_sweep_begins_again_when_the_server_is_another_run() {
    let mut server = server();
    let store = store(&server).await;
    fill(&server, "shop:user:", 5_000).await;
    let half = store.sweep("user:*", Sweep::default(), 2_000).await.expect("a step");
    assert!(!half.cursors.is_empty() && half.removed < 5_000, "{half:?}");
    server.restart().expect("restarted");
    fill(&server, "shop:user:", 3_000).await;
    let mut sweep = half.clone();
    until(async || {
        // The first command may find the old connection.
        if let Ok(next) = store.sweep("user:*", sweep.clone(), 500).await {
            sweep = next;
        }
        sweep.cursors.is_empty()
    })
    .await;
    assert_eq!(sweep.removed, half.removed + 3_000);
    assert_eq!(store.sweep("user:*", sweep.clone(), 500).await.expect("a step"), sweep);
}

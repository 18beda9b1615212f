//! Whether versions only grow, and are kept for as long as they must be.

use std::collections::BTreeSet;

use redis::AsyncCommands as _;

use super::*;
use crate::fence::{Rule, TagId, Version};
use crate::store::{Store as _, TagState};

const SHORT: Duration = Duration::from_secs(30);

fn name(tag: TagId) -> String {
    format!("@shop:tag:{:016x}", tag.0)
}

async fn state(store: &RedisStore, tag: TagId, keep: Duration) -> TagState {
    store.tags(&[tag], keep).await.expect("a tag").remove(0)
}

async fn invalidate(store: &RedisStore, tag: TagId) -> Version {
    store.invalidate_tag(tag, LONG, TICKET).await.expect("a version")
}

#[tokio::test]
async fn versions_of_a_tag_grow_also_when_the_server_has_lost_it() {
    let server = server();
    let store = store(&server).await;
    let mut other = other(&server).await;
    let tag = TagId::of("products");
    let unused = state(&store, tag, LONG).await;
    assert_eq!(unused.invalidated, Version::default());
    assert_eq!(state(&store, tag, LONG).await, unused);
    let mut last = unused.current.version;
    for round in 0..50 {
        if round % 3 == 1 {
            let () = other.del(name(tag)).await.expect("a deletion");
        }
        if round % 3 == 2 {
            let () = other.del(name(tag)).await.expect("a deletion");
            let back = state(&store, tag, LONG).await;
            assert!(back.current.version > last, "{back:?} after {last:?}");
            last = back.current.version;
        }
        let next = invalidate(&store, tag).await;
        assert!(next > last, "{next:?} after {last:?}");
        let now = state(&store, tag, LONG).await;
        assert_eq!((now.current.version, now.invalidated), (next, next));
        last = next;
    }
}

#[tokio::test]
async fn a_clock_that_was_set_back_does_not_take_a_version_back() {
    let server = server();
    let store = store(&server).await;
    let mut other = other(&server).await;
    let tag = TagId::of("products");
    let far = 4_000_000_000_000_000_u64;
    let () = other.set(name(tag), format!("i{far}")).await.expect("a version of the future");
    assert_eq!(invalidate(&store, tag).await, Version(far + 1));
    let () = other.hset("@shop:world", "all", far).await.expect("a version of the future");
    assert_eq!(store.invalidate_all(TICKET).await.expect("a version"), Version(far + 1));
    let () = other.hset("@shop:world", "last", 2 * far).await.expect("a version of the future");
    assert_eq!(store.invalidate_all(TICKET).await.expect("a version"), Version(2 * far + 1));
    let rule = store.invalidate_matching("tea:*", TICKET).await.expect("a version");
    let next = store.invalidate_matching("tea:*", TICKET).await.expect("a version");
    assert!(next > rule);
}

#[tokio::test]
async fn the_life_of_a_tag_is_only_ever_lengthened() {
    let server = server();
    let store = store(&server).await;
    let mut other = other(&server).await;
    let tag = TagId::of("products");
    let mut asking = other.clone();
    let mut left = async || asking.pttl::<_, i64>(name(tag)).await.expect("a life");
    state(&store, tag, LONG).await;
    assert!(left().await > 60_000);
    state(&store, tag, SHORT).await;
    assert!(left().await > 30_000 + 15_000, "a shorter use has shortened it");
    store.invalidate_tag(tag, SHORT, TICKET).await.expect("a version");
    assert!(left().await > 30_000 + 15_000, "a shorter invalidation has shortened it");
    state(&store, tag, 10 * LONG).await;
    assert!(left().await > 500_000);
    store.invalidate_tag(tag, 100 * LONG, TICKET).await.expect("a version");
    assert!(left().await > 5_000_000);
    let () = other.persist(name(tag)).await.expect("a tag for ever");
    state(&store, tag, LONG).await;
    invalidate(&store, tag).await;
    assert_eq!(other.pttl::<_, i64>(name(tag)).await.expect("a life"), -1);
}

#[tokio::test]
async fn tags_are_told_in_the_order_they_are_asked_for() {
    let server = server();
    let store = store(&server).await;
    let tags: Vec<TagId> = (0..150).map(|tag| TagId::of(&format!("tag {tag}"))).collect();
    let version = invalidate(&store, tags[100]).await;
    let states = store.tags(&tags, LONG).await.expect("all tags");
    assert!(states.iter().map(|state| state.current.tag).eq(tags.iter().copied()));
    assert_eq!(states[100].invalidated, version);
    assert_eq!(states.iter().filter(|state| state.invalidated > Version(0)).count(), 1);
    assert_eq!(store.tags(&[], LONG).await.expect("no tags"), []);
}

#[tokio::test]
async fn the_world_is_what_was_invalidated_in_it() {
    let server = server();
    let store = store(&server).await;
    let born = store.world().await.expect("a world");
    assert!(born.all > Version(0) && born.now >= born.all, "{born:?}");
    assert_eq!((born.last_rule, born.rules.len()), (Version(0), 0));

    let tea = store.invalidate_matching("tea:*", TICKET).await.expect("a rule");
    let odd = store.invalidate_matching("a:b\n\0ä[*", TICKET).await.expect("a rule");
    let world = store.world().await.expect("a world");
    assert_eq!((world.all, world.last_rule), (born.all, odd));
    let rules = [
        Rule { version: tea, pattern: "tea:*".into() },
        Rule { version: odd, pattern: "a:b\n\0ä[*".into() },
    ];
    assert_eq!(world.rules, rules);

    store.retire(odd).await.expect("retired");
    let world = store.world().await.expect("a world");
    assert_eq!((world.last_rule, &world.rules[..]), (odd, &rules[..1]));

    let all = store.invalidate_all(TICKET).await.expect("a version");
    let world = store.world().await.expect("a world");
    assert!(all > odd);
    assert_eq!((world.all, world.last_rule, world.rules.len()), (all, odd, 0));
}

#[tokio::test]
async fn a_flushed_server_gives_a_new_version_to_the_cache_as_a_whole() {
    let server = server();
    let store = store(&server).await;
    let before = store.world().await.expect("a world");
    server.command(&["FLUSHALL"]).expect("flushed");
    assert!(store.world().await.expect("a world").all > before.all);
}

#[tokio::test]
async fn too_many_rules_become_one_version_for_all_keys() {
    let server = server();
    let store = store(&server).await;
    let before = store.world().await.expect("a world");
    let mut receiver = listening(&store).await;
    let mut versions = BTreeSet::new();
    for rule in 0..=crate::store::redis::versions::MAX_RULES {
        let pattern = format!("user:{rule}:*");
        versions.insert(store.invalidate_matching(&pattern, TICKET).await.expect("a rule"));
        let Heard::Notice(notice) = heard(&mut receiver).await else {
            panic!("the channel broke");
        };
        if let crate::store::Change::All(all) = notice.change {
            let world = store.world().await.expect("a world");
            assert_eq!(Some(&all), versions.last());
            assert!(all > before.all);
            assert_eq!((world.all, world.last_rule, world.rules.len()), (all, all, 0));
            return;
        }
    }
    panic!("there is no bound");
}

#[tokio::test]
async fn what_is_damaged_counts_as_lost() {
    let server = server();
    let store = store(&server).await;
    let mut other = other(&server).await;
    let tag = TagId::of("products");
    let before = invalidate(&store, tag).await;
    for damage in ["", "i", "x12", "i-5", "i1e9", "i99999999999999999999999", "i9007199254740992"] {
        let () = other.set(name(tag), damage).await.expect("damaged");
        assert!(state(&store, tag, LONG).await.current.version > before, "{damage}");
        let () = other.set(name(tag), damage).await.expect("damaged");
        assert!(invalidate(&store, tag).await > before, "{damage}");
    }
    let () = other.del(name(tag)).await.expect("a deletion");
    let () = other.rpush(name(tag), "a list").await.expect("a list");
    assert!(state(&store, tag, LONG).await.current.version > before);

    let world = store.world().await.expect("a world");
    let () = other.hset("@shop:world", "all", "nonsense").await.expect("damaged");
    let () = other.hset("@shop:world", "rule:nonsense", "*").await.expect("damaged");
    let () = other.hset("@shop:world", "rule:12", b"\xff\xfe").await.expect("damaged");
    assert!(store.world().await.expect("a world").all > world.all);
    let () = other.del("@shop:world").await.expect("a deletion");
    let () = other.rpush("@shop:world", "a list").await.expect("a list");
    assert!(store.world().await.expect("a world").all > world.all);
    assert!(store.invalidate_all(TICKET).await.expect("a version") > world.all);
}

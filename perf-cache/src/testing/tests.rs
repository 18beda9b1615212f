//! The contract of `Store`, sentence by sentence, and the faults.

use std::future::poll_fn;
use std::task::Poll;

use perf_core::sync::Arc;
use perf_core::time::Duration;
use tokio::sync::mpsc;
use tokio::time;

use super::link::Link;
use super::{Cut, Faults, World, run};
use crate::fence::{TagId, Version};
use crate::store::{
    Base, Change, Found, Generation, Heard, Lease, Notice, Store, StoreError, Sweep, Ticket,
};

const KEEP: Duration = Duration::from_secs(60);
const TEA: TagId = TagId(7);

fn ticket(number: u64) -> Ticket {
    Ticket { publisher: 1, number }
}

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Runs a test on the stores of two nodes.
fn with<F: Future>(test: impl FnOnce(World, Arc<Link>, Arc<Link>) -> F) {
    run(1, |world| {
        let (a, b) = (world.link("a"), world.link("b"));
        let testing = test(world, a, b);
        async move { _ = testing.await }
    });
}

async fn found(store: &Link, key: &str) -> Found {
    store.read(&[key]).await.expect("it answers").remove(0)
}

async fn lease(store: &Link, key: &str) -> (Generation, bool, Version) {
    match store.lease(key, KEEP).await.expect("it answers") {
        Lease::Load { generation, first, now } => (generation, first, now),
        Lease::Value(_) => panic!("there is no value"),
    }
}

async fn publish(store: &Link, key: &str, base: Base, bytes: &[u8]) -> bool {
    store.publish(key, &base, bytes, KEEP).await.expect("it answers")
}

/// Everything heard so far.
async fn heard(ear: &mut mpsc::Receiver<Heard>) -> Vec<Heard> {
    time::sleep(ms(1)).await;
    let mut list = Vec::new();
    while let Ok(heard) = ear.try_recv() {
        list.push(heard);
    }
    list
}

fn changes(heard: &[Heard]) -> Vec<Change> {
    let change = |heard: &Heard| match heard {
        Heard::Notice(notice) => Some(notice.change.clone()),
        _ => None,
    };
    heard.iter().filter_map(change).collect()
}

#[test]
fn reading_gives_what_is_there_in_the_order_of_the_keys() {
    with(async |_, a, b| {
        let (generation, ..) = lease(&a, "loading").await;
        let (other, ..) = lease(&a, "there").await;
        assert!(publish(&a, "there", Base::Placeholder(other), b"value").await);
        let found = b.read(&["there", "nothing", "loading"]).await.expect("it answers");
        let placeholder = Found::Placeholder(generation);
        assert_eq!(found, [Found::Value(b"value".to_vec()), Found::Nothing, placeholder]);
        assert_eq!(
            b.read_head("there", 3).await.expect("it answers").as_deref(),
            Some(&b"val"[..])
        );
        assert_eq!(b.read_head("nothing", 3).await.expect("it answers"), None);
    });
}

#[test]
fn a_lease_puts_one_placeholder_and_finds_it_until_its_time_is_over() {
    with(async |_, a, b| {
        let (first, is_first, now) = lease(&a, "tea").await;
        let (second, is_also_first, later) = lease(&b, "tea").await;
        assert_eq!((is_first, is_also_first, first), (true, false, second));
        assert!(later > now, "it gives the server's clock");
        time::sleep(KEEP).await;
        assert_eq!(found(&a, "tea").await, Found::Nothing);
        assert_ne!(lease(&a, "tea").await.0, first);
    });
}

#[test]
fn a_lease_of_a_key_with_a_value_gives_the_value() {
    with(async |_, a, b| {
        let (generation, ..) = lease(&a, "tea").await;
        publish(&a, "tea", Base::Placeholder(generation), b"green").await;
        let lease = b.lease("tea", KEEP).await.expect("it answers");
        assert_eq!(lease, Lease::Value(b"green".to_vec()));
    });
}

#[test]
fn a_value_gets_in_over_what_the_key_held_alone() {
    with(async |_, a, _| {
        assert!(!publish(&a, "tea", Base::Placeholder(Generation(1)), b"x").await, "nothing there");
        let (generation, ..) = lease(&a, "tea").await;
        assert!(!publish(&a, "tea", Base::Placeholder(Generation(1)), b"x").await, "another one");
        assert!(!publish(&a, "tea", Base::Value(Vec::new()), b"x").await, "no value");
        assert!(publish(&a, "tea", Base::Placeholder(generation), b"old").await);
        assert!(
            !publish(&a, "tea", Base::Placeholder(generation), b"x").await,
            "the first one does"
        );
        assert!(!publish(&a, "tea", Base::Value(b"other".to_vec()), b"x").await);
        assert!(publish(&a, "tea", Base::Value(b"old".to_vec()), b"new").await);
        assert_eq!(found(&a, "tea").await, Found::Value(b"new".to_vec()));
    });
}

#[test]
fn a_value_is_gone_when_its_time_is_over() {
    with(async |_, a, _| {
        let (generation, ..) = lease(&a, "tea").await;
        publish(&a, "tea", Base::Placeholder(generation), b"green").await;
        time::sleep(KEEP - ms(1)).await;
        assert_eq!(found(&a, "tea").await, Found::Value(b"green".to_vec()));
        time::sleep(ms(2)).await;
        assert_eq!(found(&a, "tea").await, Found::Nothing);
    });
}

#[test]
fn a_load_that_began_before_a_removal_or_a_reopening_stores_nothing() {
    with(async |_, a, b| {
        let (generation, ..) = lease(&a, "tea").await;
        b.remove("tea", ticket(1)).await.expect("it answers");
        assert!(!publish(&a, "tea", Base::Placeholder(generation), b"x").await);

        let (generation, ..) = lease(&a, "tea").await;
        let new = Generation::new();
        b.reopen("tea", new, KEEP, ticket(2)).await.expect("it answers");
        assert!(!publish(&a, "tea", Base::Placeholder(generation), b"x").await);
        assert!(publish(&b, "tea", Base::Placeholder(new), b"new").await);
        assert!(!publish(&a, "tea", Base::Value(b"old".to_vec()), b"x").await);
    });
}

#[test]
fn changes_are_told_to_everybody_and_fills_to_nobody() {
    with(async |_, a, b| {
        let (mut at_a, mut at_b) = (a.clone().listen(), b.clone().listen());
        assert_eq!(heard(&mut at_a).await, [Heard::Opened]);
        assert_eq!(heard(&mut at_b).await, [Heard::Opened]);
        let (generation, ..) = lease(&a, "tea").await;
        publish(&a, "tea", Base::Placeholder(generation), b"green").await;
        assert_eq!(heard(&mut at_b).await, []);

        a.reopen("tea", Generation(1), KEEP, ticket(1)).await.expect("it answers");
        a.remove("tea", ticket(2)).await.expect("it answers");
        let tag = a.invalidate_tag(TEA, KEEP, ticket(3)).await.expect("it answers");
        let all = a.invalidate_all(ticket(4)).await.expect("it answers");
        let rule = a.invalidate_matching("t*", ticket(5)).await.expect("it answers");
        a.beat(ticket(5), 9).await.expect("it answers");
        let told = heard(&mut at_b).await;
        let [.., Change::Rule(there), Change::Beat(9)] = &changes(&told)[..] else {
            panic!("{told:?}");
        };
        assert_eq!((there.version, &*there.pattern), (rule, "t*"));
        let key = Change::Key("tea".into());
        assert_eq!(
            changes(&told)[..4],
            [key.clone(), key, Change::Tag(TEA, tag), Change::All(all)]
        );
        let numbers = told.iter().map(|heard| match heard {
            Heard::Notice(Notice { ticket, .. }) => ticket.number,
            other => panic!("{other:?}"),
        });
        assert_eq!(numbers.collect::<Vec<_>>(), [1, 2, 3, 4, 5, 5]);
        assert_eq!(heard(&mut at_a).await, told, "this one is told too");
    });
}

#[test]
fn a_tag_that_has_no_version_gets_one_and_keeps_it_as_long_as_it_is_used() {
    with(async |_, a, b| {
        let first = a.tags(&[TEA, TagId(8)], KEEP).await.expect("it answers");
        assert_eq!(
            first.iter().map(|state| state.current.tag).collect::<Vec<_>>(),
            [TEA, TagId(8)]
        );
        assert!(first.iter().all(|state| state.invalidated == Version(0)));
        time::sleep(KEEP / 2).await;
        assert_eq!(b.tags(&[TEA], KEEP).await.expect("it answers")[0], first[0]);
        time::sleep(KEEP / 2).await;
        assert_eq!(b.tags(&[TEA], ms(1)).await.expect("it answers")[0], first[0]);
        time::sleep(KEEP / 2).await;
        let again = b.tags(&[TEA], KEEP).await.expect("it answers")[0];
        assert!(again.current.version > first[0].current.version, "it was lost");
    });
}

#[test]
fn versions_only_grow_and_say_when_it_was() {
    with(async |world, a, b| {
        let (_, _, now) = lease(&a, "tea").await;
        let mut last = now;
        for number in 0..5 {
            let version = a.invalidate_tag(TEA, KEEP, ticket(number)).await.expect("it answers");
            assert!(version > last);
            last = version;
        }
        let state = b.tags(&[TEA], KEEP).await.expect("it answers")[0];
        assert_eq!((state.current.version, state.invalidated), (last, last));
        assert!(world.shared.state.lock().server.evict_tag(TEA));
        assert!(b.tags(&[TEA], KEEP).await.expect("it answers")[0].current.version > last);

        let all = a.invalidate_all(ticket(6)).await.expect("it answers");
        assert!(a.invalidate_all(ticket(7)).await.expect("it answers") > all);
        time::sleep(ms(5)).await;
        let (_, _, later) = lease(&a, "coffee").await;
        assert!(later.0 >= now.0 + 5_000, "in microseconds");
    });
}

#[test]
fn what_holds_for_all_keys_has_a_version_and_the_rules_in_their_order() {
    with(async |_, a, b| {
        let first = a.world().await.expect("it answers");
        assert!(first.all > Version(0) && first.rules.is_empty() && first.last_rule == Version(0));
        assert_eq!(b.world().await.expect("it answers").all, first.all);
        let one = a.invalidate_matching("a*", ticket(1)).await.expect("it answers");
        let two = a.invalidate_matching("b*", ticket(2)).await.expect("it answers");
        let world = b.world().await.expect("it answers");
        let rules: Vec<_> = world.rules.iter().map(|rule| (rule.version, &*rule.pattern)).collect();
        assert_eq!((rules, world.last_rule), (vec![(one, "a*"), (two, "b*")], two));
        a.retire(two).await.expect("it answers");
        let world = b.world().await.expect("it answers");
        assert_eq!((world.rules.len(), world.last_rule), (1, two), "the newest there ever was");
    });
}

#[test]
fn a_sweep_goes_on_until_all_that_matched_from_its_beginning_is_gone() {
    with(async |_, a, _| {
        for number in 0..50 {
            lease(&a, &format!("tea:{number}")).await;
            lease(&a, &format!("coffee:{number}")).await;
        }
        let (mut sweep, mut steps) = (Sweep::default(), 0);
        while !sweep.begun || !sweep.cursors.is_empty() {
            sweep = a.sweep("tea:*", sweep, 7).await.expect("it answers");
            steps += 1;
            lease(&a, &format!("coffee:new:{steps}")).await;
        }
        assert_eq!(sweep.removed, 50);
        assert!(steps >= 100 / 7);
        assert_eq!(found(&a, "tea:7").await, Found::Nothing);
        assert_ne!(found(&a, "coffee:7").await, Found::Nothing);
    });
}

#[test]
fn a_store_that_forgets_gives_greater_versions_and_breaks_connections() {
    with(async |world, a, b| {
        let mut ear = b.clone().listen();
        assert_eq!(heard(&mut ear).await, [Heard::Opened]);
        let all = a.world().await.expect("it answers").all;
        let tag = a.invalidate_tag(TEA, KEEP, ticket(1)).await.expect("it answers");
        lease(&a, "tea").await;
        world.forget();
        assert_eq!(found(&a, "tea").await, Found::Nothing);
        assert!(a.world().await.expect("it answers").all > all);
        assert!(a.tags(&[TEA], KEEP).await.expect("it answers")[0].current.version > tag);
        let told = heard(&mut ear).await;
        assert_eq!(told[told.len() - 2..], [Heard::Broken, Heard::Opened]);
    });
}

#[test]
fn a_node_that_is_cut_off_fails_or_hangs_and_the_others_do_not() {
    with(async |world, a, b| {
        let mut ear = a.clone().listen();
        heard(&mut ear).await;
        world.cut("a", Cut::Fails);
        assert!(matches!(a.read(&["tea"]).await, Err(StoreError { .. })));
        b.remove("tea", ticket(1)).await.expect("it answers");
        assert_eq!(heard(&mut ear).await, [Heard::Broken]);
        world.heal("a");
        assert_eq!(heard(&mut ear).await, [Heard::Opened], "what was told meanwhile is lost");

        world.cut("a", Cut::Hangs);
        let hanging = tokio::spawn({
            let a = a.clone();
            async move { found(&a, "tea").await }
        });
        b.remove("tea", ticket(2)).await.expect("it answers");
        time::sleep(KEEP).await;
        assert!(!hanging.is_finished());
        assert_eq!(heard(&mut ear).await, [], "it is silent");
        world.heal("a");
        assert_eq!(hanging.await.expect("no panic"), Found::Nothing);
    });
}

#[test]
fn a_reconnection_fails_what_is_under_way() {
    with(async |world, a, _| {
        world.cut("a", Cut::Hangs);
        let reading = tokio::spawn({
            let a = a.clone();
            async move { a.read(&["tea"]).await.is_err() }
        });
        time::sleep(ms(1)).await;
        a.reconnect();
        assert!(reading.await.expect("no panic"));
    });
}

#[test]
fn an_answer_that_is_lost_leaves_the_command_done() {
    with(async |world, a, b| {
        let (generation, ..) = lease(&a, "tea").await;
        world.faults(Faults::default().answers_lost(1.0));
        assert!(time::timeout(KEEP, a.remove("tea", ticket(1))).await.is_err());
        world.faults(Faults::default());
        assert_eq!(found(&b, "tea").await, Found::Nothing);
        assert!(!publish(&a, "tea", Base::Placeholder(generation), b"x").await);
    });
}

#[test]
fn a_command_may_arrive_after_its_caller_gave_up_and_after_later_ones() {
    with(async |world, a, _| {
        world.cut("a", Cut::Hangs);
        world.faults(Faults::default().zombies(1.0, ms(1_000)));
        assert!(time::timeout(ms(250), a.remove("tea", ticket(1))).await.is_err());
        world.heal("a");
        let (generation, ..) = lease(&a, "tea").await;
        time::sleep(ms(2_000)).await;
        assert!(!publish(&a, "tea", Base::Placeholder(generation), b"x").await, "it was removed");

        world.cut("a", Cut::Hangs);
        world.faults(Faults::default());
        assert!(time::timeout(ms(250), a.remove("tea", ticket(2))).await.is_err());
        world.heal("a");
        let (generation, ..) = lease(&a, "tea").await;
        time::sleep(ms(2_000)).await;
        assert!(publish(&a, "tea", Base::Placeholder(generation), b"x").await);
    });
}

#[test]
fn commands_of_a_node_do_not_overtake_each_other() {
    with(async |world, a, _| {
        world.faults(Faults::default().latency(ms(5)).slow(0.5, ms(200)));
        let mut generations = Vec::new();
        for number in 0..20 {
            let (a, generation) = (a.clone(), Generation(number));
            generations.push(tokio::spawn(async move {
                a.reopen("tea", generation, KEEP, ticket(1)).await.expect("it answers")
            }));
            tokio::task::yield_now().await;
        }
        let mut last = Version(0);
        for version in generations {
            let version = version.await.expect("no panic");
            assert!(version > last);
            last = version;
        }
        assert_eq!(found(&a, "tea").await, Found::Placeholder(Generation(19)));
    });
}

#[test]
fn notices_are_lost_repeated_and_overtaken_as_the_faults_say() {
    with(async |world, a, b| {
        let mut ear = b.clone().listen();
        heard(&mut ear).await;
        let tell = async || {
            for number in 0..50 {
                a.beat(ticket(number), number).await.expect("it answers");
                time::sleep(ms(1)).await;
            }
            time::sleep(KEEP).await;
        };
        let in_order: Vec<_> = (0..50).map(Change::Beat).collect();
        tell().await;
        assert_eq!(changes(&heard(&mut ear).await), in_order);
        world.faults(Faults::default().notices_lost(1.0));
        tell().await;
        assert_eq!(heard(&mut ear).await, []);
        world.faults(Faults::default().notices_repeated(1.0));
        tell().await;
        assert_eq!(heard(&mut ear).await.len(), 100);
        world.faults(Faults::default().notices_delayed(0.5, ms(100)));
        tell().await;
        let late = changes(&heard(&mut ear).await);
        assert_eq!(late.len(), 50);
        assert_ne!(late, in_order);
    });
}

#[test]
fn a_store_that_evicts_loses_values_tags_and_what_holds_for_all_keys() {
    with(async |world, a, _| {
        let all = a.world().await.expect("it answers").all;
        lease(&a, "tea").await;
        let tag = a.tags(&[TEA], KEEP).await.expect("it answers")[0].current.version;
        world.faults(Faults::default().evictions(1.0).tag_evictions(1.0));
        for _ in 0..3 {
            a.retire(Version(0)).await.expect("it answers");
        }
        world.faults(Faults::default());
        assert_eq!(found(&a, "tea").await, Found::Nothing);
        assert!(a.world().await.expect("it answers").all > all);
        assert!(a.tags(&[TEA], KEEP).await.expect("it answers")[0].current.version > tag);
    });
}

#[test]
fn a_command_is_sent_when_it_is_first_polled() {
    with(async |_, a, b| {
        drop(a.lease("tea", KEEP));
        assert_eq!(found(&b, "tea").await, Found::Nothing);
        let mut leasing = a.lease("tea", KEEP);
        poll_fn(|context| {
            _ = leasing.as_mut().poll(context);
            Poll::Ready(())
        })
        .await;
        assert_ne!(found(&b, "tea").await, Found::Nothing);
    });
}

//! The contract of `Store`, sentence by sentence.

use tokio::time;

use super::{KEEP, TEA, changes, found, heard, lease, ms, publish, ticket, with};
use crate::fence::{TagId, Version};
use crate::store::{Base, Change, Found, Generation, Heard, Lease, Notice, Store, Sweep};

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

//! What goes wrong, as the faults say.

use std::future::poll_fn;
use std::task::Poll;

use tokio::time;

use super::{KEEP, TEA, changes, found, heard, lease, ms, publish, ticket, with};
use crate::fence::Version;
use crate::store::{Base, Change, Found, Generation, Heard, Store, StoreError};
use crate::testing::{Cut, Faults};

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

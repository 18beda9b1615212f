//! Callers of one key, and whoever invalidates it.

use shuttle::future::block_on;
use shuttle::thread;

use crate::caches::{Change, KEY, OneKey, TAG};
use crate::fence::TagId;
use crate::flight::{Boarding, Follow, Lead, Outcome, Pace};
use crate::sync::{Arc, Ordering};
use crate::under_many_schedules;

const CHANGES: [Change; 4] = [Change::Key, Change::Tag, Change::Pattern, Change::All];

fn board(cache: &OneKey) -> Boarding<u64> {
    cache.flights.board(KEY, &[TAG], Pace::Async, || None)
}

fn lead(cache: &OneKey) -> Lead {
    match board(cache) {
        Boarding::Lead(lead) => lead,
        _ => panic!("nobody else leads"),
    }
}

fn follow(cache: &OneKey) -> Follow {
    match board(cache) {
        Boarding::Follow(follow) => follow,
        _ => panic!("somebody leads"),
    }
}

#[test]
fn callers_that_come_at_once_share_one_load() {
    under_many_schedules(|| {
        let cache = OneKey::new();
        let callers: Vec<_> = (0..3)
            .map(|_| {
                let cache = cache.clone();
                thread::spawn(move || assert_eq!(cache.get(), 1))
            })
            .collect();
        for caller in callers {
            caller.join().expect("it has its value");
        }
        assert_eq!(cache.loads.load(Ordering::SeqCst), 1);
        assert_eq!(cache.look(), Some(1));
    });
}

#[test]
fn whoever_asks_after_an_invalidation_gets_no_older_value() {
    for change in CHANGES {
        under_many_schedules(move || {
            let cache = OneKey::new();
            let caller = |cache: &Arc<OneKey>| {
                let cache = cache.clone();
                thread::spawn(move || {
                    let least = cache.least();
                    assert!(cache.get() >= least);
                })
            };
            let callers = [caller(&cache), caller(&cache)];
            cache.change(2, change);
            assert_eq!(cache.get(), 2, "{change:?}");
            for caller in callers {
                caller.join().expect("no older value");
            }
            assert_ne!(cache.look(), Some(1), "{change:?}");
        });
    }
}

#[test]
fn a_closer_look_makes_nothing_good_that_is_being_invalidated() {
    for change in CHANGES {
        under_many_schedules(move || {
            let cache = OneKey::new();
            cache.get();
            // It strikes nothing here, and makes everybody look closer.
            cache.ledger.tag_changed_here(TagId(8));
            let lookers = [cache.clone(), cache.clone()].map(|cache| {
                thread::spawn(move || {
                    let least = cache.least();
                    assert!(cache.look().is_none_or(|value| value >= least));
                })
            });
            cache.change(2, change);
            assert_eq!(cache.look(), None, "{change:?}");
            for looker in lookers {
                looker.join().expect("no older value");
            }
            assert_eq!(cache.look(), None, "{change:?}");
        });
    }
}

#[test]
fn an_invalidation_that_comes_while_another_is_swept_is_not_lost() {
    under_many_schedules(|| {
        let cache = OneKey::new();
        cache.change(2, Change::Pattern);
        assert_eq!(cache.get(), 2);
        let epoch = cache.sweep_flights().expect("something was struck");
        let sweeping = cache.clone();
        let sweeper = thread::spawn(move || sweeping.sweep_local(epoch));
        cache.change(3, Change::Pattern);
        assert_eq!(cache.get(), 3);
        sweeper.join().expect("it is done");
        cache.sweep();
        assert_eq!(cache.get(), 3);
    });
}

#[test]
fn a_follower_always_hears_the_end_of_its_flight() {
    for lands in [true, false] {
        under_many_schedules(move || {
            let cache = OneKey::new();
            let lead = lead(&cache);
            let followers = [follow(&cache), follow(&cache)].map(|follow| {
                thread::spawn(move || match block_on(follow.outcome()) {
                    Outcome::Value(..) => assert!(lands),
                    Outcome::Abandoned => assert!(!lands),
                    other => panic!("{other:?}"),
                })
            });
            if lands {
                cache.load(lead);
            } else {
                drop(lead);
            }
            for follower in followers {
                follower.join().expect("it has heard");
            }
        });
    }
}

#[test]
fn a_flight_that_was_taken_out_does_not_take_its_successor_along() {
    under_many_schedules(|| {
        let cache = OneKey::new();
        let old = lead(&cache);
        cache.change(2, Change::Key);
        let next = lead(&cache);
        let ending = thread::spawn(move || drop(old));
        let follower = follow(&cache);
        ending.join().expect("it ends");
        assert_eq!(cache.load(next), 2);
        assert!(matches!(block_on(follower.outcome()), Outcome::Value(..)));
        assert_eq!(cache.look(), Some(2));
    });
}

//! What is kept, at moments of the test's choice.

use proptest::prelude::*;

use super::*;
use crate::recorder::Recorder;
use crate::recorder::family::Family;
use crate::scope::{Label, Notes, Outcome, SplitNanos};
use crate::{CallSite, Fingerprint, QueryEvent};

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn closed(notes: &Notes, now: Instant, elapsed: Duration) -> Closed<'_> {
    let route = Family::<u8, u8>::new(0, 0).id(0, |_| false, || 0);
    let (outcome, split) = (Outcome::Ok, SplitNanos::default());
    Closed { route, outcome, now, elapsed, split, notes }
}

/// One route, whose scopes close at moments of the test's choice.
struct Route {
    began: Instant,
    budget: Budget,
    kept: KeptSeries,
}

impl Route {
    fn with_room_for(bytes: usize) -> Self {
        let (budget, kept) = (Budget::new(bytes), KeptSeries::default());
        Self { began: time::now(), budget, kept }
    }

    fn close(&self, at: Duration, millis: u64, work: Option<Work>) -> Option<KeptReason> {
        let notes = Notes::default();
        let closed = closed(&notes, self.began + at, Duration::from_millis(millis));
        let reason = self.kept.reason(&closed, at)?;
        self.kept.keep(&self.budget, reason, "job".into(), &closed, work.map(Box::new));
        Some(reason)
    }

    fn turn(&self, at: Duration) {
        self.kept.turn(&self.budget, self.began + at);
    }

    fn slowest(&self) -> Vec<u128> {
        let all = self.kept.all();
        let slow = all.iter().filter(|kept| kept.reason == KeptReason::Slow);
        slow.map(|kept| kept.elapsed.as_millis()).collect()
    }

    /// The bytes of everything that is held.
    fn held(&self) -> usize {
        let sets = &*self.kept.sets.lock();
        let held = sets.slowest.iter().chain(&sets.before).chain(&sets.sampled);
        held.map(|kept| kept.bytes()).sum()
    }
}

/// The bytes of a scope without work.
const ONE: usize = size_of::<Kept>() + "job".len();

fn statements(count: u64) -> Work {
    let recorder = Recorder::builder().build();
    let ((), work) = recorder.scope(Label::job("job")).run_sync(|| {
        for n in 0..count {
            let statement = Fingerprint::of(&format!("select c{n}"));
            QueryEvent::new(statement, CallSite::here(), seconds(1)).record();
        }
    });
    work
}

#[test]
fn the_slowest_are_those_of_this_window_and_of_the_one_before() {
    let route = Route::with_room_for(1 << 20);
    (1..=9).for_each(|n| _ = route.close(seconds(n), n * 10 % 7 + 1, None));
    assert_eq!(route.slowest(), [7, 7, 6, 5, 4]);
    let slowest = route.kept.all()[0].id;
    route.turn(seconds(300));
    assert_eq!(route.slowest().len(), 5, "the first closed at 1 s: not yet");
    route.turn(seconds(301));
    (1..=5).for_each(|n| _ = route.close(seconds(302), 100 + n, None));
    assert_eq!(route.slowest(), [105, 104, 103, 102, 101]);
    assert!(route.kept.find(slowest).is_some(), "it is held, so it can be looked at");
    route.turn(seconds(601));
    assert!(route.kept.find(slowest).is_none());
    assert_eq!(route.slowest().len(), 5);
    route.turn(seconds(901));
    assert!(route.slowest().is_empty(), "idle for a whole window");
    assert_eq!(route.budget.used(), route.held());
}

#[test]
fn about_one_a_second_is_sampled_and_the_latest_stay() {
    let route = Route::with_room_for(1 << 20);
    (0..5).for_each(|_| _ = route.close(seconds(0), 1_000, None));
    let mut sampled = 0;
    for n in 0..100_000 {
        let at = Duration::from_millis(n * 10);
        sampled += usize::from(route.close(at, n % 7, None) == Some(KeptReason::Sample));
    }
    assert!((900..1_100).contains(&sampled), "{sampled} in 1,000 seconds");
    let all = route.kept.all();
    let samples: Vec<_> = all.iter().filter(|k| k.reason == KeptReason::Sample).collect();
    assert_eq!(samples.len(), 5);
    assert!(samples.windows(2).all(|pair| pair[0].closed > pair[1].closed), "latest first");
    assert!(samples[4].closed - route.began > seconds(990));
}

#[test]
fn a_slower_scope_takes_the_place_of_a_lesser_one_when_all_room_is_used() {
    let route = Route::with_room_for(ONE * 3);
    for millis in [10, 20, 30, 5, 25, 40] {
        route.close(seconds(0), millis, None);
    }
    assert_eq!(route.slowest(), [40, 30, 25]);
    assert_eq!(route.budget.used(), ONE * 3);
    assert_eq!(route.budget.refused.load(Ordering::Relaxed), 1, "the one of 5 ms");
}

#[test]
fn what_found_no_room_is_not_tried_again_until_the_window_turns() {
    let route = Route::with_room_for(10);
    assert_eq!(route.close(seconds(0), 20, None), Some(KeptReason::Slow));
    assert_eq!(route.close(seconds(0), 30, None), Some(KeptReason::Slow));
    (0..1_000).for_each(|_| _ = route.close(seconds(0), 30, None));
    assert!(route.budget.refused.load(Ordering::Relaxed) <= 3);
    route.turn(seconds(300));
    assert_eq!(route.close(seconds(300), 20, None), Some(KeptReason::Slow));
}

#[test]
fn old_samples_go_where_room_is_short_and_stay_where_it_is_not() {
    for (room, stays) in [(100, true), (7, false)] {
        let route = Route::with_room_for(ONE * room);
        (0..5).for_each(|_| _ = route.close(seconds(0), 100, None));
        while route.close(seconds(1), 1, None) != Some(KeptReason::Sample) {}
        route.turn(seconds(300));
        route.turn(seconds(601));
        assert_eq!(route.held() > 0, stays);
    }
}

#[test]
fn all_memory_of_a_scope_is_counted() {
    let (few, many) = (statements(1), statements(64));
    let bytes = |mut work: Work| {
        work.shrink();
        work.bytes()
    };
    let text = Fingerprint::of("select c1").text().len();
    let group = (bytes(many) - bytes(few)) / 63;
    assert!(group > text + size_of::<Fingerprint>(), "{group}");
}

proptest! {
    #[test]
    fn what_is_used_is_what_is_held_and_never_more_than_there_is(
        room in 0..40_000_usize,
        steps in prop::collection::vec((0..20_u64, 0..50_u64, 0..80_u64), 0..60),
    ) {
        let route = Route::with_room_for(room);
        let mut at = Duration::ZERO;
        for (pause, millis, queries) in steps {
            at += seconds(pause * pause);
            route.close(at, millis, (queries % 2 == 0).then(|| statements(queries)));
            route.turn(at);
            prop_assert_eq!(route.budget.used(), route.held());
            prop_assert!(route.held() <= room);
        }
    }
}

//! Never more futures than the limit, whatever their number, their order of ending and their ends.

use std::cell::Cell;
use std::future::{pending, ready};
use std::time::Duration;

use futures_util::{FutureExt as _, StreamExt};
use perf_core::{CallSite, Fingerprint, QueryEvent, Scope, map_concurrent};
use tokio::time::sleep;

/// How many values there are now, and how many there were at most.
#[derive(Default)]
struct Alive {
    now: Cell<usize>,
    most: Cell<usize>,
}

struct Value<'a>(&'a Alive);

impl Alive {
    fn value(&self) -> Value<'_> {
        self.now.set(self.now.get() + 1);
        self.most.set(self.most.get().max(self.now.get()));
        Value(self)
    }
}

impl Drop for Value<'_> {
    fn drop(&mut self) {
        self.0.now.set(self.0.now.get() - 1);
    }
}

/// Later items end first, in groups of five.
async fn work(n: u64) -> u64 {
    sleep(Duration::from_millis(10 - n % 5)).await;
    n * 2
}

#[tokio::test(start_paused = true)]
async fn outputs_come_in_the_order_of_the_items() {
    let doubled: Vec<u64> = (0..100).map(|n| n * 2).collect();
    assert_eq!(map_concurrent(7, 0..100, work).collect().await, doubled);
    assert_eq!(map_concurrent(7, 0..100, work).in_order().collect::<Vec<_>>().await, doubled);
}

#[tokio::test(start_paused = true)]
async fn there_are_as_many_futures_as_the_limit_says_and_never_more() {
    for (limit, most) in [(0, 1), (1, 1), (4, 4), (1_000, 100)] {
        let (collected, streamed) = (Alive::default(), Alive::default());
        let hold = |alive| {
            move |n| async move {
                let _held = Alive::value(alive);
                work(n).await
            }
        };
        map_concurrent(limit, 0..100, hold(&collected)).collect().await;
        map_concurrent(limit, 0..100, hold(&streamed)).in_order().count().await;
        assert_eq!(collected.most.get(), most, "limit {limit}");
        assert_eq!(streamed.most.get(), most, "limit {limit}, as a stream");
    }
}

#[tokio::test]
async fn no_item_is_taken_before_there_is_room_for_it() {
    let taken = Cell::new(0);
    let items = (0..).inspect(|_| taken.set(taken.get() + 1));
    let mut all = Box::pin(map_concurrent(3, items, |_: u64| pending::<()>()).collect());
    assert_eq!(taken.get(), 0);
    assert!(all.as_mut().now_or_never().is_none());
    assert_eq!(taken.get(), 3);
}

#[tokio::test]
async fn the_first_error_drops_all_others_and_takes_no_further_item() {
    let (alive, taken) = (Alive::default(), Cell::new(0));
    let items = (0..1_000).inspect(|_| taken.set(taken.get() + 1));
    let result = map_concurrent(8, items, |n| {
        let held = alive.value();
        async move {
            let _held = held;
            // The items before it never end, so its turn in their order never comes.
            match n {
                5 => Err(n),
                _ => pending::<Result<(), i32>>().await,
            }
        }
    });
    assert_eq!(result.try_collect().await, Err(5));
    assert_eq!((alive.most.get(), alive.now.get()), (8, 0));
    assert_eq!(taken.get(), 8);
}

#[tokio::test]
async fn a_caller_that_gives_up_drops_what_runs() {
    let alive = Alive::default();
    let make = |n: u64| {
        let held = alive.value();
        async move {
            let _held = held;
            if n < 2 { n } else { pending().await }
        }
    };
    let mut all = Box::pin(map_concurrent(3, 0.., make).collect());
    assert!(all.as_mut().now_or_never().is_none());
    assert_eq!(alive.now.get(), 3);
    drop(all);
    assert_eq!(alive.now.get(), 0);

    let mut stream = map_concurrent(3, 0.., make).in_order();
    assert_eq!(stream.next().await, Some(0));
    assert!(alive.now.get() > 0);
    drop(stream);
    assert_eq!(alive.now.get(), 0);
}

#[tokio::test(start_paused = true)]
async fn all_errors_are_gathered_with_the_places_of_their_items() {
    let odd_fails = |n| async move {
        let doubled = work(n).await;
        if n % 2 == 1 { Err(doubled) } else { Ok(doubled) }
    };
    let errors = map_concurrent(4, 0..7, odd_fails).collect_or_errors().await.unwrap_err();
    assert_eq!(errors, [(1, 2), (3, 6), (5, 10)]);
    let values = map_concurrent(4, (0..7).step_by(2), odd_fails).collect_or_errors().await;
    assert_eq!(values, Ok(vec![0, 4, 8, 12]));
    let both = map_concurrent(4, 0..3, odd_fails).collect().await;
    assert_eq!(both, [Ok(0), Err(2), Ok(4)]);
}

#[tokio::test]
async fn a_stream_of_a_million_holds_no_more_than_the_limit() {
    let alive = Alive::default();
    let stream = map_concurrent(16, 0..1_000_000_u64, |n| {
        let held = alive.value();
        // Every hundredth is slow, so that the others end and wait for it.
        let slow = n % 100 == 0;
        async move {
            if slow {
                tokio::task::yield_now().await;
            }
            (held, n)
        }
    });
    let mut outputs = stream.in_order();
    let mut sum = 0;
    while let Some((_held, n)) = outputs.next().await {
        sum += n;
    }
    assert_eq!(sum, 499_999_500_000);
    // What was given away is alive beside them.
    assert!(alive.most.get() <= 16 + 1, "{}", alive.most.get());
    assert_eq!(alive.now.get(), 0);
}

#[tokio::test]
async fn futures_that_never_wait_leave_turns_for_others() {
    let turns = Cell::new(0);
    let others = async {
        loop {
            turns.set(turns.get() + 1);
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        all = map_concurrent(4, 0..10_000, ready).collect() => assert_eq!(all.len(), 10_000),
        () = others => {}
    }
    assert!(turns.get() >= 10_000 / 256, "{}", turns.get());
}

#[tokio::test(start_paused = true)]
async fn what_the_futures_record_belongs_to_the_callers_scope() {
    let query = |n| async move {
        work(n).await;
        let fingerprint = Fingerprint::of_static("select name from item where id = $1");
        QueryEvent::new(fingerprint, CallSite::here(), Duration::from_millis(1)).record();
    };
    let all = map_concurrent(4, 0..20, query).collect();
    let (_, work) = Scope::named("at once").run(all).await;
    assert_eq!(work.queries(), 20);
}

#[tokio::test]
async fn no_items_are_no_work() {
    let none: [u8; 0] = [];
    assert!(map_concurrent(4, none, ready).collect().await.is_empty());
    assert_eq!(map_concurrent(4, none, ready).in_order().next().await, None);
}

#[tokio::test]
async fn the_whole_can_be_sent_to_another_thread() {
    let sum = tokio::spawn(async {
        map_concurrent(4, vec![1, 2, 3], work).collect().await.into_iter().sum::<u64>()
    });
    assert_eq!(sum.await.unwrap(), 12);
}

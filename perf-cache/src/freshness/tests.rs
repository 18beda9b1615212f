use std::collections::HashMap;

use perf_core::time::Duration;
use perf_core::time::testing::follow;
use serde::{Deserialize, Serialize, Serializer};

use super::auditor::{Auditor, Found};
use super::spaced::Spaced;
use super::{Likeness, likeness};

const MILLI: Duration = Duration::from_millis(1);

#[test]
fn values_are_the_same_by_what_they_hold() {
    let text = |text: &str| vec![Some(text.to_owned()), None];
    assert_eq!(likeness(&text("a"), &text("a")), Some(Likeness::Same));
    assert_eq!(likeness(&text("a"), &text("b")), Some(Likeness::Different));
    assert_eq!(likeness(&vec![1, 2], &vec![1, 2, 2]), Some(Likeness::Different));
    assert_eq!(likeness(&258_u64, &513_u64), Some(Likeness::Different));
    assert_eq!(likeness(&"ab".to_owned(), &"ba".to_owned()), Some(Likeness::Different));
}

#[test]
fn a_hash_map_in_another_order_has_not_changed_for_certain() {
    let map = |range: &mut dyn Iterator<Item = u32>| -> HashMap<u32, u32> {
        range.map(|n| (n, n + 7)).collect()
    };
    // Each map has an order of its own.
    let (one, other) = (map(&mut (0..200)), map(&mut (0..200).rev()));
    assert_eq!(likeness(&one, &other), Some(Likeness::Reordered));
    let changed = map(&mut (1..201));
    assert_eq!(likeness(&one, &changed), Some(Likeness::Different));
}

#[derive(Deserialize)]
struct Unwilling {
    panics: bool,
}

impl Serialize for Unwilling {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        assert!(!self.panics, "not this one");
        Err(serde::ser::Error::custom("nor this one"))
    }
}

#[test]
fn what_cannot_be_serialized_is_not_compared() {
    let [quiet, loud] = [false, true].map(|panics| Unwilling { panics });
    assert_eq!(likeness(&quiet, &quiet), None);
    assert_eq!(likeness(&loud, &loud), None);
}

#[test]
fn work_is_spaced_by_its_gap_and_by_a_hundred_times_what_it_takes() {
    let past = std::rc::Rc::new(std::cell::Cell::new(Duration::ZERO));
    let clock = past.clone();
    let _following = follow(move || clock.get());
    let spaced = Spaced::by(50 * MILLI);
    let is_due_at = |millis: u32| {
        past.set(millis * MILLI);
        spaced.is_due(perf_core::time::now())
    };
    assert_eq!([0, 0, 49, 50, 51, 100].map(is_due_at), [true, false, false, true, false, true]);
    spaced.took(2 * MILLI);
    assert_eq!([299, 300].map(is_due_at), [false, true]);
}

#[test]
fn a_share_of_the_keys_is_audited_and_a_share_of_nothing_is_no_audit() {
    assert!(Auditor::of(0.0).is_none());
    let auditor = Auditor::of(0.25).expect("a quarter");
    let is_taken = [0, (1 << 30) - 1, 1 << 30, u32::MAX].map(|hash| auditor.takes(hash));
    assert_eq!(is_taken, [true, true, false, false]);
    assert!(Auditor::of(1.0).expect("all").takes(u32::MAX));
}

#[test]
fn what_was_found_is_counted_by_age() {
    let auditor = Auditor::of(1.0).expect("all");
    let all = [
        (Found::Same { is_late: false }, 1),
        (Found::Stale { is_late: false }, 2),
        (Found::Same { is_late: true }, 3),
        (Found::Stale { is_late: true }, 4),
        (Found::Failed, 5),
    ];
    for (found, times) in all {
        (0..times).for_each(|_| auditor.count(found));
    }
    let seen = auditor.seen();
    assert_eq!((seen.audited, seen.stale), (10, 6));
    assert_eq!((seen.audited_late, seen.stale_late, seen.failed), (7, 4, 5));
}

//! The checker finds what it is made to find.

use perf_cache::testing::Defect;

use crate::seeds;
use crate::setting::Setting;

/// What is found within so many seeds.
#[track_caller]
fn assert_found(setting: &Setting, promises: &[&str]) {
    let is_found = (0..2_000).any(|seed| {
        let (_, wrong) = seeds::judged(seed, setting);
        wrong.iter().any(|wrong| promises.contains(&&wrong.what[..2]))
    });
    assert!(is_found, "no seed breaks {promises:?}");
}

#[test]
fn a_load_that_ends_after_an_invalidation_is_kept_by_moka() {
    assert_found(&Setting::moka(), &["G1"]);
}

#[test]
fn a_store_that_publishes_over_anything_is_found_out() {
    assert_found(&Setting::calm().planted(Defect::PublishIgnoresBase), &["G1", "G2"]);
}

#[test]
fn a_store_that_tells_no_changes_is_found_out() {
    assert_found(&Setting::calm().planted(Defect::NoticesNotTold), &["G2"]);
}

#[test]
fn a_seed_plays_the_same_history_every_time() {
    for seed in 0..20 {
        let texts = [(); 2].map(|()| {
            let (history, _) = seeds::judged(seed, &Setting::everything());
            history.tail(usize::MAX - 1, usize::MAX)
        });
        let differing = texts[0].lines().zip(texts[1].lines()).find(|(one, other)| one != other);
        assert_eq!(differing, None, "seed {seed}");
    }
}

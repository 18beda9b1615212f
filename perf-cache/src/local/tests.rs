//! What every local tier keeps to.

use std::cell::Cell;

use perf_core::alloc;
use perf_core::sync::Arc;
use perf_core::time::Duration;

use super::{Entry, LocalStore, LocalTier};
use crate::expiry::Expiry;

const MIB: u64 = 1024 * 1024;

fn tiers(max_bytes: u64) -> Vec<Box<dyn LocalTier>> {
    let stores = [
        LocalStore::Moka,
        #[cfg(feature = "quick_cache")]
        LocalStore::QuickCache,
    ];
    stores.map(|store| store.open(max_bytes)).into()
}

fn entry(key: &str, bytes: usize) -> Entry {
    Entry::new(key, Arc::new("x".repeat(bytes)), Expiry::after(Duration::from_secs(600)))
}

fn put(tier: &dyn LocalTier, key: &str, bytes: usize) {
    tier.insert(key.into(), entry(key, bytes));
}

fn length(tier: &dyn LocalTier, key: &str) -> Option<usize> {
    Some(tier.get(key)?.value::<String>()?.len())
}

#[test]
fn a_tier_gives_what_it_was_given_until_it_is_removed() {
    for tier in tiers(MIB) {
        put(&*tier, "a", 10);
        put(&*tier, "b", 20);
        put(&*tier, "a", 30);
        assert_eq!((length(&*tier, "a"), length(&*tier, "b"), tier.len()), (Some(30), Some(20), 2));
        tier.remove("a");
        assert_eq!((length(&*tier, "a"), tier.len()), (None, 1));
        tier.remove("b");
        assert_eq!((tier.len(), tier.bytes(), tier.evictions()), (0, 0, 0), "{tier:?}");
    }
}

#[test]
fn an_entry_is_removed_only_if_it_meets_the_condition() {
    for tier in tiers(MIB) {
        put(&*tier, "a", 10);
        let first = tier.get("a").expect("just put");
        assert!(!tier.remove_if("b", &|_| true));
        put(&*tier, "a", 20);
        assert!(!tier.remove_if("a", &|current| current.is_same(&first)));
        assert_eq!(length(&*tier, "a"), Some(20));
        assert!(tier.remove_if("a", &|current| !current.is_same(&first)));
        assert_eq!(length(&*tier, "a"), None);
    }
}

#[test]
fn a_sweep_removes_what_meets_the_condition_and_leaves_the_rest() {
    for tier in tiers(16 * MIB) {
        (0..1000).for_each(|n| put(&*tier, &format!("key:{n}"), 10));
        let asked = Cell::new(0);
        let removed = tier.sweep(&mut |key, _| {
            asked.set(asked.get() + 1);
            // The condition may use the tier: it is asked without a lock.
            tier.get(key).is_some() && key.ends_with('7')
        });
        assert_eq!((asked.get(), removed, tier.len()), (1000, 100, 900));
        assert_eq!((length(&*tier, "key:17"), length(&*tier, "key:18")), (None, Some(10)));
        assert_eq!(tier.evictions(), 0);
    }
}

#[test]
fn entries_that_go_for_want_of_room_are_counted() {
    for tier in tiers(MIB) {
        (0..3000).for_each(|n| put(&*tier, &format!("key:{n}"), 1000));
        let (kept, evicted) = (tier.len(), tier.evictions());
        assert_eq!(kept + evicted, 3000, "{tier:?}: {kept} kept, {evicted} evicted");
        assert!(tier.bytes() <= MIB && tier.bytes() > MIB * 8 / 10, "{tier:?}: {}", tier.bytes());
        assert!(kept > 600, "{tier:?}: {kept} kept");
    }
}

#[test]
fn an_entry_that_is_too_heavy_is_not_kept_and_takes_with_it_what_it_was_to_replace() {
    for tier in tiers(4 * MIB) {
        put(&*tier, "a", 10);
        put(&*tier, "b", 10);
        put(&*tier, "a", 5 * MIB as usize);
        assert_eq!((tier.len(), tier.evictions()), (1, 1), "{tier:?}");
        assert_eq!((length(&*tier, "a"), length(&*tier, "b")), (None, Some(10)));
    }
}

#[test]
fn the_largest_entry_that_is_promised_is_kept() {
    // Of a budget of 64 MiB: an eighth of it by any tier, nearly; all of it by moka.
    for tier in tiers(64 * MIB) {
        put(&*tier, "a", 7_500_000);
        assert_eq!(length(&*tier, "a"), Some(7_500_000), "{tier:?}");
    }
    for tier in tiers(MIB) {
        put(&*tier, "a", MIB as usize * 9 / 10);
        assert!(tier.bytes() > 0, "{tier:?}");
    }
    let moka = LocalStore::Moka.open(64 * MIB);
    put(&*moka, "a", 60_000_000);
    assert!(moka.bytes() > 60_000_000);
}

#[test]
fn a_hit_allocates_nothing() {
    for tier in tiers(MIB) {
        put(&*tier, "a", 10);
        assert!(tier.get("a").is_some() && tier.get("b").is_none());
        let before = alloc::so_far();
        assert!(tier.get("a").is_some() && tier.get("b").is_none());
        assert!((alloc::so_far() - before).is_zero(), "{tier:?}");
    }
}

//! What is behind caches: how well they hear each other, and the servers that they share.

use super::columns::Columns;
use super::text::shortened;
use super::{MAX_ROWS, NAME_WIDTH};
use crate::recorder::{Backplane, RedisNode};
use crate::snapshot::Snapshot;
use crate::units::{bytes, millis};

/// Characters of an address.
const ADDRESS_WIDTH: usize = 24;

pub(super) fn backplanes(snapshot: &Snapshot) -> Columns {
    let mut columns = Columns::new(["cache"], ["lag ms", "other processes", "longest silence ms"]);
    let known = || {
        let caches = snapshot.caches.iter();
        caches.filter_map(|cache| Some((cache, cache.state.as_ref()?.backplane?)))
    };
    for (cache, Backplane { lag, processes, longest_silence }) in known().take(MAX_ROWS) {
        columns.row([
            shortened(&cache.cache, NAME_WIDTH),
            millis(lag),
            processes.to_string(),
            millis(longest_silence),
        ]);
    }
    columns.left_out(known().count().saturating_sub(MAX_ROWS))
}

pub(super) fn nodes(snapshot: &Snapshot) -> Columns {
    let mut columns = Columns::new(["cache", "server", "policy"], ["used", "limit"])
        .numbers(["resident", "evicted per min"]);
    let known = || {
        let states = snapshot.caches.iter().filter_map(|c| Some((&c.cache, c.state.as_ref()?)));
        states.flat_map(|(name, state)| state.redis.iter().map(move |node| (name, node)))
    };
    for (cache, node) in known().take(MAX_ROWS) {
        columns.row([
            shortened(cache, NAME_WIDTH),
            node.address.as_ref().map_or("-".to_owned(), |at| shortened(at, ADDRESS_WIDTH)),
            node.eviction_policy.clone(),
            bytes(node.used_bytes),
            limit(node),
            bytes(node.resident_bytes),
            node.evicted_per_minute.map_or("-".to_owned(), |rate| format!("{rate:.0}")),
        ]);
    }
    columns.left_out(known().count().saturating_sub(MAX_ROWS))
}

fn limit(node: &RedisNode) -> String {
    match node.max_bytes {
        0 => "none".to_owned(),
        limit => bytes(limit),
    }
}

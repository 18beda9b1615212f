//! What this store reads from outside, for `src/fuzzing.rs`.

use super::target::Target;
use super::wire::{self, Read};
use super::{Trust, cluster};
use crate::store::Change;

/// A notice that was understood is the one that is written for it.
pub(crate) fn notice(input: &[u8]) {
    let Read::Notice(notice) = wire::read(input) else { return };
    let ticket = notice.ticket;
    let told = |head: Vec<u8>, version: u64| [head, version.to_string().into_bytes()].concat();
    let written = match notice.change {
        Change::Key(key) => wire::key(ticket, &key),
        Change::Tag(tag, version) => told(wire::tag_head(ticket, tag), version.0),
        Change::All(version) => told(wire::all_head(ticket), version.0),
        Change::Rule(rule) => {
            let head = told(wire::rule_head(ticket), rule.version.0);
            [&head, b":".as_slice(), rule.pattern.as_bytes()].concat()
        }
        Change::Beat(beat) => wire::beat(ticket, beat),
    };
    // Digits that say the same number, such as 007, are not the same bytes.
    assert!(written.len() <= input.len(), "{input:?}");
    assert!(matches!(wire::read(&written), Read::Notice(again) if again.ticket == ticket));
}

/// Neither a refusal nor an address shows the password.
pub(crate) fn url(url: &str) {
    const SECRET: &str = "s3cr3t";
    let with_secret = url.replacen("://", &format!("://user:{SECRET}@"), 1);
    for url in [url, &with_secret] {
        let said = match Target::parse(url, &Trust::default()) {
            Ok(target) => {
                target.database();
                target.is_cluster();
                target.address()
            }
            Err(refused) => format!("{refused} {refused:?}"),
        };
        assert!(!said.contains(SECRET), "{url} is told as {said}");
    }
}

/// Every primary is named once, with its slots in order.
pub(crate) fn topology(input: &[u8]) {
    let Ok(reply) = redis::parse_redis_value(input) else { return };
    let Ok(primaries) = cluster::read(reply) else { return };
    for primary in &primaries {
        assert!(!primary.slots.is_empty() && primary.slots.is_sorted());
        _ = primary.route();
    }
}

//! Readers of the ledger, and what it learns meanwhile.

use shuttle::thread;

use crate::caches::{KEY, TAG};
use crate::fence::{Authority, Ledger, Stamp, StampVerdict, TagVersion, TagsSince, Version};
use crate::sync::{Arc, AtomicU64, Ordering};
use crate::under_many_schedules;

/// A tag of a server, and what one process knows of it.
struct Tagged {
    ledger: Ledger,
    /// The version that the server has.
    version: AtomicU64,
    source: AtomicU64,
}

impl Tagged {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            ledger: Ledger::new(Authority::Server),
            version: AtomicU64::new(1),
            source: AtomicU64::new(1),
        })
    }

    fn ask(&self) {
        let asked = self.ledger.epoch();
        let version = Version(self.version.load(Ordering::SeqCst));
        self.ledger.learn_tags([TagVersion { tag: TAG, version }], asked);
    }

    /// Another process invalidates the tag.
    fn change(&self) {
        self.source.store(2, Ordering::SeqCst);
        self.version.store(2, Ordering::SeqCst);
    }

    /// This process is told of it.
    fn hear(&self) {
        self.ledger.tag_changed(TagVersion { tag: TAG, version: Version(2) });
    }

    fn judge(&self, version: u64) -> StampVerdict {
        let tags = vec![TagVersion { tag: TAG, version: Version(version) }];
        self.ledger.check_stamp(KEY, &Stamp { tags, ..Stamp::default() })
    }
}

#[test]
fn an_answer_that_a_change_has_overtaken_is_not_believed() {
    for is_heard in [true, false] {
        under_many_schedules(move || {
            let tagged = Tagged::new();
            let asking = [tagged.clone(), tagged.clone()];
            let asking = asking.map(|tagged| thread::spawn(move || tagged.ask()));
            tagged.change();
            if is_heard {
                tagged.hear();
            } else {
                tagged.ledger.missed_something();
            }
            assert_ne!(tagged.judge(1), StampVerdict::Valid);
            assert_ne!(tagged.judge(2), StampVerdict::Invalid);
            for asker in asking {
                asker.join().expect("it is done");
            }
            assert_ne!(tagged.judge(1), StampVerdict::Valid);
            assert_ne!(tagged.judge(2), StampVerdict::Invalid);
            tagged.ask();
            assert_eq!(tagged.judge(1), StampVerdict::Invalid);
            assert_eq!(tagged.judge(2), StampVerdict::Valid);
        });
    }
}

#[test]
fn a_value_never_takes_along_a_version_that_is_newer_than_it() {
    under_many_schedules(|| {
        let tagged = Tagged::new();
        let (loading, asking) = (tagged.clone(), tagged.clone());
        let loader = thread::spawn(move || {
            let birth = loading.ledger.birth();
            let value = loading.source.load(Ordering::SeqCst);
            (value, loading.ledger.tags_since(birth, &[TAG]))
        });
        let asker = thread::spawn(move || {
            asking.ask();
            asking.ask();
        });
        tagged.change();
        tagged.hear();
        let (value, tags) = loader.join().expect("it has loaded");
        asker.join().expect("it is done");
        if let TagsSince::Same(versions) = tags {
            assert!(value >= versions[0].version.0, "{value} is said to be of {versions:?}");
        }
    });
}

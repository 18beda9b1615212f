use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use perf_cache::Pattern;

/// Where the values come from: numbers that only grow. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Database {
    rows: Arc<Mutex<BTreeMap<String, u64>>>,
}

/// What is invalidated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Key(String),
    Tag(String),
    Matching(String),
    All,
}

impl Database {
    pub(crate) fn new() -> Self {
        let keys = ["user:0:0", "user:1:1", "user:0:2", "user:1:3", "plain"];
        let rows = keys.map(|key| (key.to_owned(), 1)).into_iter().collect();
        Self { rows: Arc::new(Mutex::new(rows)) }
    }

    pub(crate) fn keys(&self) -> Vec<String> {
        self.rows.lock().expect("no panic").keys().cloned().collect()
    }

    pub(crate) fn read(&self, key: &str) -> u64 {
        self.rows.lock().expect("no panic")[key]
    }

    /// Writes all rows that are meant.
    pub(crate) fn write(&self, target: &Target) {
        let mut rows = self.rows.lock().expect("no panic");
        rows.iter_mut().filter(|(key, _)| target.hits(key)).for_each(|(_, number)| *number += 1);
    }
}

impl Target {
    pub(crate) fn hits(&self, key: &str) -> bool {
        match self {
            Self::Key(there) => there == key,
            Self::Tag(tag) => tags(key).contains(tag),
            Self::Matching(pattern) => Pattern::new(pattern.as_str()).matches(key),
            Self::All => true,
        }
    }
}

/// The tags of a key, the same for all its values.
pub(crate) fn tags(key: &str) -> Vec<String> {
    match key.split(':').nth(1) {
        Some(group) => vec!["users".to_owned(), format!("group {group}")],
        None => Vec::new(),
    }
}

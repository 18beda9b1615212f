use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};

use super::Profile;

/// The last results, bounded in number and in bytes.
#[derive(Debug, Default)]
pub(super) struct Store {
    kept: VecDeque<(Profile, u64)>,
    bytes: u64,
}

impl Store {
    pub(super) fn keep(&mut self, profile: Profile, most: usize, most_bytes: u64) {
        let bytes = profile.inner.size_bytes();
        self.kept.push_back((profile, bytes));
        self.bytes += bytes;
        while self.kept.len() > most || self.bytes > most_bytes {
            let Some((_, bytes)) = self.kept.pop_front() else { break };
            self.bytes -= bytes;
        }
    }

    pub(super) fn find(&self, id: &str) -> Option<Profile> {
        self.kept.iter().map(|(profile, _)| profile).find(|profile| profile.id() == id).cloned()
    }

    /// The newest first.
    pub(super) fn all(&self) -> Vec<Profile> {
        self.kept.iter().rev().map(|(profile, _)| profile.clone()).collect()
    }
}

/// A name that cannot be guessed from the one before.
pub(super) fn new_id() -> String {
    format!("{:016x}", RandomState::new().hash_one(perf_core::time::unix_millis()))
}

use std::cmp::Reverse;

use perf_core::Finding;
use perf_core::time::Duration;

use super::digest::{Digest, DigestOrder, Digests};
use super::server::MysqlServer;
use crate::advise::Missing;

/// What a look at a server has shown.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MysqlReport {
    /// The server.
    pub server: MysqlServer,
    /// The statements that it ran, those that take the most time first.
    pub digests: Vec<Digest>,
    /// How long they were counted for.
    pub observed: Duration,
    /// The time of all statements together.
    pub time: Duration,
    /// What to change, dearest first.
    pub findings: Vec<Finding>,
    /// What could not be looked at.
    pub missing: Vec<Missing>,
}

impl MysqlReport {
    pub(super) fn new(
        server: MysqlServer,
        digests: Digests,
        findings: Vec<Finding>,
        missing: Vec<Missing>,
    ) -> Self {
        let Digests { list: digests, observed, time, .. } = digests;
        Self { server, digests, observed, time, findings, missing }
    }

    /// At most this many statements, the first of that order first, without those that have nothing
    /// of what it goes by.
    pub fn top(&self, order: DigestOrder, count: usize) -> Vec<&Digest> {
        let mut top: Vec<&Digest> =
            self.digests.iter().filter(|digest| digest.weight(order) > 0).collect();
        top.sort_by_key(|digest| Reverse(digest.weight(order)));
        top.truncate(count);
        top
    }
}

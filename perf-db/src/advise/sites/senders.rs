use std::collections::HashMap;

use perf_core::time::Duration;
use perf_core::{CallSite, Fingerprint, Snapshot};

use crate::advise::Sender;

/// Who sends what in this process, and how long that takes, as its recorder has counted.
#[derive(Debug, Default)]
pub(crate) struct Senders {
    by_fingerprint: HashMap<u64, Sent>,
    pub(crate) observed: Duration,
}

/// What was sent of one statement.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sent {
    pub(crate) calls: u64,
    pub(crate) rows: u64,
    pub(crate) time: Duration,
    sites: Vec<(CallSite, Duration)>,
}

static NOTHING: Sent = Sent { calls: 0, rows: 0, time: Duration::ZERO, sites: Vec::new() };

impl Senders {
    pub(crate) fn of(snapshot: &Snapshot) -> Self {
        let mut by_fingerprint: HashMap<u64, Sent> = HashMap::new();
        for query in &snapshot.queries {
            // Statements beyond the recorder's bound are counted together, from nowhere.
            let Ok(id) = u64::from_str_radix(&query.fingerprint, 16) else { continue };
            if query.call_site.file.is_empty() {
                continue;
            }
            let sent = by_fingerprint.entry(id).or_default();
            let time = query.duration.total();
            sent.calls += query.duration.count;
            sent.rows += query.rows;
            sent.time += time;
            sent.sites.push((query.call_site, time));
        }
        Self { by_fingerprint, observed: snapshot.observed }
    }

    pub(crate) fn knows(&self, fingerprint: &Fingerprint) -> bool {
        self.by_fingerprint.contains_key(&fingerprint.id())
    }

    pub(crate) fn sent(&self, fingerprint: &Fingerprint) -> &Sent {
        self.by_fingerprint.get(&fingerprint.id()).unwrap_or(&NOTHING)
    }

    /// Who sends these statements, which are one, with each one's share of the time of all.
    pub(crate) fn of_all<'a>(&self, fingerprints: impl Iterator<Item = &'a u64>) -> Vec<Sender> {
        let mut sites: HashMap<CallSite, Duration> = HashMap::new();
        for sent in fingerprints.filter_map(|id| self.by_fingerprint.get(id)) {
            for (call_site, time) in &sent.sites {
                *sites.entry(*call_site).or_default() += *time;
            }
        }
        let whole: Duration = sites.values().sum();
        let share = |time: Duration| match whole.is_zero() {
            true => 0.0,
            false => time.as_secs_f64() / whole.as_secs_f64(),
        };
        let mut senders: Vec<Sender> = sites
            .into_iter()
            .map(|(call_site, time)| Sender { call_site, share: share(time) })
            .collect();
        senders.sort_by(|a, b| b.share.total_cmp(&a.share).then(a.call_site.cmp(&b.call_site)));
        senders
    }
}

use std::fmt;

use perf_core::units;

use super::Health;

/// Who keeps vacuum from removing the most: the oldest transaction that somebody may still want to look
/// back to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Horizon {
    /// Transactions since.
    transactions: u64,
    who: String,
}

impl Horizon {
    /// `None` when nobody holds anything back.
    pub(super) fn of(health: &Health) -> Option<Self> {
        let sessions = health.sessions.iter().map(|session| {
            let who = match &*session.application {
                "" => "a transaction".to_owned(),
                application => format!("a transaction of {application}"),
            };
            (session.holds_back, who)
        });
        let slots =
            health.slots.iter().map(|slot| (slot.holds_back, format!("slot {}", slot.name)));
        let replicas = health
            .replicas
            .iter()
            .map(|replica| (replica.holds_back, format!("statements on replica {}", replica.name)));
        let prepared = health
            .prepared
            .iter()
            .map(|prepared| (Some(prepared.holds_back), "a prepared transaction".to_owned()));
        let all = sessions.chain(slots).chain(replicas).chain(prepared);
        let held = all.filter_map(|(transactions, who)| {
            let transactions = transactions.filter(|&transactions| transactions > 0)?;
            Some(Self { transactions, who })
        });
        held.max()
    }
}

impl fmt::Display for Horizon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {} transactions old", self.who, units::count(self.transactions))
    }
}

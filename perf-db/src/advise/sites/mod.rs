//! Which place in the source sends a statement that the server knows by a number of its own.
//!
//! The server numbers statements by what they mean (`compute_query_id`, PostgreSQL 14): two spellings
//! are one, and it keeps the text of the first. So a text that this process has sent is joined to
//! its number by asking the server for it, with `explain (verbose)`, once for each text and again
//! after ten minutes. Where that is not to be had, equal fingerprints are joined.
//!
//! Counts and times come from the service's recorder, so what other processes send is not among the
//! shares; and of a statement that the process sends to two databases, both are.

mod join;
mod query_ids;
mod senders;

use std::collections::{HashMap, HashSet};

use perf_core::Fingerprint;
use perf_core::sync::Arc;

pub(crate) use self::senders::Senders;
use crate::advise::statements::Statements;
use crate::advise::{Advisor, Missing};
use crate::error::DbError;
use crate::statement::KeptText;

/// What this process knows about the statements of a server.
#[derive(Debug, Default)]
pub(crate) struct Sites {
    /// What this process sends as the statement with this number, dearest first.
    by_query_id: HashMap<i64, Vec<Arc<KeptText>>>,
    by_fingerprint: HashMap<u64, Arc<KeptText>>,
    pub(crate) senders: Senders,
    /// What could not be looked at.
    pub(crate) missing: Vec<Missing>,
}

impl Sites {
    /// Of this process alone, without asking the server.
    pub(crate) fn of_process(advisor: &Advisor) -> Self {
        let senders = Senders::of(&advisor.service().snapshot());
        let (texts, dropped) = advisor.db().handle().router.texts();
        let texts = texts.into_iter().filter(|text| senders.knows(&text.fingerprint));
        let by_fingerprint = texts.map(|text| (text.fingerprint.id(), text)).collect();
        let missing = match dropped {
            0 => Vec::new(),
            _ => vec![too_many(dropped)],
        };
        Self { by_query_id: HashMap::new(), by_fingerprint, senders, missing }
    }

    /// With the server's own numbers for what this process sends, where these statements have them.
    pub(crate) async fn load(advisor: &Advisor, statements: &Statements) -> Result<Self, DbError> {
        let mut sites = Self::of_process(advisor);
        let numbers: HashSet<i64> =
            statements.statements.iter().map(|statement| statement.query_id).collect();
        let is_known =
            |text: &&Arc<KeptText>| text.recent_query_id().is_some_and(|id| numbers.contains(&id));
        let mut unknown: Vec<Arc<KeptText>> =
            sites.by_fingerprint.values().filter(|text| !is_known(text)).map(Arc::clone).collect();
        unknown.sort_by_key(|text| std::cmp::Reverse(sites.senders.sent(&text.fingerprint).time));
        if !numbers.is_empty() && !unknown.is_empty() {
            sites.missing.extend(query_ids::ask(advisor, &unknown).await?);
        }
        for text in sites.by_fingerprint.values() {
            if let Some(id) = text.query_id() {
                sites.by_query_id.entry(id).or_default().push(Arc::clone(text));
            }
        }
        for texts in sites.by_query_id.values_mut() {
            texts.sort_by_key(|text| std::cmp::Reverse(sites.senders.sent(&text.fingerprint).time));
        }
        Ok(sites)
    }

    /// The texts that this process sends as this statement of the server's, dearest first.
    pub(crate) fn texts(&self, query_id: i64, fingerprint: &Fingerprint) -> Vec<&KeptText> {
        match self.by_query_id.get(&query_id) {
            Some(texts) => texts.iter().map(|text| &**text).collect(),
            None => self.text(fingerprint).into_iter().collect(),
        }
    }

    pub(crate) fn text(&self, fingerprint: &Fingerprint) -> Option<&KeptText> {
        self.by_fingerprint.get(&fingerprint.id()).map(|text| &**text)
    }

    /// All texts that this process has sent over the advisor's database.
    pub(crate) fn all(&self) -> impl Iterator<Item = &KeptText> {
        self.by_fingerprint.values().map(|text| &**text)
    }
}

fn too_many(dropped: u64) -> Missing {
    let why = format!(
        "{dropped} preparations were of texts for which there was no room beside 2,000 others, or \
         that were longer than 10,000 characters"
    );
    Missing::new("call sites of some statements", why)
}

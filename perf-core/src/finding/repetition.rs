use super::rewrite::{self, Batched};
use super::{Evidence, Finding, FindingKind, Impact, Remedy, Severity, share};
use crate::event::CallSite;
use crate::scope::QueryGroup;
use crate::sql::{Fingerprint, StatementKind};
use crate::time::Duration;
use crate::units::{duration, percent};

/// One statement that one place sends again and again within a scope.
#[derive(Debug)]
pub(crate) struct Repetition<'a> {
    pub(crate) kind: FindingKind,
    pub(crate) fingerprint: &'a Fingerprint,
    pub(crate) call_site: CallSite,
    /// Scopes that did it.
    pub(crate) scopes: u64,
    /// Statements sent by all of them.
    pub(crate) queries: u64,
    /// Statements sent by the worst of them.
    pub(crate) most: u64,
    /// The time of those statements.
    pub(crate) query_time: Duration,
    /// That time without the longest statement of each scope: what one statement would save.
    pub(crate) wasted: Duration,
    /// The time of those scopes.
    pub(crate) scope_time: Duration,
}

impl<'a> Repetition<'a> {
    /// The repetition of a single scope.
    pub(crate) fn of(kind: FindingKind, group: &'a QueryGroup, elapsed: Duration) -> Self {
        Self {
            kind,
            fingerprint: group.fingerprint(),
            call_site: group.call_site(),
            scopes: 1,
            queries: group.count(),
            most: group.count(),
            query_time: group.time(),
            wasted: group.time().saturating_sub(group.longest()),
            scope_time: elapsed,
        }
    }

    /// As a finding about `subject`, seen for `observed`; `all` is the time of all scopes, or
    /// none where only these scopes are known.
    pub(crate) fn finding(
        &self,
        subject: &str,
        observed: Duration,
        all: Option<Duration>,
    ) -> Finding {
        let impact = Impact::new(self.wasted, observed, all.unwrap_or(self.scope_time));
        let mean = self.queries as f64 / self.scopes.max(1) as f64;
        let per_scope = self.query_time.div_f64(self.scopes.max(1) as f64);
        Finding {
            key: format!("{}:{subject}:{:016x}", self.kind.as_str(), self.fingerprint.id()),
            kind: self.kind,
            severity: Severity::of_share(impact.share).max(Severity::Warning),
            subject: subject.to_owned(),
            evidence: vec![
                Evidence::new("statement", self.fingerprint.text()),
                Evidence::new("queries per scope", format!("{mean:.1}, at most {}", self.most)),
                Evidence::new("scopes", self.scopes.to_string()),
                Evidence::new("query time per scope", duration(per_scope)),
                Evidence::new(
                    "share of the scope",
                    percent(share(self.query_time, self.scope_time)),
                ),
            ],
            call_sites: vec![self.call_site],
            impact,
            remedy: self.remedy(),
        }
    }

    fn remedy(&self) -> Remedy {
        if self.kind == FindingKind::RepeatedQuery {
            let advice = "the parameters are the same each time: run it once per scope and pass \
                          the result on, or keep it in a cache";
            return Remedy { advice: advice.to_owned(), code: None };
        }
        match (self.fingerprint.kind(), rewrite::batched(self.fingerprint)) {
            (StatementKind::Read, Some(Batched { column, sql })) => Remedy {
                advice: format!("send one statement for all values and group its rows by {column}"),
                code: Some(sql),
            },
            (StatementKind::Write, Some(Batched { sql, .. })) => {
                let advice = "change all rows with one statement".to_owned();
                Remedy { advice, code: Some(sql) }
            }
            (StatementKind::Write, None) => {
                let advice = "write all rows with one statement: insert … select from unnest of \
                              one array for each column";
                Remedy { advice: advice.to_owned(), code: None }
            }
            _ => {
                let advice = "ask for all values with one statement: join the table to the query \
                              that gives the values, by a lateral join where there is a limit";
                Remedy { advice: advice.to_owned(), code: None }
            }
        }
    }
}

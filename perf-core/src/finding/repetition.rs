use super::rewrite::{self, Batched};
use super::{Evidence, Finding, FindingKind, Impact, Remedy, Repeated, Severity, share};
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
    pub(crate) parameters_unknown: bool,
    pub(crate) seen: Repeated,
}

impl<'a> Repetition<'a> {
    /// The repetition of a single scope.
    pub(crate) fn of(kind: FindingKind, group: &'a QueryGroup, elapsed: Duration) -> Self {
        Self {
            kind,
            fingerprint: group.fingerprint(),
            call_site: group.call_site(),
            parameters_unknown: group.parameters_unknown(),
            seen: Repeated {
                scopes: 1,
                times: group.count(),
                most: group.count(),
                time: group.time(),
                wasted: group.time().saturating_sub(group.longest()),
                scope_time: elapsed,
            },
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
        let seen = &self.seen;
        let impact = Impact::new(seen.wasted, observed, all.unwrap_or(seen.scope_time));
        let mut evidence = vec![
            Evidence::new("statement", self.fingerprint.text()),
            Evidence::new("queries per scope", seen.times_per_scope()),
            Evidence::new("scopes", seen.scopes.to_string()),
            Evidence::new("query time per scope", duration(seen.per_scope(seen.time))),
            Evidence::new("share of the scope", percent(share(seen.time, seen.scope_time))),
        ];
        if self.parameters_unknown {
            evidence.push(Evidence::new("parameters", "unknown: may be the same each time"));
        }
        Finding {
            key: format!("{}:{subject}:{:016x}", self.kind.as_str(), self.fingerprint.id()),
            kind: self.kind,
            severity: Severity::of_share(impact.share).max(Severity::Warning),
            subject: subject.to_owned(),
            evidence,
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

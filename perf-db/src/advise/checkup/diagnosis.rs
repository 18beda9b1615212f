use std::collections::{HashMap, HashSet};
use std::fmt;

use perf_core::finding::{Severity, rank};
use perf_core::{Finding, Fingerprint};
use serde::Serialize;

use super::{Missing, Server};
use crate::advise::candidates::Rejected;
use crate::advise::plan::{NodeId, Picture, Plan, Tree};

/// What a [`Checkup`](super::Checkup) has found.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Diagnosis {
    /// The server that was looked at.
    pub server: Server,
    /// What to change, dearest first; each key once.
    pub findings: Vec<Finding>,
    /// What could not be looked at.
    pub missing: Vec<Missing>,
    /// The statements that were planned, dearest first, and then executions that were slow.
    #[serde(skip)]
    pub plans: Vec<PlannedStatement>,
    /// Indexes that were looked at and are not proposed, with the bar that each of them missed.
    #[serde(skip)]
    pub rejected: Vec<Rejected>,
}

/// A statement with the plan that the server has for it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PlannedStatement {
    /// The statement.
    pub statement: Fingerprint,
    /// Its plan.
    pub plan: Plan,
    /// Where in the plan something was found.
    pub flags: Vec<(NodeId, Severity)>,
}

impl PlannedStatement {
    /// The plan as text, with its nodes marked where something was found.
    pub fn tree(&self) -> Tree<'_> {
        self.flags
            .iter()
            .fold(self.plan.tree(), |tree, (node, severity)| tree.flag(*node, *severity))
    }

    /// The plan as a piece of HTML, marked in the same way.
    pub fn picture(&self) -> Picture<'_> {
        self.flags
            .iter()
            .fold(self.plan.picture(), |picture, (node, severity)| picture.flag(*node, *severity))
    }
}

impl Diagnosis {
    pub(super) fn of(server: Server) -> Self {
        Self {
            server,
            findings: Vec::new(),
            missing: Vec::new(),
            plans: Vec::new(),
            rejected: Vec::new(),
        }
    }

    /// With each finding once, as it costs most, in order; and what is missing once.
    pub(super) fn settled(mut self) -> Self {
        rank(&mut self.findings);
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut settled: Vec<Finding> = Vec::with_capacity(self.findings.len());
        for finding in self.findings {
            match places.get(&finding.key) {
                Some(place) => add_call_sites(&mut settled[*place], &finding),
                None => {
                    places.insert(finding.key.clone(), settled.len());
                    settled.push(finding);
                }
            }
        }
        let mut told = HashSet::new();
        self.missing.retain(|missing| told.insert(missing.clone()));
        Self { findings: settled, ..self }
    }
}

fn add_call_sites(to: &mut Finding, other: &Finding) {
    for call_site in &other.call_sites {
        if !to.call_sites.contains(call_site) {
            to.call_sites.push(*call_site);
        }
    }
}

/// The server, what could not be looked at, and every finding in full.
impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Server { version, database, is_replica, .. } = &self.server;
        writeln!(
            f,
            "{version}, database {database}{}",
            if *is_replica { ", a replica" } else { "" }
        )?;
        if !self.missing.is_empty() {
            writeln!(f, "\nNot looked at")?;
            for missing in &self.missing {
                writeln!(f, "  {missing}")?;
            }
        }
        if self.findings.is_empty() {
            return writeln!(f, "\nNo findings.");
        }
        writeln!(f, "\nFindings, dearest first")?;
        for (number, finding) in (1..).zip(&self.findings) {
            writeln!(f, "\n{number:>3}. {}", finding.to_string().replace('\n', "\n   "))?;
        }
        Ok(())
    }
}

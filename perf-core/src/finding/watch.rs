use std::collections::HashSet;

use super::Finding;
use crate::recorder::Recorder;

/// Findings as they appear: each look tells those that no earlier look told.
///
/// ```
/// use perf_core::{Recorder, finding::Watch};
///
/// let mut watch = Watch::new(&Recorder::builder().build());
/// assert!(watch.look().is_empty());
/// ```
///
/// # Cost
/// A look takes a [snapshot](Recorder::snapshot): look every few seconds, not for every request.
#[derive(Debug)]
pub struct Watch {
    recorder: Recorder,
    told: HashSet<String>,
}

/// Findings remembered; the tables that they come from are bounded, so this seldom matters.
const MOST: usize = 10_000;

impl Watch {
    /// A watch to which all findings are new.
    pub fn new(recorder: &Recorder) -> Self {
        Self { recorder: recorder.clone(), told: HashSet::new() }
    }

    /// Findings that have appeared since the last look, dearest first.
    pub fn look(&mut self) -> Vec<Finding> {
        let mut findings = self.recorder.snapshot().findings;
        if self.told.len() > MOST {
            let still_there: HashSet<&str> = findings.iter().map(|f| f.key.as_str()).collect();
            self.told.retain(|key| still_there.contains(key.as_str()));
        }
        findings.retain(|finding| self.told.insert(finding.key.clone()));
        findings
    }
}

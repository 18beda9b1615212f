use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::{Finding, rank};

/// Findings with the same key as one, the same trouble at several call sites, and all by what they
/// cost. The evidence is that of the dearest.
pub(crate) fn merged(mut findings: Vec<Finding>) -> Vec<Finding> {
    rank(&mut findings);
    let mut places = HashMap::new();
    let mut merged: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings {
        match places.entry(finding.key.clone()) {
            Entry::Vacant(place) => {
                place.insert(merged.len());
                merged.push(finding);
            }
            Entry::Occupied(place) => merged[*place.get()].take_in(finding),
        }
    }
    rank(&mut merged);
    merged
}

impl Finding {
    fn take_in(&mut self, other: Self) {
        for call_site in other.call_sites {
            if !self.call_sites.contains(&call_site) {
                self.call_sites.push(call_site);
            }
        }
        self.severity = self.severity.max(other.severity);
        self.impact.per_minute = self.impact.per_minute.saturating_add(other.impact.per_minute);
        self.impact.share = (self.impact.share + other.impact.share).min(1.0);
    }
}

use perf_core::finding::Impact;
use perf_core::time::Duration;
use perf_core::{CallSite, Fingerprint};

use crate::advise::plan::Plan;
use crate::advise::schema::Schema;
use crate::advise::workload::{Statement, Workload};

/// The server's `work_mem` as it is delivered.
const WORK_MEM: u64 = 4 << 20;

/// What is known around a plan: whose it is, how often it runs, and on what tables.
#[derive(Clone, Debug)]
pub struct Context<'a> {
    pub(super) statement: &'a Fingerprint,
    pub(super) call_sites: Vec<CallSite>,
    cost: Option<(&'a Workload, Duration)>,
    pub(super) schema: Option<&'a Schema>,
    work_mem_bytes: Option<u64>,
    hash_mem_multiplier: Option<f64>,
}

impl<'a> Context<'a> {
    /// Of a plan of this statement.
    pub fn new(statement: &'a Fingerprint) -> Self {
        Self {
            statement,
            call_sites: Vec::new(),
            cost: None,
            schema: None,
            work_mem_bytes: None,
            hash_mem_multiplier: None,
        }
    }

    /// With its place in a workload: how often it runs, for how long, and who sends it.
    pub fn of(workload: &'a Workload, statement: &'a Statement) -> Self {
        let mut context = Self::new(&statement.fingerprint).call_sites(statement.call_sites());
        context.cost = Some((workload, statement.time));
        context
    }

    /// Who sends it.
    #[must_use]
    pub fn call_sites(mut self, call_sites: impl IntoIterator<Item = CallSite>) -> Self {
        self.call_sites.extend(call_sites);
        self
    }

    /// The tables, whose sizes and statistics tell causes.
    #[must_use]
    pub fn schema(mut self, schema: &'a Schema) -> Self {
        self.schema = Some(schema);
        self
    }

    /// The server's `work_mem`. Defaults to what the plan says, with `settings`.
    #[must_use]
    pub fn work_mem_bytes(mut self, bytes: u64) -> Self {
        self.work_mem_bytes = Some(bytes);
        self
    }

    /// The server's `hash_mem_multiplier`. Defaults to what the plan says, with `settings`, and else
    /// to that of the schema's server as it is delivered.
    #[must_use]
    pub fn hash_mem_multiplier(mut self, multiplier: f64) -> Self {
        self.hash_mem_multiplier = Some(multiplier);
        self
    }

    pub(crate) fn statement(&self) -> &'a Fingerprint {
        self.statement
    }

    /// What it costs that this share of the statement's time is lost; nothing that is known without
    /// a workload.
    pub(super) fn impact(&self, share: f64) -> Impact {
        self.cost.map_or_else(Impact::default, |(workload, time)| {
            workload.impact(time.mul_f64(share.clamp(0.0, 1.0)))
        })
    }

    pub(super) fn work_mem(&self, plan: &Plan) -> Option<u64> {
        let of_plan = || plan.summary().setting("work_mem").and_then(bytes);
        let delivered = || plan.summary().tells_settings.then_some(WORK_MEM);
        self.work_mem_bytes.or_else(of_plan).or_else(delivered)
    }

    /// By what `work_mem` is multiplied for a hash.
    pub(super) fn hash_multiplier(&self, plan: &Plan) -> f64 {
        let of_plan = || plan.summary().setting("hash_mem_multiplier")?.parse().ok();
        let of_server = || self.schema.map(|schema| schema.server_version);
        let multiplier = self.hash_mem_multiplier.or_else(of_plan).unwrap_or_else(|| {
            // The default was doubled in PostgreSQL 15. Where it is not known, too much memory is
            // asked for rather than too little.
            if of_server().is_some_and(|version| version >= 150_000) { 2.0 } else { 1.0 }
        });
        multiplier.clamp(1.0, 1_000.0)
    }
}

/// A size as the server writes it: `64MB`.
fn bytes(setting: &str) -> Option<u64> {
    let digits = setting.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = setting.split_at(digits);
    let unit: u64 = match unit {
        "B" => 1,
        "kB" => 1 << 10,
        "MB" => 1 << 20,
        "GB" => 1 << 30,
        "TB" => 1 << 40,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_of_settings_have_units() {
        assert_eq!(bytes("64kB"), Some(65_536));
        assert_eq!(bytes("1GB"), Some(1 << 30));
        assert_eq!([bytes("64"), bytes(""), bytes("x"), bytes("9999999999TB")], [None; 4]);
    }
}

//! The statements that are looked at, with what they cost just now.

use std::collections::BTreeMap;

use super::access::{Access, accesses};
use super::planner::{Answer, Plannable, Planner};
use crate::advise::{Missing, Schema, Workload};
use crate::error::DbError;

/// A statement of the workload that the server can plan.
pub(super) struct Case {
    /// Which one it is in the workload.
    pub(super) place: usize,
    pub(super) statement: Plannable,
    pub(super) accesses: Vec<Access>,
    /// How often it runs.
    pub(super) calls: f64,
    /// Its cost as things are.
    pub(super) before: f64,
    /// Its cost with what has been chosen up to now.
    pub(super) cost: f64,
}

impl Case {
    /// Plans all statements once, the dearest first, as long as there is time.
    pub(super) async fn all(
        planner: &mut Planner<'_>,
        schema: &Schema,
        workload: &Workload,
        missing: &mut Vec<Missing>,
    ) -> Result<Vec<Self>, DbError> {
        let mut cases = Vec::new();
        let mut refused: BTreeMap<String, u64> = BTreeMap::new();
        for (place, statement) in workload.statements.iter().enumerate() {
            let Some(text) = statement.plannable() else { continue };
            if planner.is_out_of_time() {
                break;
            }
            match planner.plan(text).await? {
                Answer::Told((plannable, plan)) => {
                    let before = plan.root().estimate.total_cost;
                    cases.push(Self {
                        place,
                        statement: plannable,
                        accesses: accesses(&plan, schema),
                        calls: statement.calls.max(1) as f64,
                        before,
                        cost: before,
                    });
                }
                Answer::Refused(code) => *refused.entry(code).or_default() += 1,
            }
        }
        if !refused.is_empty() {
            missing.push(unplanned(&refused));
        }
        Ok(cases)
    }
}

fn unplanned(refused: &BTreeMap<String, u64>) -> Missing {
    let number: u64 = refused.values().sum();
    let codes: Vec<String> =
        refused.iter().map(|(code, times)| format!("{code} {times} times")).collect();
    let why = format!(
        "{number} statements were left out of the search for indexes, because the server would not \
         plan them (SQLSTATE {})",
        codes.join(", ")
    );
    let missing = Missing::new("plans of all statements", why);
    match refused.contains_key("42501") {
        true => missing.remedy("grant pg_read_all_data to the user of the advisor"),
        false => missing,
    }
}

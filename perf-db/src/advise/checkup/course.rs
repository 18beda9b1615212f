use std::error::Error;

use perf_core::Finding;

use super::{Checkup, Diagnosis, PlannedStatement};
use crate::advise::candidates::IndexSearch;
use crate::advise::explain::Explain;
use crate::advise::health::Health;
#[cfg(feature = "lint")]
use crate::advise::lint::Linter;
use crate::advise::plan::{Context, Plan};
use crate::advise::settings::ServerSettings;
use crate::advise::{Advisor, Missing, Schema, Server, Statement, Workload, views};
use crate::error::DbError;

/// A checkup under way: what one part has read, the next ones use.
pub(super) struct Course<'a> {
    checkup: &'a Checkup,
    advisor: &'a Advisor,
    schema: Schema,
    workload: Workload,
    diagnosis: Diagnosis,
    /// Why the last question was not answered, where the server was not there.
    lost: Option<DbError>,
}

impl<'a> Course<'a> {
    pub(super) async fn begin(checkup: &'a Checkup, advisor: &'a Advisor) -> Result<Self, DbError> {
        let server = advisor.apart(async { Server::load(&advisor.look().await?).await }).await?;
        let mut diagnosis = Diagnosis::of(server);
        diagnosis.missing = diagnosis.server.missing();
        let (schema, workload) = (Schema::default(), Workload::default());
        Ok(Self { checkup, advisor, schema, workload, diagnosis, lost: None })
    }

    /// A server that was not there in the end may have stopped at any moment before: findings that
    /// lack are no good news then.
    pub(super) async fn run(mut self) -> Result<Diagnosis, DbError> {
        self.schema().await;
        self.workload().await;
        self.plans().await;
        self.slow_executions().await;
        self.indexes().await;
        self.text();
        self.views();
        self.settings().await;
        self.health().await;
        self.lost.map_or_else(|| Ok(self.diagnosis.settled()), Err)
    }

    async fn schema(&mut self) {
        let loaded = self.advisor.schema().await;
        self.schema = self.taken("tables and indexes", loaded).unwrap_or_default();
    }

    /// What the server has counted, or else this process.
    async fn workload(&mut self) {
        let loaded = self.advisor.statements().await;
        let statements = self.taken("statements", loaded).unwrap_or_default();
        self.diagnosis.missing.extend(statements.missing.iter().cloned());
        let top = self.checkup.statements;
        let (workload, missing) = match statements.statements.is_empty() {
            true => self.advisor.own_workload(top),
            false => {
                let loaded = self.advisor.workload(&statements, top).await;
                self.taken("call sites of statements", loaded).unwrap_or_default()
            }
        };
        self.diagnosis.missing.extend(missing);
        self.found(workload.findings(&statements));
        self.workload = workload;
    }

    /// The plans that the server takes for all values. The search for indexes tells which statements
    /// have none.
    async fn plans(&mut self) {
        let workload = std::mem::take(&mut self.workload);
        for statement in &workload.statements {
            let Some(sql) = statement.plannable() else { continue };
            let explain = Explain::new(sql.to_owned());
            let advisor = self.advisor;
            let planned = advisor.apart(async { explain.run(&advisor.look().await?).await }).await;
            if let Ok(plan) = planned {
                self.plan_of(&workload, statement, plan);
            }
        }
        self.workload = workload;
    }

    /// The plans for the values of executions that were slow, where the service keeps those.
    async fn slow_executions(&mut self) {
        let loaded = self.advisor.slow_plans().await;
        for slow in self.taken("the plans of slow executions", loaded).unwrap_or_default() {
            let plan = match slow.plan {
                Ok(plan) => plan,
                Err(missing) => {
                    self.diagnosis.missing.push(missing);
                    continue;
                }
            };
            let workload = std::mem::take(&mut self.workload);
            let known = workload.statements.iter().find(|s| s.fingerprint == slow.statement);
            match known {
                Some(statement) => self.plan_of(&workload, statement, plan),
                None => {
                    let context = Context::new(&slow.statement).call_sites([slow.call_site]);
                    self.plan_in(context, plan);
                }
            }
            self.workload = workload;
        }
    }

    fn plan_of(&mut self, workload: &Workload, statement: &Statement, plan: Plan) {
        self.plan_in(Context::of(workload, statement), plan);
    }

    fn plan_in(&mut self, context: Context<'_>, plan: Plan) {
        let statement = context.statement().clone();
        let findings = plan.findings(&context.schema(&self.schema));
        let flags = findings.iter().map(|found| (found.node, found.finding.severity)).collect();
        self.found(findings.into_iter().map(|found| found.finding).collect());
        self.diagnosis.plans.push(PlannedStatement { statement, plan, flags });
    }

    /// Those that are there, and those that should be.
    async fn indexes(&mut self) {
        let mut others = Vec::new();
        for replica in &self.checkup.replicas {
            let loaded = replica.schema().await;
            others.extend(self.taken("the counters of a replica", loaded));
        }
        let counted_for = self.checkup.counted_for;
        let there =
            self.advisor.indexes_counted(&self.schema, &others, &self.workload, counted_for).await;
        let (findings, missing) =
            self.taken("the state of tables and indexes", there).unwrap_or_default();
        self.found(findings);
        self.diagnosis.missing.extend(missing);

        let search = IndexSearch::new();
        let advice = search.run(self.advisor, &self.schema, &self.workload).await;
        let advice = self.taken("indexes that are missing", advice).unwrap_or_default();
        self.found(advice.findings(&self.schema, &self.workload));
        self.diagnosis.missing.extend(advice.missing);
        self.diagnosis.rejected = advice.rejected;
    }

    #[cfg(feature = "lint")]
    fn text(&mut self) {
        let findings = Linter::new(&self.schema).findings(&self.workload);
        self.found(findings);
    }

    #[cfg(not(feature = "lint"))]
    fn text(&mut self) {}

    fn views(&mut self) {
        let findings = views::findings(&self.workload, &self.schema);
        self.found(findings);
    }

    async fn settings(&mut self) {
        let loaded = ServerSettings::load(self.advisor).await;
        let Some(settings) = self.taken("settings", loaded) else { return };
        self.diagnosis.missing.extend(settings.missing.iter().cloned());
        self.found(settings.findings(self.checkup.machine.as_ref()));
    }

    async fn health(&mut self) {
        let loaded = Health::load(self.advisor).await;
        let Some(health) = self.taken("health", loaded) else { return };
        self.found(health.findings(&self.checkup.limits));
        self.diagnosis.missing.extend(health.missing);
    }

    fn found(&mut self, findings: Vec<Finding>) {
        self.diagnosis.findings.extend(findings);
    }

    /// What could be read; what could not is listed.
    fn taken<T>(&mut self, what: &'static str, outcome: Result<T, DbError>) -> Option<T> {
        match outcome {
            Ok(taken) => {
                self.lost = None;
                Some(taken)
            }
            Err(error) => {
                self.diagnosis.missing.push(Missing::new(what, why(&error)));
                self.lost = error.is_connection().then_some(error);
                None
            }
        }
    }
}

/// Without the statement, which is the advisor's own.
fn why(error: &DbError) -> String {
    match (error.code(), error.source()) {
        _ if error.is_timeout() => "the server takes too long to tell".to_owned(),
        (Some("22021" | "22P05"), _) => {
            "a name or a text there cannot be converted to UTF-8, which connections use".to_owned()
        }
        (Some(code), _) if !error.is_connection() => {
            format!("the server refuses to show it, with code {code}")
        }
        (_, Some(cause)) => format!("{error}: {cause}"),
        (_, None) => error.to_string(),
    }
}

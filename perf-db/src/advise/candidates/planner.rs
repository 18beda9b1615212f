//! Asks the server what statements would cost, with indexes that are not there.

use std::fmt::Write;

use perf_core::CallSite;
use perf_core::sync::Arc;
use perf_core::time::{self, Duration, Instant};
use tokio_postgres::SimpleQueryMessage;

use super::candidate::Candidate;
use super::costs::Costs;
use crate::advise::OWN;
use crate::advise::explain::normalised;
use crate::advise::plan::Plan;
use crate::error::DbError;
use crate::executor::Executor;
use crate::statement::{Call, Dispatch, Loan};
use crate::transaction::Transaction;

/// Statements whose costs are asked for in one round trip.
const AT_ONCE: usize = 40;

const SAVEPOINT: &str = own!("savepoint perf_advise");
const ROLL_BACK: &str =
    concat!(own!("rollback to savepoint perf_advise"), "; ", own!("release savepoint perf_advise"));

/// A session in which statements are planned.
///
/// Invariants:
/// 1. What is sent together with other text was taken by the server as one statement before, alone.
/// 2. Locks that planning takes are given back with each answer, by going back to a savepoint.
/// 3. Hypothetical indexes and prepared statements outlive a transaction; a session that may have
///    some left is not given to anybody else.
pub(super) struct Planner<'a> {
    look: &'a Transaction,
    loan: Loan<'a>,
    /// The schema of hypopg, in quotes.
    hypopg: Option<String>,
    /// The name of the statement that is planned just now.
    name: String,
    until: Instant,
    explains: u64,
    is_clean: bool,
}

/// A statement that the server can plan.
#[derive(Clone)]
pub(super) struct Plannable {
    text: Arc<str>,
    parameters: usize,
}

/// What became of a question that the server may refuse.
pub(super) enum Answer<T> {
    Told(T),
    /// With its code (SQLSTATE): its words may hold values.
    Refused(String),
}

impl<'a> Planner<'a> {
    pub(super) async fn open(look: &'a Transaction, budget: Duration) -> Result<Self, DbError> {
        let loan = look.lend(CallSite::here()).await?;
        let mut planner = Self {
            look,
            loan,
            hypopg: None,
            name: format!("perf_advise_{:016x}", fastrand::u64(..)),
            until: time::now() + budget,
            explains: 0,
            is_clean: true,
        };
        let settings = own!(
            "select set_config('plan_cache_mode', 'force_generic_plan', true), \
             set_config('standard_conforming_strings', 'on', true)"
        );
        planner.tell(settings).await?;
        let schema = own!(
            "select quote_ident(n.nspname) from pg_extension e \
             join pg_namespace n on n.oid = e.extnamespace where e.extname = 'hypopg'"
        );
        planner.hypopg = planner.tell(schema).await?.pop();
        Ok(planner)
    }

    pub(super) fn has_hypopg(&self) -> bool {
        self.hypopg.is_some()
    }

    /// The class of operators for trigrams, with its schema, where the extension is there.
    pub(super) async fn trigram_operators(&self) -> Result<Option<String>, DbError> {
        let operators = own!(
            "select quote_ident(n.nspname) || '.gin_trgm_ops' from pg_extension e \
             join pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_trgm'"
        );
        Ok(self.tell(operators).await?.pop())
    }

    pub(super) fn explains(&self) -> u64 {
        self.explains
    }

    pub(super) fn is_out_of_time(&self) -> bool {
        time::now() >= self.until
    }

    /// Plans a statement as it is, with its plan in full.
    pub(super) async fn plan(&mut self, text: &str) -> Result<Answer<(Plannable, Plan)>, DbError> {
        let text = normalised::mended(text);
        self.is_clean = false;
        self.tell(SAVEPOINT).await?;
        let prepare = format!("prepare {} as {text}\n{OWN}", self.name);
        let mut answer = self.alone(&prepare).await.map(|()| Answer::Told(()));
        let mut told = None;
        if let Ok(Answer::Told(())) = answer {
            match self.plan_prepared(&text).await {
                Ok(plan) => told = Some(plan),
                Err(error) => answer = Err(error),
            }
        }
        let refused = match answer {
            Err(error) => Some(refusal(error)?),
            Ok(_) => None,
        };
        self.undo().await?;
        self.is_clean = true;
        Ok(match (told, refused) {
            (Some(Some(plan)), _) => Answer::Told(plan),
            (_, refused) => Answer::Refused(refused.unwrap_or_else(|| "no plan".to_owned())),
        })
    }

    async fn plan_prepared(&mut self, text: &str) -> Result<Option<(Plannable, Plan)>, DbError> {
        let count = format!(
            "select cardinality(parameter_types) from pg_prepared_statements where name = '{}' \
             {OWN}",
            self.name
        );
        let count = self.tell(&count).await?.pop();
        let parameters = count.and_then(|count| count.parse().ok()).unwrap_or(0);
        let statement = Plannable { text: text.into(), parameters };
        self.explains += 1;
        let explain = format!("explain (verbose, format json) {} {OWN}", self.execute(&statement));
        let plan = self.tell(&explain).await?.pop().and_then(|plan| Plan::parse(&plan).ok());
        Ok(plan.map(|plan| (statement, plan)))
    }

    fn execute(&self, statement: &Plannable) -> String {
        match statement.parameters {
            0 => format!("execute {}", self.name),
            count => format!("execute {}({})", self.name, vec!["null"; count].join(", ")),
        }
    }

    /// What these statements cost when there are these indexes, as well as those that there are.
    pub(super) async fn costs(
        &mut self,
        statements: &[&Plannable],
        indexes: &[&Candidate],
    ) -> Result<Answer<Costs>, DbError> {
        if statements.is_empty() {
            return self.costs_at_once(statements, indexes).await;
        }
        let mut all = Costs::default();
        for some in statements.chunks(AT_ONCE) {
            match self.costs_at_once(some, indexes).await? {
                Answer::Told(costs) => {
                    all.costs.extend(costs.costs);
                    all.uses.extend(costs.uses);
                    all.bytes = costs.bytes;
                }
                Answer::Refused(code) => return Ok(Answer::Refused(code)),
            }
        }
        Ok(Answer::Told(all))
    }

    async fn costs_at_once(
        &mut self,
        statements: &[&Plannable],
        indexes: &[&Candidate],
    ) -> Result<Answer<Costs>, DbError> {
        let Some(hypopg) = self.hypopg.clone() else {
            return Ok(Answer::Refused("no hypopg".to_owned()));
        };
        let mut sql = format!("{SAVEPOINT};\nselect {hypopg}.hypopg_reset() {OWN};\n");
        for index in indexes {
            let index = index.hypothetical().replace('\'', "''");
            _ = writeln!(
                sql,
                "select indexrelid from {hypopg}.hypopg_create_index('{index}') {OWN};"
            );
        }
        _ = writeln!(
            sql,
            "select {hypopg}.hypopg_relation_size(indexrelid) from {hypopg}.hypopg() \
             order by indexrelid {OWN};"
        );
        for statement in statements {
            let (name, execute) = (&self.name, self.execute(statement));
            _ = writeln!(
                sql,
                "prepare {name} as {}\n{OWN};\nexplain (format json) {execute} {OWN};\n\
                 deallocate {name} {OWN};",
                statement.text
            );
        }
        sql.push_str(ROLL_BACK);
        self.explains += statements.len() as u64;
        self.is_clean = false;
        let told = match self.tell(&sql).await {
            Ok(told) => told,
            Err(error) => {
                let code = refusal(error)?;
                self.undo().await?;
                return Ok(Answer::Refused(code));
            }
        };
        Ok(Costs::read(told, statements.len(), indexes.len())
            .map_or_else(|| Answer::Refused("no plan".to_owned()), Answer::Told))
    }

    /// Goes back to before the statement. What was prepared outlasts that, where it came so far.
    async fn undo(&self) -> Result<(), DbError> {
        self.tell(ROLL_BACK).await?;
        let name = &self.name;
        let is_left =
            format!("select name from pg_prepared_statements where name = '{name}' {OWN}");
        if !self.tell(&is_left).await?.is_empty() {
            self.tell(&format!("deallocate {name} {OWN}")).await?;
        }
        Ok(())
    }

    /// Takes all hypothetical indexes away.
    pub(super) async fn close(mut self) -> Result<(), DbError> {
        if let Some(hypopg) = &self.hypopg {
            self.tell(&format!("select {hypopg}.hypopg_reset() {OWN}")).await?;
        }
        self.is_clean = true;
        Ok(())
    }

    /// The first columns of all rows that these statements return.
    async fn tell(&self, sql: &str) -> Result<Vec<String>, DbError> {
        let client = self.loan.connection()?.client();
        let call = Call::at("explain", &[], CallSite::here());
        let answer = call.fly(&self.loan, client.simple_query(sql), |rows| rows.len() as u64).await;
        let messages = self.look.noted(answer)?;
        let rows = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or_default().to_owned()),
            _ => None,
        });
        Ok(rows.collect())
    }

    /// Sends what the server refuses unless it is one statement.
    async fn alone(&self, sql: &str) -> Result<(), DbError> {
        let client = self.loan.connection()?.client();
        let call = Call::at("prepare", &[], CallSite::here());
        let answer = call.fly(&self.loan, client.execute_typed(sql, &[]), |rows| *rows).await;
        self.look.noted(answer).map(drop)
    }
}

impl Drop for Planner<'_> {
    fn drop(&mut self) {
        if !self.is_clean {
            self.loan.retire();
        }
    }
}

/// Whether the server has this extension, so that `create extension` is all that it takes.
pub(super) async fn is_available(look: &Transaction, extension: &str) -> Result<bool, DbError> {
    let known = own!("select exists (select from pg_available_extensions where name = $1)");
    look.query_one(known, &[&extension]).await?.try_get(0)
}

/// The code of what the server refused; what breaks the connection is no refusal.
fn refusal(error: DbError) -> Result<String, DbError> {
    match error.code().map(str::to_owned) {
        Some(code) => Ok(code),
        None => Err(error),
    }
}

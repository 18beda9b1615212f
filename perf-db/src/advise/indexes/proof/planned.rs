use std::collections::HashSet;

use perf_core::Fingerprint;
use perf_core::sql::StatementKind;
use perf_core::time::{Duration, now};

use super::Group;
use super::hiding::Hiding;
use crate::advise::Workload;
use crate::advise::explain::Explain;
use crate::advise::plan::Plan;
use crate::advise::schema::{Index, Schema};

use super::verdict::{Rise, Verdict};
use crate::error::DbError;
use crate::executor::Executor;
use crate::transaction::Transaction;

/// Statements are planned in the order of their time, so what is left out takes little.
const MOST_STATEMENTS: usize = 1_000;

/// Plans without an index, over all indexes.
const MOST_PLANS_WITHOUT: usize = 3_000;

/// How long the statements are planned, and planned again without indexes: a look at a whole server
/// takes seconds.
const LONGEST: Duration = Duration::from_secs(3);

/// A plan of a recorded statement.
pub(super) struct Planned {
    /// Its place in the workload.
    pub(super) place: usize,
    cost: f64,
    indexes: HashSet<String>,
    /// Schema and name.
    tables: HashSet<(String, String)>,
}

impl Planned {
    fn of(place: usize, plan: &Plan) -> Self {
        let mut planned =
            Self { place, cost: cost(plan), indexes: HashSet::new(), tables: HashSet::new() };
        for (_, node) in plan.nodes() {
            planned.indexes.extend(node.index.clone());
            if let Some(relation) = &node.relation {
                let schema = relation.schema.clone().unwrap_or_default();
                planned.tables.insert((schema, relation.name.clone()));
            }
        }
        planned
    }

    fn is_on(&self, group: &Group) -> bool {
        !self.tables.is_disjoint(&group.tables) || self.reads(group)
    }

    fn reads(&self, group: &Group) -> bool {
        !self.indexes.is_disjoint(&group.names)
    }
}

/// The plans of the recorded statements that may read the tables in question.
#[derive(Default)]
pub(super) struct RecordedPlans {
    pub(super) planned: Vec<Planned>,
    /// Those that have no plan for all values, or that the user may not plan.
    pub(super) unplanned: usize,
    /// Those beyond the most that are planned, and the longest that takes.
    pub(super) left_out: usize,
    /// Plans without an index that may still be asked for.
    left: usize,
    /// How long these have taken.
    taken: Duration,
}

/// Relations that stand for tables under other names.
const VIEWS: &str = own!(
    "\
select relname::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
where relkind = 'v' and nspname !~ '^pg_' and nspname <> 'information_schema'
limit 10000"
);

impl RecordedPlans {
    /// A statement that names none of the tables, nothing that they are parts of, and no view reads
    /// none of them, unless by a function; what a function runs is recorded by itself.
    pub(super) async fn plan(
        look: &Transaction,
        schema: &Schema,
        tables: &HashSet<u32>,
        workload: &Workload,
    ) -> Result<Self, DbError> {
        let mut statements = Self { left: MOST_PLANS_WITHOUT, ..Self::default() };
        if workload.statements.is_empty() {
            return Ok(statements);
        }
        let mut names: HashSet<String> = HashSet::new();
        for row in look.query(VIEWS, &[]).await? {
            names.insert(row.try_get::<_, String>("name")?.to_lowercase());
        }
        names.extend(tables.iter().filter_map(|oid| schema.table(*oid)).flat_map(|table| {
            let above =
                std::iter::successors(Some(table), |table| schema.table(table.partition_of?));
            above.take(32).map(|table| table.name.to_lowercase())
        }));
        let began = now();
        for (place, statement) in workload.statements.iter().enumerate() {
            let Some(text) = statement.plannable() else {
                statements.unplanned += usize::from(may_read(&statement.fingerprint));
                continue;
            };
            if !mentions(text, &names) {
                continue;
            }
            let asked = statements.planned.len() + statements.unplanned;
            if asked >= MOST_STATEMENTS || began.elapsed() >= LONGEST {
                statements.left_out += 1;
                continue;
            }
            match plan(look, text).await? {
                Some(plan) => statements.planned.push(Planned::of(place, &plan)),
                None => statements.unplanned += 1,
            }
        }
        Ok(statements)
    }

    /// What is not known, as a part of a sentence.
    pub(super) fn aside(&self) -> String {
        match (self.unplanned, self.left_out) {
            (0, 0) => String::new(),
            (unplanned, 0) => format!(" ({unplanned} more cannot be planned)"),
            (unplanned, left_out) => format!(
                " ({unplanned} more cannot be planned, {left_out} that take the least time were left \
                 out)"
            ),
        }
    }

    /// What the plans are with the index hidden.
    pub(super) async fn without(
        &mut self,
        look: &Transaction,
        hiding: &Hiding,
        group: &Group,
        workload: &Workload,
    ) -> Result<Verdict, DbError> {
        let on_table: Vec<&Planned> = self.planned.iter().filter(|p| p.is_on(group)).collect();
        if on_table.is_empty() {
            return Ok(Verdict::NoStatements);
        }
        if on_table.len() > self.left || self.taken >= LONGEST {
            return Ok(Verdict::TooMany);
        }
        let began = now();
        self.left -= on_table.len();
        hiding.hide(look, &group.numbers).await?;
        let mut rises = Vec::new();
        let mut statements = 0;
        for before in &on_table {
            let Some(text) = workload.statements[before.place].plannable() else { continue };
            let Some(after) = plan(look, text).await? else { continue };
            statements += 1;
            let after = cost(&after);
            if after > before.cost * (1.0 + NOISE) {
                rises.push(Rise { place: before.place, before: before.cost, after });
            }
        }
        hiding.show(look, &group.numbers).await?;
        self.taken += began.elapsed();
        rises.sort_by(|a, b| b.factor().total_cmp(&a.factor()));
        Ok(Verdict::Hidden { statements, rises })
    }

    /// Which plans read the index, where it cannot be hidden.
    pub(super) fn readers(&self, group: &Group, index: &Index) -> Verdict {
        let on_table: Vec<&Planned> = self.planned.iter().filter(|p| p.is_on(group)).collect();
        if on_table.is_empty() {
            return Verdict::NoStatements;
        }
        let readers = on_table.iter().filter(|planned| planned.reads(group));
        Verdict::Read {
            statements: on_table.len(),
            readers: readers.map(|planned| planned.place).collect(),
            has_expressions: index.keys.iter().any(|key| key.column.is_none()),
            is_partial: index.is_partial(),
        }
    }
}

/// The costs of two plans that are the same differ by rounding only.
const NOISE: f64 = 0.001;

/// `None` for a statement that cannot be planned as it was recorded.
async fn plan(look: &Transaction, text: &str) -> Result<Option<Plan>, DbError> {
    match Explain::new(text.to_owned()).run(look).await {
        Ok(plan) => Ok(Some(plan)),
        Err(error) if error.is_connection() => Err(error),
        Err(_) => Ok(None),
    }
}

fn cost(plan: &Plan) -> f64 {
    plan.root().estimate.total_cost
}

/// Whether a text that has no plan may stand for one that needs an index: it was cut, or prepared by
/// SQL. `create table` does not.
fn may_read(fingerprint: &Fingerprint) -> bool {
    let is_prepared =
        ["prepare ", "declare "].iter().any(|word| fingerprint.text().starts_with(word));
    is_prepared || fingerprint.kind() != StatementKind::Other
}

/// Names in quotes are found by their letters too. Of names behind escapes it is not known.
fn mentions(text: &str, names: &HashSet<String>) -> bool {
    let text = text.to_lowercase();
    let words = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    let mut words = words.filter(|word| !word.is_empty());
    words.any(|word| names.contains(word))
        || text.contains("u&\"")
        || names.iter().any(|name| !is_word(name) && text.contains(&name.replace('"', "\"\"")))
}

/// A name that may be cut in the catalog is no whole word of a text.
fn is_word(name: &str) -> bool {
    const LONGEST: usize = 63;
    const LETTER: usize = 3;
    name.len() < LONGEST - LETTER
        && name.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
}

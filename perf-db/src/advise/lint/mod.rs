//! What a statement's text says with the schema at hand: no plan is made and nothing is run.
//!
//! A rule speaks only of names that it can resolve; a text that cannot be read has no finding.
//! Whole tables of a few rows, and rows that another condition finds by an index, are left alone.
//!
//! ```
//! use perf_db::advise::Schema;
//! use perf_db::advise::lint::Linter;
//!
//! let schema = Schema::default();
//! let findings = Linter::new(&schema).lint("select id from orders where total > 10");
//! assert!(findings.is_empty());
//! ```

mod block;
mod conditions;
mod estimate;
mod expressions;
mod from;
mod parameters;
mod parse;
mod read;
mod rewrite;
mod rules;
mod scope;
mod shape;
mod types;
mod walk;

use std::collections::HashSet;
use std::fmt;

use perf_core::finding::Severity;
use perf_core::sql::Dialect;
use perf_core::{Finding, FindingKind, Fingerprint};

use self::block::Reading;
use self::expressions::Expressions;
use self::rules::Found;
use crate::advise::schema::Schema;
use crate::advise::workload::Workload;

/// What this statement's text says, with the types of its parameters where the server has said
/// them.
///
/// # Cost
/// What [`Linter::new`] takes, which reads all expressions that are indexed, and below 50 µs for the
/// statement: for many of them make one `Linter`. Bench `lint`.
pub fn lint(sql: &str, schema: &Schema, parameter_types: Option<&[u32]>) -> Vec<Finding> {
    Linter::new(schema).lint_typed(sql, parameter_types.unwrap_or_default())
}

/// Reads statements of one schema.
#[derive(Clone)]
pub struct Linter<'a> {
    schema: &'a Schema,
    dialect: Dialect,
    expressions: Expressions,
}

impl<'a> Linter<'a> {
    /// For statements of PostgreSQL on this schema.
    pub fn new(schema: &'a Schema) -> Self {
        Self { schema, dialect: Dialect::Postgres, expressions: Expressions::of(schema) }
    }

    /// The SQL that the statements are written in. Defaults to PostgreSQL. Of MySQL no schema is
    /// read, so only the rules that need none speak.
    #[must_use]
    pub fn dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = dialect;
        self
    }

    /// What a statement's text says.
    pub fn lint(&self, sql: &str) -> Vec<Finding> {
        self.lint_typed(sql, &[])
    }

    /// The same with the types of `$1`, `$2`, …, as the server numbers them.
    pub fn lint_typed(&self, sql: &str, parameter_types: &[u32]) -> Vec<Finding> {
        let found = self.found(sql, parameter_types);
        if found.is_empty() {
            return Vec::new();
        }
        let fingerprint = Fingerprint::of_dialect(self.dialect, sql);
        found.into_iter().map(|found| found.finding(&fingerprint)).collect()
    }

    fn found(&self, sql: &str, parameter_types: &[u32]) -> Vec<Found> {
        let found = parse::with(sql, self.dialect, |statement| {
            let reading = Reading::of(&statement, self, parameter_types);
            let mut found = Vec::new();
            for rule in rules::ALL {
                rule(&reading, &mut found);
            }
            found
        });
        let mut found = found.unwrap_or_default();
        let mut seen = HashSet::new();
        found.retain(|found| seen.insert((found.kind, found.which.clone())));
        found
    }

    /// What the texts of a server's statements say, with who sends them. What a statement costs in
    /// all is what such a finding costs at most.
    pub fn findings(&self, workload: &Workload) -> Vec<Finding> {
        let mut findings = Vec::new();
        for statement in &workload.statements {
            // The server knows better how many rows there are, where somebody has counted them.
            let rows_each = statement.rows as f64 / statement.calls.max(1) as f64;
            let is_short = statement.rows > 0 && rows_each < rules::MANY_ROWS;
            for found in self.found(&statement.text, &[]) {
                if found.kind == FindingKind::MissingLimit && is_short {
                    continue;
                }
                let mut finding = found.finding(&statement.fingerprint);
                if rules::is_of_time(finding.kind) {
                    finding.impact = workload.impact(statement.time);
                    finding.severity =
                        finding.severity.max(Severity::of_share(finding.impact.share));
                }
                findings.push(finding.call_sites(statement.call_sites()));
            }
        }
        findings
    }
}

/// Without the schema, whose indexes may hold literals.
impl fmt::Debug for Linter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Linter").field("dialect", &self.dialect).finish_non_exhaustive()
    }
}

use std::fmt;

use crate::advise::schema::{Column, Schema, Table, TableKind};
use crate::error::DbError;
use crate::identifier;

/// An index that is not there.
///
/// Shown as the statement that makes it. It holds no value of a statement.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Candidate {
    /// The schema of its table.
    pub schema: String,
    /// Its table; of a partitioned one the whole.
    pub table: String,
    /// `btree` or `gin`.
    pub method: &'static str,
    /// What it is sorted or searched by, first to last.
    pub keys: Vec<CandidateKey>,
    /// Columns that it only carries along.
    pub included: Vec<String>,
    /// The condition of a partial index.
    pub predicate: Option<Condition>,
    pub(super) oid: u32,
    /// A partitioned table cannot be given an index without a lock.
    pub(super) is_partitioned: bool,
}

/// One key of a [`Candidate`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct CandidateKey {
    /// What is sorted by.
    pub of: KeyOf,
    /// Whether it runs from high to low.
    pub is_descending: bool,
    /// Whether nulls come first.
    pub nulls_first: bool,
    /// The class of operators, where it is not the type's own: `text_pattern_ops`.
    pub operator_class: Option<String>,
}

/// What a [`CandidateKey`] sorts by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyOf {
    /// The column of this name.
    Column(String),
    /// An expression, in the server's words.
    Expression(String),
}

/// Which rows a partial [`Candidate`] holds: those for which all of this is true.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Condition {
    /// The column is null, or is not.
    Null {
        /// Its name.
        column: String,
        /// Whether null is what is looked for.
        is_null: bool,
    },
    /// The column is true, or is false.
    Is {
        /// Its name.
        column: String,
        /// Which of both.
        wanted: bool,
    },
}

impl CandidateKey {
    pub(super) fn ascending(of: KeyOf) -> Self {
        Self { of, is_descending: false, nulls_first: false, operator_class: None }
    }

    pub(super) fn column(name: &str) -> Self {
        Self::ascending(KeyOf::Column(name.to_owned()))
    }

    /// For texts that begin with something, in whatever language the database sorts.
    pub(super) fn by_pattern(of: KeyOf) -> Self {
        Self { operator_class: Some("text_pattern_ops".to_owned()), ..Self::ascending(of) }
    }

    /// The same order, read from the other end.
    pub(super) fn turned(&self) -> Self {
        Self {
            of: self.of.clone(),
            is_descending: !self.is_descending,
            nulls_first: !self.nulls_first,
            operator_class: self.operator_class.clone(),
        }
    }
}

impl Candidate {
    pub(super) fn btree(table: &Table, keys: Vec<CandidateKey>) -> Self {
        Self {
            schema: table.schema.clone(),
            table: table.name.clone(),
            method: "btree",
            keys,
            included: Vec::new(),
            predicate: None,
            oid: table.oid,
            is_partitioned: table.kind == TableKind::Partitioned,
        }
    }

    /// The statement that makes it, for a server at work.
    pub(super) fn sql(&self) -> Result<String, DbError> {
        let how = if self.is_partitioned { "create index" } else { "create index concurrently" };
        self.written(how)
    }

    /// For hypopg, which knows no `concurrently`.
    pub(super) fn hypothetical(&self) -> Result<String, DbError> {
        self.written("create index")
    }

    fn written(&self, how: &str) -> Result<String, DbError> {
        let table =
            format!("{}.{}", identifier::quoted(&self.schema)?, identifier::quoted(&self.table)?);
        let method = match self.method {
            "btree" => String::new(),
            method => format!(" using {method}"),
        };
        let keys: Result<Vec<String>, DbError> =
            self.keys.iter().map(|key| self.key(key)).collect();
        let mut sql = format!("{how} on {table}{method} ({})", keys?.join(", "));
        if !self.included.is_empty() {
            sql.push_str(&format!(" include ({})", identifier::list(&self.included)?));
        }
        if let Some(predicate) = &self.predicate {
            sql.push_str(&format!(" where {}", predicate.sql()?));
        }
        Ok(sql)
    }

    fn key(&self, key: &CandidateKey) -> Result<String, DbError> {
        let mut sql = match &key.of {
            KeyOf::Column(name) => identifier::quoted(name)?,
            KeyOf::Expression(text) => format!("({text})"),
        };
        if let Some(operator_class) = &key.operator_class {
            sql.push(' ');
            sql.push_str(operator_class);
        }
        if key.is_descending {
            sql.push_str(" desc");
        }
        match (key.is_descending, key.nulls_first) {
            (true, false) => sql.push_str(" nulls last"),
            (false, true) => sql.push_str(" nulls first"),
            _ => {}
        }
        Ok(sql)
    }

    /// What tells it apart, on every machine.
    pub(super) fn which(&self) -> String {
        let keys: Vec<String> = self.keys.iter().map(CandidateKey::to_string).collect();
        let mut which = format!("{}.{}", self.schema, self.table);
        if self.method != "btree" {
            which.push_str(&format!(" {}", self.method));
        }
        which.push_str(&format!("({})", keys.join(",")));
        if let Some(predicate) = &self.predicate {
            which.push_str(&format!(" where {predicate}"));
        }
        which
    }

    /// Whether whoever is served by this index is served by the other one too.
    pub(super) fn is_prefix_of(&self, other: &Self) -> bool {
        self.oid == other.oid
            && self.method == other.method
            && self.predicate == other.predicate
            && self.included.is_empty()
            && other.keys.starts_with(&self.keys)
    }

    /// Bytes of its keys and what it carries, for one row.
    pub(super) fn width(&self, table: &Table) -> u64 {
        let width = |name: &str| table.column_named(name).map_or(DEFAULT_WIDTH, width_of);
        let keys = self.keys.iter().map(|key| match &key.of {
            KeyOf::Column(name) => width(name),
            KeyOf::Expression(_) => DEFAULT_WIDTH,
        });
        keys.chain(self.included.iter().map(|name| width(name))).sum()
    }

    /// Letters in all rows of its keys.
    pub(super) fn letters(&self, table: &Table) -> u64 {
        let rows = table.rows.unwrap_or(table.activity.live_rows as f64);
        (self.width(table) as f64 * rows) as u64
    }

    pub(super) fn has_expression(&self) -> bool {
        self.keys.iter().any(|key| matches!(key.of, KeyOf::Expression(_)))
    }

    pub(super) fn table_in<'a>(&self, schema: &'a Schema) -> Option<&'a Table> {
        schema.table(self.oid)
    }
}

/// Where nothing is known: what PostgreSQL takes for a text.
const DEFAULT_WIDTH: u64 = 32;

/// Bytes of a value of this column, on the average.
pub(super) fn width_of(column: &Column) -> u64 {
    column.statistics.map_or(DEFAULT_WIDTH, |statistics| u64::from(statistics.width_bytes))
}

impl Condition {
    fn sql(&self) -> Result<String, DbError> {
        Ok(match self {
            Self::Null { column, is_null: true } => {
                format!("{} is null", identifier::quoted(column)?)
            }
            Self::Null { column, is_null: false } => {
                format!("{} is not null", identifier::quoted(column)?)
            }
            Self::Is { column, wanted: true } => identifier::quoted(column)?,
            Self::Is { column, wanted: false } => format!("not {}", identifier::quoted(column)?),
        })
    }
}

impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Names that cannot be quoted are not in a catalog.
        f.write_str(&self.sql().unwrap_or_else(|_| self.which()))
    }
}

impl fmt::Display for CandidateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.of {
            KeyOf::Column(name) => f.write_str(name)?,
            KeyOf::Expression(text) => f.write_str(text)?,
        }
        if let Some(operator_class) = &self.operator_class {
            write!(f, " {operator_class}")?;
        }
        match (self.is_descending, self.nulls_first) {
            (true, true) => f.write_str(" desc"),
            (true, false) => f.write_str(" desc nulls last"),
            (false, true) => f.write_str(" nulls first"),
            (false, false) => Ok(()),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null { column, is_null: true } => write!(f, "{column} is null"),
            Self::Null { column, is_null: false } => write!(f, "{column} is not null"),
            Self::Is { column, wanted: true } => f.write_str(column),
            Self::Is { column, wanted: false } => write!(f, "not {column}"),
        }
    }
}

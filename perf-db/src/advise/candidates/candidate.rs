use std::fmt;

use crate::advise::schema::written;
use crate::advise::schema::{Column, Schema, Table, TableKind};

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
    /// In SQL.
    fn written(&self) -> String {
        let of = match &self.of {
            KeyOf::Column(name) => written(name).into_owned(),
            KeyOf::Expression(text) => format!("({text})"),
        };
        of + &self.order()
    }

    /// How it is compared and which way it runs, where that is not what goes without saying.
    fn order(&self) -> String {
        let class = self.operator_class.as_ref().map(|class| format!(" {class}"));
        let direction = match (self.is_descending, self.nulls_first) {
            (true, true) => " desc",
            (true, false) => " desc nulls last",
            (false, true) => " nulls first",
            (false, false) => "",
        };
        class.unwrap_or_default() + direction
    }

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

    /// For hypopg, which knows no `concurrently`.
    pub(super) fn hypothetical(&self) -> String {
        self.written("create index")
    }

    fn written(&self, how: &str) -> String {
        let table = format!("{}.{}", written(&self.schema), written(&self.table));
        let method = match self.method {
            "btree" => String::new(),
            method => format!(" using {method}"),
        };
        let keys: Vec<String> = self.keys.iter().map(CandidateKey::written).collect();
        let mut sql = format!("{how} on {table}{method} ({})", keys.join(", "));
        if !self.included.is_empty() {
            let included: Vec<_> = self.included.iter().map(|name| written(name)).collect();
            sql.push_str(&format!(" include ({})", included.join(", ")));
        }
        if let Some(predicate) = &self.predicate {
            sql.push_str(&format!(" where {}", predicate.written()));
        }
        sql
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

    /// Whether the other one is the same with more columns behind.
    pub(super) fn is_short_form_of(&self, other: &Self) -> bool {
        self.oid == other.oid
            && self.predicate == other.predicate
            && self.included.is_empty()
            && other.keys.starts_with(&self.keys)
    }

    /// The same for all orders of the same keys.
    pub(super) fn unordered(&self) -> Self {
        let mut keys = self.keys.clone();
        keys.sort_by_cached_key(CandidateKey::to_string);
        Self { keys, ..self.clone() }
    }

    /// How many columns are in it.
    pub(super) fn columns(&self) -> usize {
        self.keys.len() + self.included.len()
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
    /// In SQL.
    fn written(&self) -> String {
        let (Self::Null { column, .. } | Self::Is { column, .. }) = self;
        self.about(&written(column))
    }

    fn about(&self, column: &str) -> String {
        match self {
            Self::Null { is_null: true, .. } => format!("{column} is null"),
            Self::Null { is_null: false, .. } => format!("{column} is not null"),
            Self::Is { wanted: true, .. } => column.to_owned(),
            Self::Is { wanted: false, .. } => format!("not {column}"),
        }
    }
}

/// The statement that makes it on a server at work.
impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = if self.is_partitioned { "create index" } else { "create index concurrently" };
        f.write_str(&self.written(how))
    }
}

/// As in keys: names as they are.
impl fmt::Display for CandidateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.of {
            KeyOf::Column(name) => f.write_str(name)?,
            KeyOf::Expression(text) => f.write_str(text)?,
        }
        f.write_str(&self.order())
    }
}

/// As in keys: names as they are.
impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Null { column, .. } | Self::Is { column, .. }) = self;
        f.write_str(&self.about(column))
    }
}

//! The tables of a database with their columns, indexes and foreign keys, as its catalog tells.

mod activity;
mod load;
mod name;
mod shown;

use std::collections::HashMap;

use perf_core::time::Duration;

pub use self::activity::Activity;
pub(crate) use self::name::{MAX_NAME_BYTES, cut, written};

/// The tables that the user may see, without those of the system.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Schema {
    /// In the order of their names.
    pub tables: Vec<Table>,
    /// How long the server has counted what [`Activity`] and [`Index::scans`] tell; `None` when it
    /// does not say.
    pub counted_for: Option<Duration>,
    /// Where an unqualified name is looked up, first to last.
    pub search_path: Vec<String>,
    /// The server's version, as it numbers them: `150004` for 15.4; 0 when it is not known.
    pub server_version: u32,
    /// Whether the server follows another one. It has counters of its own.
    pub is_replica: bool,
    /// Bytes of a page of a table or index.
    pub block_bytes: u64,
    /// How many tables there are beyond [`tables`](Self::tables), the smallest ones.
    pub tables_left_out: u64,
    places: HashMap<u32, usize>,
}

impl Schema {
    pub(crate) fn new(
        tables: Vec<Table>,
        counted_for: Option<Duration>,
        search_path: Vec<String>,
    ) -> Self {
        let places = tables.iter().enumerate().map(|(place, table)| (table.oid, place)).collect();
        Self { tables, counted_for, search_path, places, ..Self::default() }
    }

    /// The table with this number.
    pub fn table(&self, oid: u32) -> Option<&Table> {
        self.places.get(&oid).map(|place| &self.tables[*place])
    }

    /// The table that a statement means by this name, without quotes and in the catalog's case.
    pub fn find(&self, schema: Option<&str>, name: &str) -> Option<&Table> {
        let within = |schema: &str| {
            self.tables
                .binary_search_by(|table| (&*table.schema, &*table.name).cmp(&(schema, name)))
                .ok()
                .map(|place| &self.tables[place])
        };
        match schema {
            Some(schema) => within(schema),
            None => self.search_path.iter().find_map(|schema| within(schema)),
        }
    }
}

/// A table, partitioned table or materialized view.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Table {
    /// Its number at the server.
    pub oid: u32,
    /// The schema that it is in.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: TableKind,
    /// The partitioned table that it is a part of.
    pub partition_of: Option<u32>,
    /// Rows, as the planner counts on; of a partitioned table those of its parts. `None` before it
    /// was analysed for the first time.
    pub rows: Option<f64>,
    /// Size without indexes, with what is stored apart (TOAST).
    pub bytes: u64,
    /// In the order of the table.
    pub columns: Vec<Column>,
    /// By name.
    pub indexes: Vec<Index>,
    /// Those that refer from this table to others.
    pub foreign_keys: Vec<ForeignKey>,
    /// What replication tells a row of it by.
    pub replica_identity: ReplicaIdentity,
    /// What the server has counted.
    pub activity: Activity,
}

impl Table {
    /// The column with this number, from 1 as in the catalog.
    pub fn column(&self, number: i16) -> Option<&Column> {
        self.columns
            .binary_search_by_key(&number, |column| column.number)
            .ok()
            .map(|place| &self.columns[place])
    }

    /// The column of this name.
    pub fn column_named(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// What a [`Table`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TableKind {
    /// An ordinary table, or a part of a partitioned one.
    Table,
    /// A table that holds its rows in parts.
    Partitioned,
    /// The stored answer to a query.
    MaterializedView,
    /// A table of another server.
    Foreign,
}

/// By what replication tells a row of a [`Table`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReplicaIdentity {
    /// Its primary key.
    Default,
    /// The index that has [`Index::is_replica_identity`].
    Index,
    /// All its columns.
    Full,
    /// Nothing.
    Nothing,
}

/// A column of a [`Table`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Column {
    /// From 1, with gaps where columns were dropped.
    pub number: i16,
    /// Its name.
    pub name: String,
    /// The number of its type at the server.
    pub type_oid: u32,
    /// Its type as SQL says it: `character varying(40)`.
    pub type_name: String,
    /// Whether it can hold null.
    pub is_nullable: bool,
    /// Whether its type can be the key of a btree index as it is.
    pub is_sortable: bool,
    /// What the server has sampled of its values; `None` before it was analysed, or without the
    /// privilege to read it.
    pub statistics: Option<ColumnStatistics>,
}

/// What `analyze` has found out about a [`Column`]: no values.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ColumnStatistics {
    /// The share of nulls, from 0 to 1.
    pub null_share: f64,
    /// Different values, as the catalog has it: a number, or as a share of the rows below zero.
    pub distinct: f64,
    /// Bytes of a value on the average.
    pub width_bytes: u32,
    /// From -1 to 1: how far the rows lie in the order of the values.
    pub correlation: Option<f64>,
}

/// An index of a [`Table`]. Its `Debug` form holds no literals.
#[derive(Clone)]
#[non_exhaustive]
pub struct Index {
    /// Its number at the server.
    pub oid: u32,
    /// Its name, without the schema, which is that of its table.
    pub name: String,
    /// `btree`, `hash`, `gin`, …
    pub method: String,
    /// What it is sorted or searched by, first to last.
    pub keys: Vec<IndexKey>,
    /// Numbers of the columns that it only carries along.
    pub included: Vec<i16>,
    /// The condition of a partial index, as the server writes it. May hold literals.
    pub predicate: Option<String>,
    /// Whether it admits each key once.
    pub is_unique: bool,
    /// Whether it is the primary key.
    pub is_primary: bool,
    /// Whether a constraint stands on it: primary key, unique, exclusion, or a foreign key that refers
    /// to its columns.
    pub is_of_constraint: bool,
    /// Whether nulls count as equal in a unique index.
    pub nulls_are_equal: bool,
    /// Whether statements can use it.
    pub is_valid: bool,
    /// Whether replication tells rows by it.
    pub is_replica_identity: bool,
    /// Whether the table is clustered on it.
    pub is_clustered: bool,
    /// The index of the partitioned table that it is a part of.
    pub partition_of: Option<u32>,
    /// Its size.
    pub bytes: u64,
    /// How often it was read since the server counts.
    pub scans: u64,
    /// The statement that makes it. May hold literals. Empty while somebody holds the table for
    /// himself: then expressions and predicates are not known either.
    pub definition: String,
}

impl Index {
    /// Whether it holds only some of the rows.
    pub fn is_partial(&self) -> bool {
        self.predicate.is_some()
    }
}

/// One key of an [`Index`]. Its `Debug` form holds no literals.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct IndexKey {
    /// The number of its column; `None` for an expression.
    pub column: Option<i16>,
    /// The expression, as the server writes it. May hold literals.
    pub expression: Option<String>,
    /// The number of the class of operators that it is compared by.
    pub operator_class: u32,
    /// The number of its collation, 0 where its type has none.
    pub collation: u32,
    /// Whether it runs from high to low.
    pub is_descending: bool,
    /// Whether nulls come first.
    pub nulls_first: bool,
}

/// A foreign key of a [`Table`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ForeignKey {
    /// Its name.
    pub name: String,
    /// Numbers of the columns that refer.
    pub columns: Vec<i16>,
    /// The number of the table that they refer to.
    pub target: u32,
    /// Numbers of the columns that they refer to, in the same order.
    pub target_columns: Vec<i16>,
}

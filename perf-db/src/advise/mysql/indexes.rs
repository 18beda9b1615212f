use std::collections::{HashMap, HashSet};

use perf_core::time::Duration;

use super::index::{Index, Part};
use super::question::{Asker, Refusal, number, text, value};
use super::scope::Scope;
use super::server::{MysqlServer, Vendor};
use super::usage::Usage;
use crate::advise::Missing;

/// Parts of indexes, so that a server with a hundred thousand tables does not fill the memory.
pub(super) const MOST_PARTS: usize = 100_000;

/// The indexes of the tables that the user may see.
#[derive(Clone, Debug, Default)]
pub(super) struct Indexes {
    /// Those of one table stand together.
    pub(super) list: Vec<Index>,
    /// Schema, table and first column of foreign keys and of what they refer to: InnoDB needs an
    /// index there.
    pub(super) of_foreign_keys: HashSet<[String; 3]>,
    /// Rows of each table, as the server guesses them.
    pub(super) rows: HashMap<[String; 2], u64>,
    /// Whether the server does not count how often an index is used.
    pub(super) uncounted: bool,
}

impl Indexes {
    pub(super) async fn load(
        asker: &mut Asker<'_>,
        scope: &Scope,
        server: &MysqlServer,
    ) -> Result<Self, Refusal> {
        let is_hidden = match server.vendor {
            Vendor::MySql if server.is_known() => "is_visible = 'NO'",
            Vendor::MariaDb if server.is_known() => "ignored = 'YES'",
            _ => "false",
        };
        let within = scope.condition("table_schema");
        let parts = format!(
            "select table_schema, table_name, index_name, non_unique, index_type, {is_hidden}, \
                    column_name, collation, sub_part \
             from information_schema.statistics where {within} \
             order by table_schema, table_name, index_name, seq_in_index limit {MOST_PARTS}"
        );
        let mut list: Vec<Index> = Vec::new();
        for row in asker.rows(&parts, scope.parameters()).await? {
            let name = |place| text(&row, place).unwrap_or_default();
            let (schema, table, index) = (name(0), name(1), name(2));
            let part = Part { column: text(&row, 6), order: text(&row, 7), length: value(&row, 8) };
            match list.last_mut() {
                Some(last)
                    if last.schema == schema && last.table == table && last.name == index =>
                {
                    last.parts.push(part);
                }
                _ => list.push(Index {
                    schema,
                    table,
                    name: index,
                    is_unique: number(&row, 3) == 0,
                    method: name(4),
                    is_hidden: number(&row, 5) == 1,
                    parts: vec![part],
                    uses: None,
                }),
            }
        }
        let keys = format!(
            "select table_schema, table_name, column_name, referenced_table_schema, \
                    referenced_table_name, referenced_column_name \
             from information_schema.key_column_usage \
             where referenced_table_name is not null and ordinal_position = 1 and {within}"
        );
        let mut of_foreign_keys = HashSet::new();
        for row in asker.rows(&keys, scope.parameters()).await? {
            for side in [[0, 1, 2], [3, 4, 5]] {
                of_foreign_keys.insert(side.map(|place| text(&row, place).unwrap_or_default()));
            }
        }
        let tables = format!(
            "select table_schema, table_name, table_rows from information_schema.tables \
             where table_type = 'BASE TABLE' and {within} limit {MOST_PARTS}"
        );
        let rows = asker.rows(&tables, scope.parameters()).await?;
        let rows = rows
            .iter()
            .map(|row| ([0, 1].map(|place| text(row, place).unwrap_or_default()), number(row, 2)));
        Ok(Self { list, of_foreign_keys, rows: rows.collect(), uncounted: false })
    }

    /// Takes in how often each was used. A table of which nothing was read says nothing about its
    /// indexes.
    pub(super) fn count(&mut self, usage: Usage) {
        self.uncounted = !usage.is_counting;
        if self.uncounted {
            return;
        }
        for index in &mut self.list {
            let table = [index.schema.clone(), index.table.clone()];
            if usage.tables.contains(&table) {
                let [schema, table] = table;
                index.uses = usage.by_index.get(&[schema, table, index.name.clone()]).copied();
            }
        }
    }

    /// Whether a foreign key may stand on the index.
    pub(super) fn is_of_foreign_key(&self, index: &Index) -> bool {
        let column = index.parts.first().and_then(|part| part.column.clone());
        column.is_some_and(|column| {
            self.of_foreign_keys.contains(&[index.schema.clone(), index.table.clone(), column])
        })
    }

    pub(super) fn rows_of(&self, index: &Index) -> u64 {
        let table = [index.schema.clone(), index.table.clone()];
        self.rows.get(&table).copied().unwrap_or_default()
    }

    pub(super) fn missing(
        &self,
        scope: &Scope,
        server: &MysqlServer,
        counted_for: Duration,
    ) -> Vec<Missing> {
        let mut missing = Vec::new();
        if self.rows.is_empty() {
            let why =
                format!("no table of {} is there that {} may see", scope.words(), server.user);
            let grant = format!("grant select on {} to {}", scope.granted(), server.grantee());
            missing.push(Missing::new("tables and indexes", why).remedy(grant));
        } else if self.uncounted && server.has_performance_schema {
            let why = "the server does not count how often an index is used";
            missing.push(Missing::new("unused indexes", why).remedy(
                "update performance_schema.setup_instruments set enabled = 'YES' \
                 where name = 'wait/io/table/sql/handler'",
            ));
        } else if server.has_performance_schema && server.uptime < counted_for {
            let hours = match server.uptime.as_secs() / 3_600 {
                0 => "less than an hour".to_owned(),
                1 => "1 hour".to_owned(),
                hours => format!("{hours} hours"),
            };
            missing.push(Missing::new(
                "unused indexes",
                format!("the server has counted for {hours} only: look again later"),
            ));
        }
        missing
    }
}

use std::collections::HashMap;

use super::{Column, FORMAT, ProductionStatistics, Relation};
use crate::error::DbError;
use crate::executor::Executor;
use crate::row::Row;

/// Tables that were analysed at least once, and their indexes.
const RELATIONS: &str = own!(
    "select n.nspname::text, c.relname::text, c.reltuples::float8, c.relpages, \
        c.relallvisible from pg_class c join pg_namespace n on n.oid = c.relnamespace \
        where c.relkind in ('r', 'p', 'm', 'i', 'I') and c.reltuples >= 0 \
        and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg\\_%' \
        order by 1, 2"
);

const COLUMNS: &str = own!(
    "select schemaname::text, tablename::text, attname::text, inherited, \
        null_frac, avg_width, n_distinct, correlation from pg_stats \
        where schemaname not in ('pg_catalog', 'information_schema') \
        order by 1, 2, 3, 4"
);

const VALUES: &str = own!(
    "select schemaname::text, tablename::text, attname::text, inherited, \
        null_frac, avg_width, n_distinct, correlation, most_common_vals::text, most_common_freqs, \
        histogram_bounds::text from pg_stats \
        where schemaname not in ('pg_catalog', 'information_schema') \
        order by 1, 2, 3, 4"
);

impl ProductionStatistics {
    /// Those of a server, without any value: how many rows the tables have, and of each column how
    /// many different values, how many nulls, how wide and how far in order.
    ///
    /// Columns that the user may not read are left out, and tables that were never analysed.
    ///
    /// # Errors
    /// As [`query`](Executor::query).
    ///
    /// # Cancel safety
    /// Dropping the future leaves everything as it was.
    ///
    /// # Cost
    /// Two statements that read the catalog.
    pub async fn export(from: &impl Executor) -> Result<Self, DbError> {
        Self::read(from, COLUMNS).await
    }

    /// With the most common values of each column and the bounds of its histogram.
    ///
    /// **These are values of production's rows**: names, addresses, whatever the columns hold. The
    /// text of these statistics is to be kept like the data itself.
    ///
    /// # Errors
    /// As [`export`](Self::export).
    ///
    /// # Cancel safety
    /// As [`export`](Self::export).
    ///
    /// # Cost
    /// As [`export`](Self::export).
    pub async fn export_with_values(from: &impl Executor) -> Result<Self, DbError> {
        Self::read(from, VALUES).await
    }

    async fn read(from: &impl Executor, columns: &'static str) -> Result<Self, DbError> {
        let mut by_relation = HashMap::<(String, String), Vec<Column>>::new();
        for row in from.query(columns, &[]).await? {
            let of = (row.try_get(0)?, row.try_get(1)?);
            by_relation.entry(of).or_default().push(column(&row)?);
        }
        let mut relations = Vec::new();
        for row in from.query(RELATIONS, &[]).await? {
            let of: (String, String) = (row.try_get(0)?, row.try_get(1)?);
            let columns = by_relation.remove(&of).unwrap_or_default();
            let (schema, name) = of;
            let (rows, pages, all_visible) = (row.try_get(2)?, row.try_get(3)?, row.try_get(4)?);
            relations.push(Relation { schema, name, rows, pages, all_visible, columns });
        }
        Ok(Self { format: FORMAT, relations })
    }
}

fn column(row: &Row) -> Result<Column, DbError> {
    let has_values = row.len() > 8;
    Ok(Column {
        name: row.try_get(2)?,
        inherited: row.try_get(3)?,
        null_share: row.try_get(4)?,
        width: row.try_get(5)?,
        distinct: row.try_get(6)?,
        correlation: row.try_get(7)?,
        common_values: if has_values { row.try_get(8)? } else { None },
        common_shares: if has_values { row.try_get(9)? } else { None },
        histogram: if has_values { row.try_get(10)? } else { None },
    })
}

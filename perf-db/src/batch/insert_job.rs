//! The SQL of an insert.

use super::conflict::{Action, Conflict};
use super::insert::InsertMany;
use super::inserted::Inserted;
use super::job::{self, Job};
use super::load::Written;
use super::shape::{self, Keep, Shape, refused};
use crate::error::DbError;
use crate::identifier;

/// An [`InsertMany`] whose names have been looked at.
pub(super) struct Insert {
    pub(super) shape: Shape,
    conflict: Option<ConflictSql>,
}

struct ConflictSql {
    /// `on conflict (…) do …`
    clause: String,
    action: Action,
}

impl Insert {
    pub(super) fn of(insert: &InsertMany) -> Result<Self, DbError> {
        let keys = insert.conflict.as_ref().map_or(&[][..], |conflict| &conflict.columns);
        let shape = Shape::new(&insert.table, &insert.columns, keys)?;
        let Some(conflict) = &insert.conflict else { return Ok(Self { shape, conflict: None }) };
        if conflict.columns.is_empty() {
            let table = &shape.table;
            return Err(refused(format!("a conflict on {table} needs at least one column")));
        }
        let clause = conflict.clause(&shape)?;
        let conflict = Some(ConflictSql { clause, action: conflict.action.clone() });
        Ok(Self { shape, conflict })
    }

    pub(super) fn counts(&self, written: &Written) -> Inserted {
        let mut counts =
            Inserted { rows: written.rows, inserted: written.affected, ..Inserted::default() };
        if let (Some(conflict), Some(row)) = (&self.conflict, written.answer.first()) {
            let count = |place: usize| u64::try_from(row.get::<_, i64>(place)).unwrap_or(0);
            let (kept, inserted, touched) = (count(0), count(1), count(2));
            counts.inserted = inserted;
            counts.duplicates = written.rows - kept;
            match conflict.action {
                Action::Nothing => counts.skipped = kept - touched,
                Action::Update(_) => counts.updated = touched - inserted,
            }
        }
        counts
    }

    /// `insert into … select … from source [on conflict …]`
    pub(super) fn insert_from(&self, source: &str) -> Result<String, DbError> {
        let Shape { table, .. } = &self.shape;
        let (columns, inputs) = (self.shape.quoted_columns()?, self.shape.inputs());
        let clause = self.conflict.as_ref().map_or("", |conflict| &conflict.clause);
        Ok(format!("insert into {table} ({columns}) select {inputs} from {source}{clause}"))
    }

    /// `with row_of_key as (…), written as (insert … returning …)`
    pub(super) fn with_written(
        &self,
        source: &str,
        null_keys: bool,
        returning: &str,
    ) -> Result<String, DbError> {
        let keep = match self.conflict.as_ref().map(|conflict| &conflict.action) {
            Some(Action::Nothing) => Keep::First,
            _ => Keep::Last,
        };
        Ok(format!(
            "row_of_key as ({rows}), written as ({insert} returning {returning})",
            rows = self.shape.one_for_each_key(source, keep, null_keys),
            insert = self.insert_from("row_of_key")?,
        ))
    }

    pub(super) fn has_conflict(&self) -> bool {
        self.conflict.is_some()
    }
}

impl Job for Insert {
    fn shape(&self) -> &Shape {
        &self.shape
    }

    fn copies_directly(&self) -> bool {
        self.conflict.is_none()
    }

    fn copy_from_rows(&self) -> u64 {
        if self.conflict.is_none() { job::COPY_FROM_ROWS } else { job::TEMPORARY_FROM_ROWS }
    }

    fn sql(&self, source: &str, null_keys: bool) -> Result<String, DbError> {
        let Some(conflict) = &self.conflict else { return self.insert_from(source) };
        if let Action::Nothing = conflict.action {
            return Ok(format!(
                "with {} select (select count(*) from row_of_key), count(*), count(*) from written",
                self.with_written(source, null_keys, "1")?
            ));
        }
        let Shape { table, columns, keys } = &self.shape;
        // A row that is new has no transaction that locked or replaced an older form of it. A
        // partitioned table cannot tell: there the rows are counted that it had at the beginning.
        let returning = format!(
            "case when (select relkind = 'p' from pg_catalog.pg_class \
             where oid = '{}'::regclass) then null else xmax = 0 end as is_new",
            table.replace('\'', "''")
        );
        let mut same_key = Vec::new();
        for &place in keys {
            let key = identifier::quoted(&columns[place])?;
            same_key.push(format!("target.{key} = row_of_key.c{place}"));
        }
        Ok(format!(
            "with {written} select (select count(*) from row_of_key), \
             case when count(is_new) = count(*) then count(*) filter (where is_new) \
             else count(*) - (select count(*) from row_of_key join {table} as target \
             on {same_key}) end, count(*) from written",
            written = self.with_written(source, null_keys, &returning)?,
            same_key = same_key.join(" and "),
        ))
    }
}

impl Conflict {
    fn clause(&self, shape: &Shape) -> Result<String, DbError> {
        let columns = identifier::list(&self.columns)?;
        let Action::Update(updated) = &self.action else {
            return Ok(format!(" on conflict ({columns}) do nothing"));
        };
        shape::places(&shape.table, &shape.columns, updated)?;
        if updated.is_empty() {
            let table = &shape.table;
            return Err(refused(format!(
                "an update of {table} on conflict needs at least one column, or use do_nothing()"
            )));
        }
        let mut sets = Vec::new();
        for column in updated {
            let column = identifier::quoted(column)?;
            sets.push(format!("{column} = excluded.{column}"));
        }
        Ok(format!(" on conflict ({columns}) do update set {}", sets.join(", ")))
    }
}

use serde::Serialize;

use crate::event::FetchEvent;
use crate::sync::Mutex;

/// What the callers of one statement read of its columns.
#[derive(Debug, Default)]
pub(super) struct Columns(Mutex<Option<Box<Seen>>>);

#[derive(Debug)]
struct Seen {
    answers: u64,
    rows: u64,
    columns: Vec<Column>,
}

#[derive(Debug)]
struct Column {
    name: Box<str>,
    bytes: u64,
    was_read: bool,
}

impl Columns {
    /// An answer of which nothing was read says nothing: its caller asked whether there is one.
    pub(super) fn count(&self, event: &FetchEvent<'_>) {
        if !event.columns.iter().any(|column| column.was_read) {
            return;
        }
        let mut seen = self.0.lock();
        let same_columns = seen.as_ref().is_some_and(|seen| {
            let names = seen.columns.iter().map(|column| &*column.name);
            names.eq(event.columns.iter().take(FetchEvent::MAX_COLUMNS).map(|column| column.name))
        });
        if !same_columns {
            *seen = Some(Box::new(Seen::new(event)));
        }
        let Some(seen) = seen.as_mut() else { return };
        seen.answers += 1;
        seen.rows += event.rows;
        for (known, column) in seen.columns.iter_mut().zip(event.columns) {
            known.bytes += column.bytes;
            known.was_read |= column.was_read;
        }
    }

    pub(super) fn stats(&self) -> Option<ColumnStats> {
        let seen = self.0.lock();
        let Seen { answers, rows, columns } = &**seen.as_ref()?;
        let unread = || columns.iter().filter(|column| !column.was_read);
        let per_answer = |bytes: u64| bytes / answers;
        Some(ColumnStats {
            sampled_answers: *answers,
            sampled_rows: *rows,
            unread: unread().map(|column| column.name.to_string()).collect(),
            unread_bytes: per_answer(unread().map(|column| column.bytes).sum()),
            all_bytes: per_answer(columns.iter().map(|column| column.bytes).sum()),
        })
    }
}

impl Seen {
    fn new(event: &FetchEvent<'_>) -> Self {
        let columns = event.columns.iter().take(FetchEvent::MAX_COLUMNS);
        let columns =
            columns.map(|column| Column { name: column.name.into(), bytes: 0, was_read: false });
        Self { answers: 0, rows: 0, columns: columns.collect() }
    }
}

/// What callers read of the columns of one statement, as far as a sample of its answers tells.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct ColumnStats {
    /// Answers of the sample of which something was read.
    pub sampled_answers: u64,
    /// Rows of these answers whose bytes were counted.
    pub sampled_rows: u64,
    /// Columns that were never read.
    pub unread: Vec<String>,
    /// Bytes of their values in one answer of the sample.
    pub unread_bytes: u64,
    /// Bytes of all values in one answer of the sample.
    pub all_bytes: u64,
}

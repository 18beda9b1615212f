use std::fmt;

use super::intern;
use super::lexer::Dialect;
use super::normalize::{Normalized, normalize};
use crate::sync::Arc;

/// A statement without its values: a text to read and a number to compare.
///
/// Two fingerprints are equal when their numbers are: the FNV-1a hash of the whole text, the same in
/// every process and on every machine, so findings can be named by it.
#[derive(Clone)]
pub struct Fingerprint {
    id: u64,
    values: u64,
    takes_parameters: bool,
    dialect: Dialect,
    kind: StatementKind,
    text: Text,
}

/// A longer text is shortened: there may be thousands of statements.
const MAX_TEXT_BYTES: usize = 4_096;

/// What a statement does, by its first words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StatementKind {
    /// `SELECT`, `VALUES`, `SHOW`, `TABLE`, `EXPLAIN`, and `WITH`, unless it writes.
    Read,
    /// `INSERT`, `UPDATE`, `DELETE`, `MERGE`, `REPLACE`, `TRUNCATE`, `COPY`.
    Write,
    /// Session and schema statements: `BEGIN`, `SET`, `CREATE`, and what is no SQL.
    Other,
}

#[derive(Clone)]
enum Text {
    Interned(&'static str),
    Shared(Arc<str>),
}

impl Fingerprint {
    /// The fingerprint of a PostgreSQL statement, lexed as with `standard_conforming_strings = on`.
    ///
    /// # Cost
    /// Linear in the text, about 10 ns for each byte; see [`of_static`](Self::of_static) for a hot
    /// path.
    pub fn of(sql: &str) -> Self {
        Self::of_dialect(Dialect::Postgres, sql)
    }

    /// The fingerprint of a statement in the given dialect.
    pub fn of_dialect(dialect: Dialect, sql: &str) -> Self {
        let Normalized { mut text, values, takes_parameters } = normalize(sql, dialect);
        let (id, kind) = (fnv1a(&text), kind(&text));
        if text.len() > MAX_TEXT_BYTES {
            let end = text.char_indices().map(|(at, _)| at).take_while(|&at| at <= MAX_TEXT_BYTES);
            text.truncate(end.last().unwrap_or(0));
            text.push('…');
        }
        Self { id, values, takes_parameters, dialect, kind, text: Text::Shared(text.into()) }
    }

    /// The fingerprint of a PostgreSQL statement that is written in the program.
    ///
    /// Looked up by address and length, which is sound because a `&'static str` never changes or
    /// goes away. The first 4,096 texts of a process are remembered; later ones cost what
    /// [`of`](Self::of) costs.
    ///
    /// # Cost
    /// One probe of a table, no allocation for a text seen before (bench `query_event`).
    pub fn of_static(sql: &'static str) -> Self {
        intern::fingerprint(sql)
    }

    /// The fingerprint of a PostgreSQL statement that is neither written in this program nor likely
    /// to be new, as when another library tells what it sent.
    ///
    /// Looked up by a hash and the length of the text, which is not kept. The first 4,096 texts of a
    /// process are remembered; later ones cost what [`of`](Self::of) costs.
    ///
    /// # Cost
    /// For a text seen before the hash of its bytes and one probe of a table, no allocation.
    pub fn of_repeated(sql: &str) -> Self {
        intern::repeated(sql)
    }

    /// A number for this text: equal texts, equal numbers.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// What the statement does.
    pub fn kind(&self) -> StatementKind {
        self.kind
    }

    /// The statement with `?` in the place of each value; of a very long one the first 4 KiB and
    /// `…`.
    pub fn text(&self) -> &str {
        match &self.text {
            Text::Interned(text) => text,
            Text::Shared(text) => text,
        }
    }

    /// Bytes of text that go when the last clone does.
    pub(crate) fn text_bytes(&self) -> usize {
        match &self.text {
            Text::Interned(_) => 0,
            Text::Shared(text) => text.len(),
        }
    }

    /// A hash of the values that were written into the statement.
    pub(crate) fn values(&self) -> u64 {
        self.values
    }

    /// Whether it has placeholders for values that are sent beside it.
    pub(crate) fn takes_parameters(&self) -> bool {
        self.takes_parameters
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The same fingerprint, with a text that is cheap to clone for ever.
    pub(super) fn leak(self) -> Self {
        let text = Text::Interned(Box::leak(Box::from(self.text())));
        Self { text, ..self }
    }
}

impl PartialEq for Fingerprint {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Fingerprint {}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Fingerprint").field(&self.text()).finish()
    }
}

/// By the text of a fingerprint, whose spaces are known.
fn kind(text: &str) -> StatementKind {
    let mut words = text.split([' ', '(']).filter(|word| !word.is_empty());
    match words.next().unwrap_or_default() {
        "with" if writes_within(text) => StatementKind::Write,
        "explain" if text.contains(" analyze") && words.any(is_write) => StatementKind::Write,
        "select" | "values" | "show" | "table" | "explain" | "with" => StatementKind::Read,
        word if is_write(word) => StatementKind::Write,
        _ => StatementKind::Other,
    }
}

/// Whether a part of a `with` statement begins with a write: right after a parenthesis.
fn writes_within(text: &str) -> bool {
    let mut parts = text.split(['(', ')']).map(str::trim_start).skip(1);
    parts.any(|part| part.split_once(' ').is_some_and(|(word, _)| is_write(word)))
}

fn is_write(word: &str) -> bool {
    matches!(word, "insert" | "update" | "delete" | "merge" | "replace" | "truncate" | "copy")
}

/// The same number for the same text, in every process and on every machine.
pub(crate) fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

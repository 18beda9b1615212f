use std::fmt;
use std::hash::{BuildHasher, Hasher};
use std::ops::Range;

use bytes::{BufMut, Bytes, BytesMut};
use foldhash::fast::FixedState;
use tokio_postgres::types::{IsNull, ToSql, Type, WrongType};

use super::encoded::Encoded;
use crate::error::Reason;

/// Rows that are in memory at once; far from the 1 GB of a message, and enough for any speed.
const BUFFERED_BYTES: usize = 8 << 20;

/// A column as the server described it.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) ty: Type,
    /// Whether rows are told apart by it.
    pub(super) is_key: bool,
}

impl Column {
    /// Whether a value is a text, in which PostgreSQL allows no zero byte.
    fn is_text(&self) -> bool {
        matches!(
            self.ty,
            Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::JSON | Type::XML
        ) || self.ty.name() == "citext"
    }
}

/// Rows in PostgreSQL's binary form, each value encoded once, whichever way it is sent: what `COPY`
/// takes (PostgreSQL manual, COPY, "Binary Format"). Arrays and parameters are cut from it.
#[derive(Debug)]
pub(super) struct Encoder {
    pub(super) columns: Vec<Column>,
    /// Whether each row ends with its place in the batch, as a column of its own.
    with_position: bool,
    bytes: BytesMut,
    /// Where each value begins, row by row; not kept once rows are streamed.
    starts: Option<Vec<usize>>,
    /// Rows of the whole batch so far.
    rows: u64,
    null_keys: bool,
}

impl Encoder {
    pub(super) fn new(columns: Vec<Column>, with_position: bool) -> Self {
        Self {
            columns,
            with_position,
            bytes: BytesMut::new(),
            starts: Some(Vec::new()),
            rows: 0,
            null_keys: false,
        }
    }

    /// Adds a row, or nothing of it.
    pub(super) fn add(&mut self, record: &impl super::Record) -> Result<(), Reason> {
        let before = self.bytes.len();
        let fields = self.columns.len() + usize::from(self.with_position);
        // PostgreSQL has at most 1,600 columns in a table, and the server has named these.
        self.bytes.put_i16(fields as i16);
        let mut values = Values {
            columns: &self.columns,
            bytes: &mut self.bytes,
            starts: self.starts.as_mut(),
            place: 0,
            null_keys: &mut self.null_keys,
            trouble: None,
        };
        record.put(&mut values);
        let Values { place, trouble, .. } = values;
        let miscounted = (place != self.columns.len())
            .then(|| format!("it has {place} values and there are {} columns", self.columns.len()));
        if let Some(trouble) = trouble.or(miscounted) {
            self.bytes.truncate(before);
            if let Some(starts) = &mut self.starts {
                starts.truncate(self.rows as usize * self.columns.len());
            }
            return Err(Reason::BadRow { row: self.rows + 1, trouble });
        }
        self.rows += 1;
        if self.with_position {
            self.bytes.put_i32(8);
            self.bytes.put_u64(self.rows);
        }
        Ok(())
    }

    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Whether a row had no value in a column that rows are told apart by.
    pub(super) fn has_null_keys(&self) -> bool {
        self.null_keys
    }

    /// Whether no more rows should be held back, whatever their number.
    pub(super) fn is_full(&self) -> bool {
        self.bytes.len() > BUFFERED_BYTES
    }

    pub(super) fn buffered_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// A number for the rows that are held back: equal rows, equal numbers. It reads no more than
    /// their first 4 KiB.
    pub(super) fn digest(&self) -> i64 {
        let mut hasher = FixedState::default().build_hasher();
        hasher.write_u64(self.rows);
        hasher.write(&self.bytes[..self.bytes.len().min(4_096)]);
        hasher.finish().cast_signed()
    }

    /// What is encoded and not yet taken, for `COPY`.
    pub(super) fn take(&mut self) -> Bytes {
        self.starts = None;
        let taken = self.bytes.split().freeze();
        self.bytes.reserve(taken.len());
        taken
    }

    /// The values of the only row there is.
    pub(super) fn take_row(&mut self) -> Vec<Encoded<Bytes>> {
        let row = self.bytes.split().freeze();
        let starts = self.starts.iter_mut().flat_map(|starts| starts.drain(..));
        let values = starts.map(|start| {
            let length = length(&row[start..]).unwrap_or(0);
            Encoded(row.slice(start..start + 4 + length))
        });
        let values = values.collect();
        (self.rows, self.null_keys) = (0, false);
        values
    }

    /// Forgets the rows, and keeps the room for the next ones.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.starts = Some(Vec::new());
        self.rows = 0;
        self.null_keys = false;
    }

    /// Each value of one column with its length in front: the form of an array's elements.
    pub(super) fn column(&self, place: usize) -> impl Iterator<Item = &[u8]> {
        let starts = self.starts.as_deref().unwrap_or_default();
        starts
            .iter()
            .skip(place)
            .step_by(self.columns.len())
            .map(|&start| &self.bytes[self.range(start)])
    }

    /// Each value, row by row, with its length in front.
    pub(super) fn values(&self) -> impl Iterator<Item = &[u8]> {
        let starts = self.starts.as_deref().unwrap_or_default();
        starts.iter().map(|&start| &self.bytes[self.range(start)])
    }

    fn range(&self, start: usize) -> Range<usize> {
        start..start + 4 + length(&self.bytes[start..]).unwrap_or(0)
    }
}

/// The length that stands in front of a value; none for NULL.
pub(super) fn length(value: &[u8]) -> Option<usize> {
    let (prefix, _) = value.split_first_chunk()?;
    usize::try_from(i32::from_be_bytes(*prefix)).ok()
}

/// Takes the values of one [`Record`](super::Record).
pub struct Values<'a> {
    columns: &'a [Column],
    bytes: &'a mut BytesMut,
    starts: Option<&'a mut Vec<usize>>,
    place: usize,
    null_keys: &'a mut bool,
    /// The first thing that is wrong with the row.
    trouble: Option<String>,
}

impl Values<'_> {
    /// The value of the next column. What does not fit it fails the batch, with row and column.
    pub fn push(&mut self, value: &(dyn ToSql + Sync)) {
        let place = self.place;
        self.place += 1;
        if self.trouble.is_some() {
            return;
        }
        // One too many; the row is counted to its end and then refused.
        let Some(column) = self.columns.get(place) else { return };
        let start = self.bytes.len();
        self.bytes.put_i32(-1);
        match value.to_sql_checked(&column.ty, self.bytes) {
            Ok(IsNull::No) => {
                let value = &self.bytes[start + 4..];
                if column.is_text() && value.contains(&0) {
                    self.trouble = Some(format!(
                        "column {:?} holds a zero byte, which no text of PostgreSQL can: take it \
                         out, or make the column bytea",
                        column.name
                    ));
                    return;
                }
                match i32::try_from(value.len()) {
                    Ok(length) => {
                        self.bytes[start..start + 4].copy_from_slice(&length.to_be_bytes());
                    }
                    Err(_) => {
                        let name = &column.name;
                        self.trouble = Some(format!("column {name:?} holds more than 2 GB"));
                        return;
                    }
                }
            }
            Ok(IsNull::Yes) => {
                self.bytes.truncate(start + 4);
                *self.null_keys |= column.is_key;
            }
            Err(error) => {
                // Any other error may quote the value.
                let cause = error.downcast_ref::<WrongType>().map(|cause| format!(": {cause}"));
                self.trouble = Some(format!(
                    "column {:?} is of type {} and the value does not fit it{}",
                    column.name,
                    column.ty,
                    cause.unwrap_or_default()
                ));
                return;
            }
        }
        if let Some(starts) = &mut self.starts {
            starts.push(start);
        }
    }
}

/// Without the values.
impl fmt::Debug for Values<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Values").field("place", &self.place).finish_non_exhaustive()
    }
}

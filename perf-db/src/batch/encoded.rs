//! Encoded values as parameters of a statement.

use std::error::Error;
use std::fmt;

use bytes::{BufMut, BytesMut};
use tokio_postgres::types::{IsNull, Kind, ToSql, Type, to_sql_checked};

use super::encoder::{self, Encoder};

type Encoding = Result<IsNull, Box<dyn Error + Sync + Send>>;

/// One column of all rows as a one-dimensional array.
pub(super) struct ColumnArray<'a> {
    pub(super) encoder: &'a Encoder,
    pub(super) place: usize,
}

impl ToSql for ColumnArray<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Encoding {
        let Kind::Array(element) = ty.kind() else {
            return Err(format!("{ty} is no array").into());
        };
        let rows = i32::try_from(self.encoder.rows())?;
        let has_null =
            self.encoder.column(self.place).any(|value| encoder::length(value).is_none());
        out.put_i32(1);
        out.put_i32(has_null.into());
        out.put_u32(element.oid());
        out.put_i32(rows);
        out.put_i32(1);
        for value in self.encoder.column(self.place) {
            out.put_slice(value);
        }
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        matches!(ty.kind(), Kind::Array(_))
    }

    to_sql_checked!();
}

/// One value of one row, with its length in front.
pub(super) struct Encoded<B>(pub(super) B);

impl<B: AsRef<[u8]>> ToSql for Encoded<B> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Encoding {
        if encoder::length(self.0.as_ref()).is_none() {
            return Ok(IsNull::Yes);
        }
        out.put_slice(&self.0.as_ref()[4..]);
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// Without the values.
impl fmt::Debug for ColumnArray<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ColumnArray").field("rows", &self.encoder.rows()).finish_non_exhaustive()
    }
}

/// Without the value.
impl<B: AsRef<[u8]>> fmt::Debug for Encoded<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoded").field("bytes", &self.0.as_ref().len()).finish_non_exhaustive()
    }
}

use std::error::Error;
use std::fmt;

use bytes::BytesMut;
use tokio_postgres::types::{Format, FromSql, IsNull, ToSql, Type};

/// A value of any type as the server wrote it, in the type's binary form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RawValue<'a> {
    pub(super) type_oid: u32,
    pub(super) bytes: Option<&'a [u8]>,
}

impl<'a> FromSql<'a> for RawValue<'a> {
    fn from_sql(of: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self { type_oid: of.oid(), bytes: Some(raw) })
    }

    fn from_sql_null(of: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self { type_oid: of.oid(), bytes: None })
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// The same, to be sent back.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct KeyValue {
    pub(super) type_oid: u32,
    pub(super) bytes: Option<Box<[u8]>>,
}

impl From<RawValue<'_>> for KeyValue {
    fn from(RawValue { type_oid, bytes }: RawValue<'_>) -> Self {
        Self { type_oid, bytes: bytes.map(Into::into) }
    }
}

impl ToSql for KeyValue {
    fn to_sql(
        &self,
        wanted: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        if wanted.oid() != self.type_oid && !(is_text(wanted.oid()) && is_text(self.type_oid)) {
            return Err(Box::new(OtherType));
        }
        let Some(bytes) = &self.bytes else { return Ok(IsNull::Yes) };
        out.extend_from_slice(bytes);
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Binary
    }

    fn to_sql_checked(
        &self,
        wanted: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        self.to_sql(wanted, out)
    }
}

/// Types that have one binary form, and of which the server takes one for another in comparisons.
fn is_text(type_oid: u32) -> bool {
    [Type::TEXT, Type::VARCHAR, Type::BPCHAR, Type::NAME].iter().any(|text| text.oid() == type_oid)
}

/// Only its hash is kept of it, and it is printed nowhere: see `statement::parameters`.
impl fmt::Debug for KeyValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bytes.fmt(f)
    }
}

/// The server wants a type that the value is not of: its column has changed.
#[derive(Debug)]
pub(super) struct OtherType;

impl fmt::Display for OtherType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the value is of another type than its column")
    }
}

impl Error for OtherType {}

use std::error::Error;
use std::fmt;

use bytes::{BufMut, BytesMut};
use perf_core::CallSite;
use perf_core::time::Duration;
use tokio_postgres::types::{Format, IsNull, ToSql, Type, to_sql_checked};

use crate::advise::OWN;
use crate::pool::Connection;
use crate::sql::Sql;
use crate::statement::Call;

/// Values of one execution that are kept, all together.
const MAX_BYTES: usize = 64 * 1024;

/// One execution of a statement.
pub(super) struct Sample {
    pub(super) sql: Sql,
    pub(super) call_site: CallSite,
    pub(super) took: Duration,
    pub(super) values: Vec<Value>,
}

impl Sample {
    /// `None` for a statement that cannot be explained, or whose values are too long to keep.
    pub(super) fn of(call: &Call<'_>, connection: &Connection, took: Duration) -> Option<Self> {
        let text = call.sql().text();
        if !has_plan(call) || text.contains(OWN) {
            return None;
        }
        let types = connection.statements().types(text)?;
        if types.len() != call.parameters().len() {
            return None;
        }
        let mut values = Vec::with_capacity(types.len());
        let mut bytes = text.len();
        for (parameter, ty) in call.parameters().iter().zip(types) {
            let value = Value::of(*parameter, ty)?;
            bytes += value.encoded.as_ref().map_or(0, |encoded| encoded.len());
            if bytes > MAX_BYTES {
                return None;
            }
            values.push(value);
        }
        Some(Self { sql: call.sql().clone(), call_site: call.call_site(), took, values })
    }

    pub(super) fn statement(&self) -> u64 {
        self.sql.fingerprint().id()
    }
}

/// Not `show` and `explain`, which also only read.
fn has_plan(call: &Call<'_>) -> bool {
    let text = call.sql().fingerprint().text();
    !text.starts_with("show") && !text.starts_with("explain")
}

/// A value as it went to the server, which is never shown.
pub(super) struct Value {
    /// `None` for null.
    encoded: Option<Box<[u8]>>,
    is_text: bool,
    ty: Type,
}

impl Value {
    fn of(parameter: &(dyn ToSql + Sync), ty: Type) -> Option<Self> {
        let mut encoded = BytesMut::new();
        let is_text = matches!(parameter.encode_format(&ty), Format::Text);
        let encoded = match parameter.to_sql_checked(&ty, &mut encoded).ok()? {
            IsNull::Yes => None,
            IsNull::No => Some(encoded.as_ref().into()),
        };
        Some(Self { encoded, is_text, ty })
    }
}

impl ToSql for Value {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        if *ty != self.ty {
            return Err("the statement takes a value of another type than it did".into());
        }
        let Some(encoded) = &self.encoded else { return Ok(IsNull::Yes) };
        out.put_slice(encoded);
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        if self.is_text { Format::Text } else { Format::Binary }
    }

    to_sql_checked!();
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Value").field("type", &self.ty.name()).finish_non_exhaustive()
    }
}

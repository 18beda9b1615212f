use std::error::Error;

use tokio_postgres::types::{FromSql, Type};

use crate::advise::plan::PlanError;
use crate::error::{DbError, Reason};

/// A plan as the server writes it: a value of the type json.
#[derive(Debug)]
struct Json<'a>(&'a str);

impl<'a> FromSql<'a> for Json<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(std::str::from_utf8(raw)?))
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::JSON
    }
}

/// The plan in the answer to an explain.
pub(super) fn of_rows(rows: &[tokio_postgres::Row]) -> Result<String, DbError> {
    let row = rows.first().ok_or(Reason::NoPlan(PlanError::NotAPlan))?;
    let Json(text) = row.try_get(0).map_err(|source| Reason::Column(source.into()))?;
    Ok(text.to_owned())
}

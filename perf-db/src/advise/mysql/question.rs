use mysql_async::prelude::{FromValue, Queryable};
use mysql_async::{Conn, Error as MysqlError, Row, Value};
use perf_core::time::Duration;

use super::MysqlCause;
use super::server::MysqlServer;
use crate::advise::Missing;
use crate::error::{DbError, Reason};

/// How much longer than the server it is waited here, for one that does not keep to its limit.
const GRACE: Duration = Duration::from_secs(5);

/// One connection, and how long each question may take.
#[derive(Debug)]
pub(super) struct Asker<'a> {
    pub(super) connection: &'a mut Conn,
    pub(super) limit: Duration,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The server refused this one question.
    Refused(u16),
    /// There is no talking to it any more.
    Lost(MysqlCause),
}

impl Asker<'_> {
    /// The rows of a question that reads.
    pub(super) async fn rows(
        &mut self,
        sql: &str,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, Refusal> {
        let limit = self.limit + GRACE;
        let answer = async {
            match values.is_empty() {
                // `show` cannot be prepared on every version.
                true => self.connection.query(sql).await,
                false => self.connection.exec(sql, values).await,
            }
        };
        match tokio::time::timeout(limit, answer).await {
            Ok(Ok(rows)) => Ok(rows),
            Ok(Err(MysqlError::Server(refusal))) => Err(Refusal::Refused(refusal.code)),
            Ok(Err(error)) => Err(Refusal::Lost(error.into())),
            Err(_) => Err(Refusal::Lost(MysqlCause::Silent(limit))),
        }
    }

    /// The first row.
    pub(super) async fn row(&mut self, sql: &str, values: Vec<Value>) -> Result<Row, Refusal> {
        let rows = self.rows(sql, values).await?;
        rows.into_iter().next().ok_or(Refusal::Lost(MysqlCause::Protocol))
    }
}

impl Refusal {
    /// What is not known for it, or the error that ends the look.
    pub(super) fn missing(
        self,
        what: &'static str,
        on: &str,
        server: &MysqlServer,
    ) -> Result<Missing, DbError> {
        let code = match self {
            Self::Refused(code) => code,
            Self::Lost(source) => return Err(Reason::MysqlLost { source }.into()),
        };
        Ok(match code {
            // Command, column, database and another privilege denied; access to an object denied.
            1142 | 1143 | 1044 | 1227 | 1370 => {
                Missing::new(what, format!("the user {} may not read {on}", server.user))
                    .remedy(format!("grant select on {on} to {}", server.grantee()))
            }
            1046 | 1049 | 1054 | 1109 | 1146 | 1193 => Missing::new(
                what,
                format!("{} {} does not have what is asked of {on}", server.vendor, server.version),
            ),
            1969 | 3024 => {
                Missing::new(what, format!("the server did not read {on} within its limit of time"))
            }
            code => Missing::new(what, format!("the server refuses to read {on} with {code}")),
        })
    }
}

/// The value at this place, `None` for null and for what is no such value.
pub(super) fn value<T: FromValue>(row: &Row, place: usize) -> Option<T> {
    row.get_opt::<Option<T>, usize>(place)?.ok()?
}

/// The number at this place, 0 for null.
pub(super) fn number(row: &Row, place: usize) -> u64 {
    value(row, place).unwrap_or_default()
}

/// The text at this place, in whatever encoding.
pub(super) fn text(row: &Row, place: usize) -> Option<String> {
    let bytes: Vec<u8> = value(row, place)?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

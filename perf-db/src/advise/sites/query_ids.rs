//! Asks the server for its own numbers of statements.

use std::error::Error;

use bytes::BytesMut;
use futures_util::future::join;
use perf_core::CallSite;
use perf_core::sync::Arc;
use perf_core::time::{self, Duration};
use serde::Deserialize;
use tokio_postgres::Client;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::advise::{Advisor, Missing, OWN, is_plannable};
use crate::error::DbError;
use crate::executor::Executor;
use crate::statement::{Dispatch, KeptText};

/// Those that take less time are left for the next look.
const MAX_ASKED: usize = 500;

/// Each takes a round trip and the time to plan it, and may wait a second for a lock.
const PATIENCE: Duration = Duration::from_secs(5);

/// `null` before PostgreSQL 14.
const SETTING: &str = own!("select current_setting('compute_query_id', true)");

const SAVEPOINT: &str = own!("savepoint perf_db_advise");
const ROLL_BACK: &str =
    concat!(own!("rollback to perf_db_advise"), ";", own!("release perf_db_advise"));

const WHAT: &str = "call sites by the server's own numbers";

/// Asks for the numbers of these texts, first to last, and notes them at the texts.
pub(super) async fn ask(
    advisor: &Advisor,
    texts: &[Arc<KeptText>],
) -> Result<Option<Missing>, DbError> {
    let look = advisor.look().await?;
    let lent = look.lend(CallSite::here()).await?;
    let client = lent.connection()?.client();
    let plannable: Vec<&KeptText> =
        texts.iter().map(|text| &**text).filter(|text| is_plannable(&text.text)).collect();
    let asked = lent.ask(ask_each(client, &plannable)).await;
    if asked == plannable.len() {
        return Ok(None);
    }
    // Also says what is wrong when the connection is gone.
    let setting = look.query_one(SETTING, &[]).await?;
    Ok(Some(match setting.try_get::<_, Option<&str>>(0)? {
        Some("off") => {
            let why = "compute_query_id is off, so that only statements of one spelling are joined \
                       with their call sites";
            let remedy = "alter system set compute_query_id = 'auto'; select pg_reload_conf()";
            Missing::new(WHAT, why).remedy(remedy)
        }
        Some(_) => {
            let left = plannable.len() - asked;
            let why = format!(
                "{left} statements that this process sends were not asked about in one look; those \
                 of one spelling are joined with their call sites, and the next look goes on"
            );
            Missing::new(WHAT, why)
        }
        None => {
            let why = "PostgreSQL 13 does not tell the number of a statement, so that only statements \
                       of one spelling are joined with their call sites";
            Missing::new(WHAT, why)
        }
    }))
}

/// How many were asked about, until the server does not tell, or patience or the connection ends.
async fn ask_each(client: &Client, texts: &[&KeptText]) -> usize {
    let until = time::now() + PATIENCE;
    for (asked, text) in texts.iter().enumerate() {
        if asked == MAX_ASKED || time::now() >= until {
            return asked;
        }
        match explain(client, text).await {
            Ok(Some(number)) => text.has_query_id(number),
            Ok(None) => return asked,
            Err(error) if error.is_closed() => return asked,
            // A table of it is gone, or locked: it is joined by its fingerprint.
            Err(_) => {}
        }
    }
    texts.len()
}

/// Goes back to before it: an error of one statement does not end the transaction, and the locks on
/// its tables are kept no longer than it is planned.
async fn explain(client: &Client, text: &KeptText) -> Result<Option<i64>, tokio_postgres::Error> {
    let sql = format!("explain (verbose, format json) {}\n{OWN}", text.text);
    let values: Vec<(&(dyn ToSql + Sync), Type)> =
        text.parameters.iter().map(|taken| (&Null as _, taken.clone())).collect();
    let asked = client.query_typed(&sql, &values);
    let (begun, answer) = join(client.batch_execute(SAVEPOINT), asked).await;
    begun?;
    client.batch_execute(ROLL_BACK).await?;
    let rows = answer?;
    let row = rows.first().map(|row| row.try_get::<_, Explained>(0)).transpose()?;
    Ok(row.and_then(|explained| explained.number))
}

/// No value, of whichever type.
#[derive(Debug)]
struct Null;

impl ToSql for Null {
    fn to_sql(&self, _: &Type, _: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        Ok(IsNull::Yes)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// What of a plan tells the number of its statement.
#[derive(Debug)]
struct Explained {
    number: Option<i64>,
}

#[derive(Deserialize)]
struct Numbered {
    #[serde(rename = "Query Identifier")]
    number: Option<i64>,
}

impl FromSql<'_> for Explained {
    fn from_sql(_: &Type, plan: &[u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        let [Numbered { number }] = serde_json::from_slice(plan)?;
        Ok(Self { number })
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::JSON
    }
}

//! Asks a server behind a pooler what types a statement has.

use futures_util::future::join;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Oid;
use tokio_postgres::{Client, Error};

use super::protocol::Signature;

/// The types that the users of the database made. Those of the rows of tables are left out: there
/// is one for each table, and hardly a statement returns it.
const USER_TYPES: &str = "select coalesce(string_agg('null::' || format_type(oid, null), ', '), '') \
    from (select t.oid from pg_type t \
          join pg_namespace n on n.oid = t.typnamespace \
          left join pg_type e on e.oid = t.typelem and t.typcategory = 'A' \
          left join pg_class c on c.oid = coalesce(nullif(t.typrelid, 0), e.typrelid) \
          where t.oid >= 16384 and t.typtype in ('b', 'c', 'e', 'r', 'm') \
          and (c.relkind is null or c.relkind = 'c') \
          and n.nspname not like 'pg\\_%' and has_schema_privilege(n.oid, 'usage') \
          order by t.oid limit 500) user_types";

/// What the driver has prepared in this transaction to ask about types, and keeps.
const LEFT: &str = "select coalesce(string_agg(format('deallocate %I', name), '; '), '') \
    from pg_prepared_statements where not from_sql and prepare_time >= now()";

/// The signature of the statement, and the user's types that the driver then knows on this
/// connection.
///
/// The driver prepares under names only. In a transaction a pooler stays with one connection to
/// the server, and all names are taken back before it ends. The driver keeps one name all the
/// same, that of its question about types, and would ask with it in vain next time: so all of the
/// user's types are asked about in the first.
pub(super) async fn learn(
    client: &Client,
    in_transaction: bool,
    sql: &str,
) -> Result<(Signature, Vec<Oid>), Error> {
    let (begin, back) = if in_transaction {
        ("savepoint perf_db_learn", "rollback to perf_db_learn; release perf_db_learn")
    } else {
        ("begin", "rollback")
    };
    let learned = match describe(client, begin, sql).await {
        Err(error) if error.code() == Some(&SqlState::DUPLICATE_PSTATEMENT) => {
            // Somebody left a name here, and nobody can find it again.
            client.batch_execute(back).await?;
            describe(client, &format!("{begin}; deallocate all"), sql).await
        }
        outcome => outcome,
    };
    if learned.is_ok() || !in_transaction {
        client.batch_execute(back).await?;
    }
    // A transaction whose statement is wrong has failed, as it would have without a pooler.
    learned
}

async fn describe(client: &Client, begin: &str, sql: &str) -> Result<(Signature, Vec<Oid>), Error> {
    let (begun, statement) = join(client.batch_execute(begin), client.prepare(sql)).await;
    begun?;
    let signature = Signature::of(&statement?);
    if signature.user_types.is_empty() {
        return Ok((signature, Vec::new()));
    }
    let mut types = signature.user_types.to_vec();
    let casts: String = client.query_typed_one(USER_TYPES, &[]).await?.try_get(0)?;
    if !casts.is_empty() {
        let all = client.prepare(&format!("select {casts}")).await?;
        types.extend(all.columns().iter().map(|column| column.type_().oid()));
    }
    let left: String = client.query_typed_one(LEFT, &[]).await?.try_get(0)?;
    client.batch_execute(&left).await?;
    Ok((signature, types))
}

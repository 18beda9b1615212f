//! Products that have a word in their name or description.

use axum::Json;
use axum::extract::{Query, State};
use perf_db::{Db, Executor, Row};
use serde::{Deserialize, Serialize};

use crate::error::ShopError;

#[derive(Deserialize)]
pub(crate) struct For {
    q: String,
}

#[derive(Serialize)]
pub(crate) struct Hit {
    id: i64,
    name: String,
    price_cents: i64,
}

/// A pattern that begins with `%` reads every product.
pub(crate) async fn by_reading_everything(
    State(db): State<Db>,
    Query(search): Query<For>,
) -> Result<Json<Vec<Hit>>, ShopError> {
    let matching = "select id, name, price_cents from products
                    where name || ' ' || description ilike '%' || $1 || '%'
                    order by price_cents limit 20";
    let rows = db.read().query(matching, &[&search.q]).await?;
    Ok(Json(rows.iter().map(hit).collect()))
}

/// A text search reads the index.
pub(crate) async fn by_index(
    State(db): State<Db>,
    Query(search): Query<For>,
) -> Result<Json<Vec<Hit>>, ShopError> {
    let matching = "select id, name, price_cents from products
                    where search @@ plainto_tsquery('english', $1)
                    order by price_cents limit 20";
    let rows = db.read().query(matching, &[&search.q]).await?;
    Ok(Json(rows.iter().map(hit).collect()))
}

fn hit(row: &Row) -> Hit {
    Hit { id: row.get(0), name: row.get(1), price_cents: row.get(2) }
}

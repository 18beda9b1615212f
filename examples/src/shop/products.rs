//! One product with how often it was sold.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use perf_cache::{cached, invalidates};
use perf_db::{Db, Executor};
use serde::{Deserialize, Serialize};

use crate::error::ShopError;

#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct Product {
    id: i64,
    name: String,
    description: String,
    price_cents: i64,
    sold: i64,
}

/// Asks the database each time.
pub(crate) async fn loaded(
    State(db): State<Db>,
    Path(id): Path<i64>,
) -> Result<Json<Product>, ShopError> {
    load(&db.read(), id).await.map(Json)
}

/// Asks the database once in ten minutes for each product.
pub(crate) async fn cached(
    State(db): State<Db>,
    Path(id): Path<i64>,
) -> Result<Json<Product>, ShopError> {
    load_cached(&db, id).await.map(Json)
}

/// Sets a price; from now on nobody is told the old one.
pub(crate) async fn reprice(
    State(db): State<Db>,
    Path((id, price_cents)): Path<(i64, i64)>,
) -> Result<StatusCode, ShopError> {
    store_price(&db, id, price_cents).await.map(|()| StatusCode::NO_CONTENT)
}

#[invalidates("product:{id}")]
async fn store_price(db: &Db, id: i64, price_cents: i64) -> Result<(), ShopError> {
    let update = "update products set price_cents = $2 where id = $1";
    match db.execute(update, &[&id, &price_cents]).await? {
        0 => Err(ShopError::NotFound),
        _ => Ok(()),
    }
}

/// From the primary: a replica that lags would put the old price into the cache, for everyone and for
/// ten minutes.
#[cached(ttl = "10m", key = "product:{id}")]
async fn load_cached(db: &Db, id: i64) -> Result<Product, ShopError> {
    load(db, id).await
}

async fn load(db: &impl Executor, id: i64) -> Result<Product, ShopError> {
    let product = "select name, description, price_cents,
                          (select coalesce(sum(quantity), 0)::bigint
                           from order_lines where product_id = products.id)
                   from products where id = $1";
    let row = db.query_one(product, &[&id]).await?;
    Ok(Product {
        id,
        name: row.get(0),
        description: row.get(1),
        price_cents: row.get(2),
        sold: row.get(3),
    })
}

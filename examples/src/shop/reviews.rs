//! The last reviews of a product.

use axum::Json;
use axum::extract::{Path, State};
use perf_db::{Db, Executor};
use serde::Serialize;

use crate::error::ShopError;

#[derive(Serialize)]
pub(crate) struct Review {
    stars: i16,
    body: String,
}

/// Reads the reviews of all products, for want of an index. The cure is the one that `doctor`
/// proposes.
pub(crate) async fn of_product(
    State(db): State<Db>,
    Path(product): Path<i64>,
) -> Result<Json<Vec<Review>>, ShopError> {
    let last = "select stars, body from reviews where product_id = $1
                order by written_at desc limit 20";
    let rows = db.read().query(last, &[&product]).await?;
    Ok(Json(rows.iter().map(|row| Review { stars: row.get(0), body: row.get(1) }).collect()))
}

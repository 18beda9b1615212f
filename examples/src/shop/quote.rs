//! What a product costs today and how many there are, which two suppliers know.

use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;

use crate::error::ShopError;
use crate::suppliers::Suppliers;

#[derive(Serialize)]
pub(crate) struct Quote {
    price_cents: i64,
    in_stock: i64,
}

/// Waits for one answer before it asks for the other.
pub(crate) async fn one_after_the_other(
    State(suppliers): State<Suppliers>,
    Path(id): Path<i64>,
) -> Result<Json<Quote>, ShopError> {
    let price_cents = suppliers.price(id).await?;
    let in_stock = suppliers.stock(id).await?;
    Ok(Json(Quote { price_cents, in_stock }))
}

/// Takes as long as the slower of the two.
pub(crate) async fn both_at_once(
    State(suppliers): State<Suppliers>,
    Path(id): Path<i64>,
) -> Result<Json<Quote>, ShopError> {
    let (price_cents, in_stock) = tokio::try_join!(suppliers.price(id), suppliers.stock(id))?;
    Ok(Json(Quote { price_cents, in_stock }))
}

//! The last orders of a user, with their lines.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Query, State};
use perf_core::SpanEvent;
use perf_db::{Db, Executor, Row};
use serde::{Deserialize, Serialize};

use crate::error::ShopError;

#[derive(Deserialize)]
pub(crate) struct Of {
    user: i64,
}

#[derive(Serialize)]
pub(crate) struct Order {
    id: i64,
    status: String,
    lines: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    product_id: i64,
    quantity: i64,
    price_cents: i64,
}

/// One query for the orders and one more for each of them: N+1.
pub(crate) async fn one_by_one(
    State(db): State<Db>,
    Query(of): Query<Of>,
) -> Result<Json<Vec<Order>>, ShopError> {
    let db = db.read();
    let mut orders = last_orders(&db, of.user).await?;
    for order in &mut orders {
        let lines = "select product_id, quantity, price_cents from order_lines where order_id = $1";
        order.lines = db.query(lines, &[&order.id]).await?.iter().map(line).collect();
    }
    Ok(Json(orders))
}

/// Two queries, however many orders there are.
pub(crate) async fn at_once(
    State(db): State<Db>,
    Query(of): Query<Of>,
) -> Result<Json<Vec<Order>>, ShopError> {
    let db = db.read();
    let mut orders = last_orders(&db, of.user).await?;
    let ids: Vec<i64> = orders.iter().map(|order| order.id).collect();
    let lines = "select product_id, quantity, price_cents, order_id from order_lines
                 where order_id = any($1)";
    let mut lines_of: HashMap<i64, Vec<Line>> = HashMap::new();
    let rows = db.query(lines, &[&ids]).await?;
    SpanEvent::time("group lines by order", || {
        for row in rows {
            lines_of.entry(row.get(3)).or_default().push(line(&row));
        }
    });
    for order in &mut orders {
        order.lines = lines_of.remove(&order.id).unwrap_or_default();
    }
    Ok(Json(orders))
}

async fn last_orders(db: &impl Executor, user: i64) -> Result<Vec<Order>, ShopError> {
    let last = "select id, status from orders where user_id = $1 order by id desc limit 20";
    let rows = db.query(last, &[&user]).await?;
    Ok(rows
        .iter()
        .map(|row| Order { id: row.get(0), status: row.get(1), lines: Vec::new() })
        .collect())
}

fn line(row: &Row) -> Line {
    Line { product_id: row.get(0), quantity: row.get(1), price_cents: row.get(2) }
}

use axum::Router;
use axum::extract::FromRef;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, put};
use perf_core::Recorder;
use perf_db::Db;
use perf_tower::profile::{ProfileLayer, Profiler};
use perf_tower::{Authorize, Dashboard, PerfLayer};

use crate::suppliers::Suppliers;
use crate::{orders, products, quote, reviews, search, seen};

#[derive(Clone, FromRef)]
pub(crate) struct Shop {
    db: Db,
    suppliers: Suppliers,
}

pub(crate) fn router(
    recorder: &Recorder,
    db: Db,
    suppliers: Suppliers,
    token: Option<String>,
) -> Router {
    let authorize = token.map_or_else(Authorize::loopback, Authorize::bearer);
    let profiler = Profiler::new(authorize.clone());
    let shop = Router::new()
        .route("/slow/orders", get(orders::one_by_one))
        .route("/orders", get(orders::at_once))
        .route("/slow/products/{id}", get(products::loaded))
        .route("/products/{id}", get(products::cached))
        .route("/products/{id}/price/{cents}", put(products::reprice))
        .route("/slow/search", get(search::by_reading_everything))
        .route("/search", get(search::by_index))
        .route("/slow/reviews/{product}", get(reviews::of_product))
        .route("/slow/quote/{id}", get(quote::one_after_the_other))
        .route("/quote/{id}", get(quote::both_at_once))
        .layer(from_fn_with_state(db.clone(), seen::own_writes))
        .with_state(Shop { db, suppliers })
        .layer(ProfileLayer::new(&profiler))
        .layer(PerfLayer::new(recorder).server_timing(authorize.clone()));
    Dashboard::new(recorder, authorize).profiler(&profiler).into_router().merge(shop)
}
